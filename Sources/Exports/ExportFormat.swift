import Files
import Pretrained

/// A kind of file that models are exported to.
package protocol ExportFormat: Sendable {
    /// What a file's name ends in, the usual ending first.
    var endings: [String] { get }
    /// What Hugging Face calls the library that reads it, and builds the model's network.
    func library(of export: Export) -> String

    /// Writes the file, whole or not at all.
    /// - Throws: `ExportError` for a network that it cannot hold, and what writing files throws.
    func write(_ export: Export, to path: String) throws
    /// Further texts beside it; none of them is the card.
    func companions(of export: Export) throws -> [Companion]
    /// Python, or a command, that reads the file and computes with it.
    /// - Throws: `ExportError` for a network that it cannot hold.
    func usage(of export: Export, file: String) throws -> CodeSample
}

extension ExportFormat {
    func companions(of export: Export) throws -> [Companion] { [] }
}

/// Some lines of a program.
package struct CodeSample: Sendable {
    /// `python` or `sh`.
    let language: String
    let lines: [String]

    /// A text as Python, and a shell, have it.
    static func quoted(_ text: String) -> String { JSON.string(text).compactText }
}

/// What a model can be exported to, by the words of the command.
package enum ExportTarget: String, CaseIterable, Sendable {
    case onnx, safetensors, keras, torch, model

    package var format: any ExportFormat {
        switch self {
        case .onnx: ONNXFormat()
        case .safetensors: SafetensorsFormat()
        case .keras: KerasFormat()
        case .torch: TorchFormat()
        case .model: ModelFormat()
        }
    }
}

extension ExportTarget {
    /// Why other programs would not know a file of this name; nil where they would.
    package func problem(withName name: String) -> String? {
        let endings = format.endings
        if self == .keras, name.hasSuffix(".weights.h5") {
            return "Keras takes a name that ends in .weights.h5 for its newer format; end it in .h5 alone"
        }
        guard !endings.contains(where: name.hasSuffix) else { return nil }
        return "\(rawValue) is known by a name that ends in \(endings.listed("or")), found `\(name)`"
    }
}

/// Our own `model.h5`.
struct ModelFormat: ExportFormat {
    let endings = [".h5"]

    func library(of export: Export) -> String { "finetune" }

    func write(_ export: Export, to path: String) throws { try export.model.write(to: path) }

    func usage(of export: Export, file: String) throws -> CodeSample {
        CodeSample(language: "sh", lines: ["finetune predict IMAGE --model \(CodeSample.quoted(file))"])
    }
}
