import Files
import Tensors

/// Tensors that lie open in one or several mapped files, as the reader of a container found them.
final class MappedArchive: TensorArchive {
    let path: String
    let entries: [TensorEntry]
    private let arrays: [String: StoredArray]
    private let attributes: [String: AttributeValue]

    /// - Parameters:
    ///   - arrays: in the file's order.
    ///   - attributes: of the root.
    /// - Throws: `ArchiveError` where two arrays have one name.
    init(path: String, _ arrays: [StoredArray], attributes: [String: AttributeValue] = [:]) throws(ArchiveError) {
        self.path = path
        entries = arrays.map(\.entry)
        var arraysByName: [String: StoredArray] = [:]
        for array in arrays {
            guard arraysByName.updateValue(array, forKey: array.entry.name) == nil else {
                throw ArchiveError(path: path, reason: "holds the tensor `\(array.entry.name)` twice")
            }
        }
        self.arrays = arraysByName
        self.attributes = attributes
    }

    var groups: [String] { [] }
    func hasGroup(_ name: String) -> Bool { false }
    func entry(_ name: String) -> TensorEntry? { arrays[name]?.entry }

    func tensor(_ name: String) throws -> Tensor {
        guard let array = arrays[name] else { throw ArchiveError(path: path, reason: "holds no tensor `\(name)`") }
        return try array.tensor()
    }

    func attribute(_ name: String, of object: String) -> AttributeValue? { object.isEmpty ? attributes[name] : nil }
    func attributeNames(of object: String) -> [String] { object.isEmpty ? attributes.keys.sorted() : [] }
}
