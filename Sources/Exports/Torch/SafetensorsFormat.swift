import Files
import Networks
import Pretrained
import Tensors

/// safetensors (github.com/huggingface/safetensors): the length of a header, the header in JSON, the numbers.
///
/// Names, shapes and order are those of a PyTorch state dict, so that `load_state_dict(strict=True)` takes it.
/// `config.json` beside it is what timm's files on Hugging Face have.
struct SafetensorsFormat: ExportFormat {
    let endings = [".safetensors"]

    func library(of export: Export) -> String { Library.timm.takesStateDict(of: export) ? "timm" : "pytorch" }

    func write(_ export: Export, to path: String) throws {
        let dictionary = try StateDict(export)
        let header = Self.header(dictionary)
        let file = try OutputFile(path)
        try withUnsafeBytes(of: UInt64(header.count).littleEndian) { try file.write($0) }
        try file.write(header)
        for entry in dictionary.entries {
            try entry.parameter.map(dictionary.values).writeNumbers(to: file)
        }
        try file.finish()
    }

    /// Filled up with blanks, so that the numbers begin at a multiple of 8.
    private static func header(_ dictionary: StateDict) -> [UInt8] {
        var members = [JSON.Member(key: "__metadata__", value: ["format": "pt"])]
        var offset = 0
        for entry in dictionary.entries {
            members.append(
                .init(
                    key: entry.name,
                    value: [
                        "dtype": entry.parameter == nil ? "I64" : "F32",
                        "shape": .array(entry.shape.map(JSON.integer)),
                        "data_offsets": [.integer(offset), .integer(offset + entry.byteCount)],
                    ]))
            offset += entry.byteCount
        }
        let text = Array(JSON.object(members).compactText.utf8)
        return text + [UInt8](repeating: 0x20, count: (8 - text.count % 8) % 8)
    }

    func companions(of export: Export) throws -> [Companion] {
        [Companion(name: "config.json", text: TimmConfiguration(export).json.text)]
    }

    func usage(of export: Export, file: String) throws -> CodeSample {
        try StateDictUsage.sample(
            export, file: file, imports: ["safetensors.torch"],
            load: { "safetensors.torch.load_file(\(CodeSample.quoted($0)))" })
    }
}

extension [Float]? {
    /// The numbers, or the counter that stands in the place of none.
    fileprivate func writeNumbers(to file: OutputFile) throws {
        if let self {
            try self.withUnsafeBytes { try file.write($0) }
        } else {
            try file.write([UInt8](repeating: 0, count: 8))
        }
    }
}
