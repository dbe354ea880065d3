import Files
import Tensors

/// Tensors that lie open in one or several mapped files, as the reader of a container found them.
final class MappedArchive: TensorArchive {
    let path: String
    let container: TensorContainer
    let entries: [TensorEntry]
    private let arrays: [String: StoredArray]
    private let others: [String: TensorEntry]
    private let attributes: [String: AttributeValue]

    /// - Parameters:
    ///   - arrays: in the file's order.
    ///   - others: what is there but cannot be read: its element type says what it is.
    ///   - attributes: of the root.
    /// - Throws: `ArchiveError` where two arrays have one name.
    init(
        path: String, _ container: TensorContainer, _ arrays: [StoredArray], others: [TensorEntry] = [],
        attributes: [String: AttributeValue] = [:]
    ) throws(ArchiveError) {
        self.path = path
        self.container = container
        entries = arrays.map(\.entry) + others
        var names: Set<String> = []
        for entry in entries where !names.insert(entry.name).inserted {
            throw ArchiveError(path: path, reason: "holds the tensor `\(entry.name)` twice")
        }
        self.arrays = Dictionary(uniqueKeysWithValues: arrays.map { ($0.entry.name, $0) })
        self.others = Dictionary(uniqueKeysWithValues: others.map { ($0.name, $0) })
        self.attributes = attributes
    }

    var groups: [String] { [] }
    func hasGroup(_ name: String) -> Bool { false }
    func entry(_ name: String) -> TensorEntry? { arrays[name]?.entry ?? others[name] }

    func tensor(_ name: String) throws -> Tensor { try array(name).tensor() }

    func withValues<Result>(
        of name: String, _ body: (UnsafeBufferPointer<Float>) throws -> Result
    ) throws -> Result {
        try array(name).withValues(body)
    }

    private func array(_ name: String) throws(ArchiveError) -> StoredArray {
        if let other = others[name] {
            throw ArchiveError(path: path, reason: "the tensor `\(name)` holds \(other.elementType), not numbers")
        }
        guard let array = arrays[name] else { throw ArchiveError(path: path, reason: "holds no tensor `\(name)`") }
        return array
    }

    func attribute(_ name: String, of object: String) -> AttributeValue? { object.isEmpty ? attributes[name] : nil }
    func attributeNames(of object: String) -> [String] { object.isEmpty ? attributes.keys.sorted() : [] }
}
