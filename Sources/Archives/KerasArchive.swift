import Files
import Tensors

/// Keras 3's `.keras`: a zip archive of the model's description and of its weights in HDF5, which are read where they lie.
///
/// What the description says stands in attributes of the root, as in Keras' whole models in HDF5: `model_config`,
/// `training_config` and `keras_version`.
final class KerasArchive: TensorArchive {
    private let weights: HDF5Archive
    private let attributes: [String: AttributeValue]

    private static let descriptionName = "config.json"
    private static let weightsName = "model.weights.h5"
    private static let longestDescription = 16 << 20

    /// Whether an archive is one, by what it holds.
    static func isOne(_ archive: ZipArchive) -> Bool {
        archive.entry(descriptionName) != nil
            && archive.entries.contains { $0.name.hasPrefix("model.weights.") || $0.name == "metadata.json" }
    }

    /// - Throws: `ArchiveError` or `ZipError` where the file is damaged or hostile, or holds its weights otherwise.
    init(_ archive: ZipArchive) throws {
        let path = archive.path
        func fail(_ reason: String) -> ArchiveError { ArchiveError(path: path, reason: reason) }
        guard let entry = archive.entry(Self.weightsName) else {
            throw fail(
                "is a Keras model without `\(Self.weightsName)`: load it with Keras and save it with model.save(\"….h5\")"
            )
        }
        let place = try archive.storedRange(of: entry)
        let file = try MappedFile(tensors: path)
        guard place.upperBound <= file.bytes.count else { throw fail("has become shorter while it was read") }
        attributes = try Self.attributes(archive)
        weights = try HDF5Archive(HDF5Source(file, place))
    }

    private static func attributes(_ archive: ZipArchive) throws -> [String: AttributeValue] {
        var attributes: [String: AttributeValue] = [:]
        if let text = try text(descriptionName, in: archive) {
            attributes["model_config"] = .strings([text])
            let training = try json(text, descriptionName, archive.path)["compile_config"]
            if let training { attributes["training_config"] = .strings([training.compactText]) }
        }
        if let text = try text("metadata.json", in: archive),
            let version = try json(text, "metadata.json", archive.path)["keras_version"]?.stringValue
        {
            attributes["keras_version"] = .strings([version])
        }
        return attributes
    }

    private static func json(_ text: String, _ name: String, _ path: String) throws -> JSON {
        do {
            return try JSON(parsing: text)
        } catch {
            throw ArchiveError(path: path, reason: "has a damaged `\(name)`: \(error)")
        }
    }

    private static func text(_ name: String, in archive: ZipArchive) throws -> String? {
        try archive.entry(name).map {
            String(decoding: try archive.bytes(of: $0, limit: longestDescription), as: UTF8.self)
        }
    }

    var path: String { weights.path }
    var container: TensorContainer { .keras }
    var entries: [TensorEntry] { weights.entries }
    var groups: [String] { weights.groups }
    func entry(_ name: String) -> TensorEntry? { weights.entry(name) }
    func hasGroup(_ name: String) -> Bool { weights.hasGroup(name) }
    func tensor(_ name: String) throws -> Tensor { try weights.tensor(name) }

    func attribute(_ name: String, of object: String) throws -> AttributeValue? {
        try (object.isEmpty ? attributes[name] : nil) ?? weights.attribute(name, of: object)
    }

    func attributeNames(of object: String) throws -> [String] {
        try (object.isEmpty ? attributes.keys.sorted() : []) + weights.attributeNames(of: object)
    }
}
