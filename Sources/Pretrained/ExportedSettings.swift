import Archives
import Files

/// What an exported file says of its model beside the numbers, under the keys of `model.h5`, so that the model comes back
/// whole: ONNX has it in `metadata_props`, Keras' HDF5 in attributes of its root, and a state dict in the `config.json`
/// beside it, under `finetune`.
package struct ExportedSettings {
    /// What ONNX files of ours name as their producer.
    package static let program = "finetune"
    /// What the text under `producer` begins with.
    package static let mark = "finetune export"
    private static let remedy = "; export the model again"

    private let reader: AttributeReader

    /// Nil for a file that nobody exported here, or whose settings are lost.
    /// - Parameter hub: what lies beside the file.
    /// - Throws: `ArchiveError` where an attribute is damaged.
    init?(_ file: WeightFile, _ hub: HubConfiguration?) throws {
        let archive = file.archive
        if file.layout == .kerasLegacy || archive.container == .onnx {
            guard Self.isMarked(try archive.attribute("producer")?.string) else { return nil }
            guard archive.container == .onnx else {
                reader = AttributeReader(archive, remedy: Self.remedy)
                return
            }
            let texts = try Self.texts(of: archive)
            reader = AttributeReader(path: file.path, remedy: Self.remedy) { texts[$0].map(AttributeValue.init(text:)) }
        } else if let settings = hub?.exported, Self.isMarked(settings["producer"]?.stringValue) {
            reader = AttributeReader(path: hub?.path ?? file.path, remedy: Self.remedy) {
                settings[$0].flatMap(AttributeValue.init)
            }
        } else {
            return nil
        }
    }

    private static func isMarked(_ producer: String?) -> Bool { producer?.hasPrefix(mark) ?? false }

    private static func texts(of archive: any TensorArchive) throws -> [String: String] {
        try archive.attributeNames().reduce(into: [:]) { $0[$1] = try archive.attribute($1)?.string }
    }

    /// - Throws: `WeightError` where a value is absent or makes no sense.
    func description() throws -> ModelFile.Description { try ModelFile.description(reader, metadata: [:]) }

    /// One sentence for a person.
    var remark: String { "\(reader.path) tells network, preprocessing and answers, as they were exported" }
}

extension AttributeValue {
    /// A text, a number, or a list of either; nil for anything else.
    fileprivate init?(_ json: JSON) {
        let elements = json.arrayValue ?? [json]
        let (numbers, texts) = (elements.compactMap(\.doubleValue), elements.compactMap(\.stringValue))
        if numbers.count == elements.count {
            self = .numbers(numbers)
        } else if texts.count == elements.count {
            self = .strings(texts)
        } else {
            return nil
        }
    }

    /// A number or a list in JSON; anything else is itself.
    fileprivate init(text: String) {
        self = (try? JSON(parsing: text)).flatMap(AttributeValue.init) ?? .strings([text])
    }
}
