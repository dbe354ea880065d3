import Files
import Pretrained

/// A file of ONNX: a graph, and texts about it.
///
/// It is of opset 18, which onnxruntime reads since its version 1.14.
package struct ONNXFile {
    private let message: ProtobufMessage

    private static let opset = 18
    /// The version of the format that came with the opset.
    private static let formatVersion = 8
    /// Protocol Buffers hold no more in one message.
    private static let largest = Int(Int32.max)

    /// `ModelProto`.
    /// - Parameters:
    ///   - name: of the network.
    ///   - facts: what else programs shall know, by key.
    package init(name: String, graph: ONNXGraph, facts: [(key: String, value: String)] = []) {
        var opset = ProtobufMessage()
        opset.add(1, "")
        opset.add(2, Self.opset)
        var model = ProtobufMessage()
        model.add(1, Self.formatVersion)
        model.add(2, ExportedSettings.program)
        model.add(3, toolVersion)
        model.add(7, graph.message(name))
        model.add(8, opset)
        for (key, value) in facts {
            var entry = ProtobufMessage()
            entry.add(1, key)
            entry.add(2, value)
            model.add(14, entry)
        }
        message = model
    }

    /// - Throws: `ExportError` for one that is too large, `OutputError`.
    package func write(to path: String) throws {
        guard message.byteCount <= Self.largest else {
            throw ExportError(
                """
                \(path) would be an ONNX file of \(Words.bytes(message.byteCount)), and those end at 2 GiB; export to \
                safetensors
                """)
        }
        let file = try OutputFile(path)
        try message.write(to: file)
        try file.finish()
    }
}
