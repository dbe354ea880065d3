import Archives
import Networks

/// The tensors of a file, as they are compared with another's.
protocol ComparedTensors {
    /// In the order in which they are told of.
    var entries: [ComparedEntry] { get }
    /// The numbers of one of the entries.
    /// - Throws: `ArchiveError` where they cannot be read.
    func values(_ name: String) throws -> [Float]
}

/// A tensor that is compared.
struct ComparedEntry {
    let name: String
    let shape: [Int]
    /// The part of the network that it belongs to.
    let part: String
    /// How the file stores its numbers.
    let elementType: TensorEntry.ElementType
}

/// Those of a file that became a network of ours, under our names and in our order of axes.
struct ModelTensors: ComparedTensors {
    let entries: [ComparedEntry]
    private let parameters: ParameterStore

    init(_ model: Model, _ report: LoadReport) {
        parameters = model.parameters
        // What the file has not is not compared.
        entries = model.network.parameters.filter { !$0.isInHead || !report.newHead }.map {
            // What was computed from several tensors was computed as 32-bit floats.
            ComparedEntry(
                name: $0.name, shape: $0.shape, part: $0.stage, elementType: report.elementTypes[$0.name] ?? .float32)
        }
    }

    func values(_ name: String) throws -> [Float] { Array(parameters[name]) }
}

/// Those of any file, under its own names.
struct ArchiveTensors: ComparedTensors {
    let entries: [ComparedEntry]
    /// What holds no numbers, in words.
    let ignored: [String]
    private let archive: any TensorArchive

    init(_ archive: any TensorArchive) {
        self.archive = archive
        entries = archive.entries.filter(\.elementType.isNumber).map {
            ComparedEntry(
                name: $0.name, shape: $0.shape, part: Self.part(of: $0.name), elementType: $0.elementType)
        }
        ignored = archive.entries.filter { !$0.elementType.isNumber }.map { "\($0.name) (\($0.elementType))" }
    }

    func values(_ name: String) throws -> [Float] { try archive.tensor(name).values }

    /// The name without its last two words, those of the layer and the tensor, and at least the first: of
    /// `layer1.0.conv1.weight`, `layer1.0`.
    private static func part(of name: String) -> String {
        let words = name.split { $0 == "." || $0 == "/" }
        return words.prefix(max(words.count - 2, 1)).joined(separator: ".")
    }
}

extension TensorEntry.ElementType {
    /// Whether there is anything to subtract.
    fileprivate var isNumber: Bool {
        if case .other = self { false } else { true }
    }
}
