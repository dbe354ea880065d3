import Archives
import Files

/// How the tensors of two weight files differ, one by one and for each part of the network.
///
/// Numbers are compared as 32-bit floats. Files that both fit one of our networks are compared under our names and in our
/// order of axes, whatever their own are; others name by name.
package struct WeightComparison: Sendable {
    /// A tensor of either file.
    package struct Row: Sendable {
        package let name: String
        /// The part of the network that it belongs to.
        package let part: String
        package let outcome: Outcome
    }

    package enum Outcome: Hashable, Sendable {
        case compared(TensorChange)
        case otherShape([Int], [Int])
        case onlyInFirst
        case onlyInSecond

        /// Whether both files have it, the same bit for bit.
        package var isEqual: Bool {
            if case .compared(let change) = self { change.isEqual } else { false }
        }
    }

    /// One of the two files.
    package struct Side: Sendable {
        package let path: String
        /// The network that it was compared as, or why it is none.
        package let words: String
        /// Its tensors that mean nothing to the network, which are not compared.
        package let ignored: [String]
    }

    package let first: Side
    package let second: Side
    /// Whether both are compared under our names; else under the files' own.
    package let isByNetwork: Bool
    /// In the first file's order, then what only the second has.
    package let rows: [Row]

    /// Whether both files have the same tensors, bit for bit.
    package var isEqual: Bool { rows.allSatisfy(\.outcome.isEqual) }

    /// - Parameter known: what is known of the files beside what they tell.
    /// - Throws: `ArchiveError` for a file that cannot be read, `WeightError` where the two have no name in common;
    ///   `CancellationError`.
    package init(
        _ first: String, _ second: String, known: (ImportOptions, ImportOptions) = (ImportOptions(), ImportOptions())
    ) throws {
        let one = try ComparedFile(first, known.0)
        let other = try ComparedFile(second, known.1)
        (self.first, self.second) = (one.side, other.side)
        if let model = one.model, let otherModel = other.model {
            isByNetwork = true
            rows = try Self.rows(model, otherModel)
        } else {
            isByNetwork = false
            rows = try Self.rows(ArchiveTensors(one.archive), ArchiveTensors(other.archive))
        }
        let isHopeless = !rows.contains { $0.outcome != .onlyInFirst && $0.outcome != .onlyInSecond }
        if isHopeless, !isByNetwork {
            throw WeightError(
                path: second,
                reason: """
                    has no tensor of a name that \(first.legible) has, and not both are a network that is known: the first \
                    \(one.side.words), the second \(other.side.words)
                    """)
        }
    }

    private static func rows(_ first: some ComparedTensors, _ second: some ComparedTensors) throws -> [Row] {
        let others = Dictionary(second.entries.map { ($0.name, $0) }, uniquingKeysWith: { entry, _ in entry })
        let names = Set(first.entries.map(\.name))
        let shared = try first.entries.map { entry in
            try Cancellation.check()
            return Row(
                name: entry.name, part: entry.part,
                outcome: try outcome(of: entry, others[entry.name], first, second))
        }
        let added = second.entries.filter { !names.contains($0.name) }
        return shared + added.map { Row(name: $0.name, part: $0.part, outcome: .onlyInSecond) }
    }

    private static func outcome(
        of entry: ComparedEntry, _ other: ComparedEntry?, _ first: some ComparedTensors, _ second: some ComparedTensors
    ) throws -> Outcome {
        guard let other else { return .onlyInFirst }
        guard entry.shape == other.shape else { return .otherShape(entry.shape, other.shape) }
        return .compared(TensorChange(from: try first.values(entry.name), to: try second.values(entry.name)))
    }
}

/// A file that is compared: as a network, where it is one that is known.
private struct ComparedFile {
    let archive: any TensorArchive
    let side: WeightComparison.Side
    let model: ModelTensors?

    init(_ path: String, _ known: ImportOptions) throws {
        archive = try openArchive(path)
        do {
            let (model, report) = try Importer(WeightFile(archive), known).model()
            self.model = ModelTensors(model, report)
            side = WeightComparison.Side(
                path: path, words: "is \(report.architecture.words(report.options)), from \(report.fileWords)",
                ignored: report.unused)
        } catch let error as WeightError {
            model = nil
            side = WeightComparison.Side(path: path, words: error.reason, ignored: [])
        }
    }
}
