import Archives
import Files

/// How the tensors of two weight files differ, one by one and for each part of the network.
///
/// Numbers are compared as 32-bit floats, and what is equal so is equal bit for bit only where the files store it in one
/// type of which floats hold all. Files that both fit one of our networks are compared under our names and in our
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
        /// Of one shape: how far the numbers are apart as 32-bit floats.
        case compared(TensorChange, StoredTypes)
        /// Equal as 32-bit floats, but stored in types of which one holds more, or in two types.
        case equalAsFloats(TensorChange, StoredTypes)
        case otherShape([Int], [Int])
        case onlyInFirst
        case onlyInSecond

        /// Whether both files have it, the same bit for bit.
        package var isEqual: Bool {
            if case .compared(let change, _) = self { change.isEqual } else { false }
        }

        /// How far the numbers are apart, where they were compared.
        package var change: TensorChange? {
            switch self {
            case .compared(let change, _), .equalAsFloats(let change, _): change
            case .otherShape, .onlyInFirst, .onlyInSecond: nil
            }
        }
    }

    /// One of the two files.
    package struct Side: Sendable {
        package let path: String
        /// The network that it was compared as, or why it is none.
        package let words: String
        /// What is not compared: second copies of the network and others that training leaves, and tensors that mean nothing
        /// to the network.
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
        if let model = one.model, let otherModel = other.model {
            isByNetwork = true
            rows = try Self.rows(model, otherModel)
            (self.first, self.second) = (one.side, other.side)
        } else {
            isByNetwork = false
            let (tensors, otherTensors) = (ArchiveTensors(one.archive), ArchiveTensors(other.archive))
            rows = try Self.rows(tensors, otherTensors)
            // Under the files' names all that has numbers is compared.
            (self.first, self.second) = (one.side.ignoring(tensors.ignored), other.side.ignoring(otherTensors.ignored))
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
        let values = try first.values(entry.name)
        let change = TensorChange(from: values, to: try second.values(entry.name))
        let types = StoredTypes(entry.elementType, other.elementType)
        let largest = values.reduce(0) { max($0, abs($1)) }
        let isKnown = !change.isEqual || (types.areSame && types.areWhole(upTo: largest))
        return isKnown ? .compared(change, types) : .equalAsFloats(change, types)
    }
}

extension WeightComparison.Side {
    fileprivate func ignoring(_ names: [String]) -> Self { Self(path: path, words: words, ignored: names) }
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
                ignored: report.baggageKinds + report.unused)
        } catch let error as WeightError {
            model = nil
            side = WeightComparison.Side(path: path, words: error.reason, ignored: [])
        }
    }
}
