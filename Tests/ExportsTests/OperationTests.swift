import Exports
import Files
import Foundation
import Networks
import TestSupport
import Testing

/// Every operation as ONNX.
///
/// `Scripts/goldens/exports.py` has computed with these very graphs in onnxruntime and found what PyTorch says in
/// `Tests/Goldens/networks/operations.npy`; the golden file has their SHA-256 sums. With `FINETUNE_GRAPHS` naming a folder
/// the graphs are written there, for that script.
@Suite struct OperationTests {
    private static let folder = ProcessInfo.processInfo.environment["FINETUNE_GRAPHS"]
    private static let sums: [String: String] = {
        do { return try readJSON("exports/operations.json") } catch { preconditionFailure("\(error)") }
    }()
    /// What ONNX has no operator for, and cases of batch norm that trains.
    private static let left: Set<String> = ["local-response-even"]
    private static let names: [String] = {
        let text = FileSystem.bytes(of: golden("networks/operations.json")).map { String(decoding: $0, as: UTF8.self) }
        guard case .object(let members)? = try? JSON(parsing: text ?? "") else { preconditionFailure("no cases") }
        return members.map(\.key).filter { !left.contains($0) && !$0.hasSuffix("-adapt") }
    }()

    private func write(_ name: String, to path: String) throws {
        let network = try OperationCases.network(name)
        let store = ParameterStore(network)
        FormulaWeights.fill(store)
        let (height, width) = (OperationCases.height, OperationCases.width)
        var graph = ONNXGraph()
        graph.addInput("images", .float, [OperationCases.channels, height, width])
        var lowering = try ONNXLowering(network, store, height: height, width: width, into: graph)
        let logits = try lowering.lower(from: "images")
        graph = lowering.graph
        let body = try #require(network.stage(named: "body")).nodes.upperBound - 1
        let shape = try network.shapes(height: height, width: width)[body]
        graph.addOutput(lowering.values[body], .float, [shape.channels, shape.height, shape.width])
        graph.addOutput(logits, .float, [OperationCases.classes])
        try ONNXFile(name: name, graph: graph).write(to: path)
    }

    @Test(arguments: names)
    func isTheGraphThatComputesWhatPyTorchDoes(_ name: String) throws {
        let own = try TemporaryDirectory()
        let path = (Self.folder ?? own.path) + "/\(name).onnx"
        try write(name, to: path)
        let graph = try ProtobufField.all(in: #require(FileSystem.bytes(of: path))).first { $0.number == 7 }
        let sum = SHA256.hexDigest(try #require(graph).bytes)
        #expect(sum == Self.sums[name] || Self.folder != nil)
    }

    @Test func anEvenNumberOfChannelsIsNoONNX() throws {
        let own = try TemporaryDirectory()
        let error = #expect(throws: ExportError.self) { try write("local-response-even", to: own.file("x.onnx")) }
        #expect(error?.description.contains("normalises over 4 channels") == true)
    }
}
