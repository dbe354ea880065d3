import Foundation
import Pretrained
import TestSupport
import Testing

/// ONNX files whose half-precision numbers are spelled out one by one, which the format allows.
@Suite struct SpelledONNXTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func varint(_ number: Int) -> Data {
        var (rest, bytes) = (number, Data())
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F | 0x80))
            rest >>= 7
        }
        bytes.append(UInt8(rest))
        return bytes
    }

    private func field(_ number: Int, _ value: Int) -> Data { varint(number << 3) + varint(value) }
    private func field(_ number: Int, _ value: Data) -> Data { varint(number << 3 | 2) + varint(value.count) + value }

    /// A `TensorProto` of float16 with `int32_data`.
    private func tensor(_ name: String, shape: [Int], _ values: [Float]) -> Data {
        let spelled = values.reduce(into: Data()) { $0 += varint(Int(Float16($1).bitPattern)) }
        return shape.reduce(into: Data()) { $0 += field(1, $1) } + field(2, 10) + field(5, spelled)
            + field(8, Data(name.utf8))
    }

    @Test func theRemedyIsSaid() throws {
        let graph = StateDict().tensors.sorted { $0.key < $1.key }.reduce(into: Data()) {
            $0 += field(5, tensor($1.key, shape: $1.value.shape, $1.value.values))
        }
        let path = folder.file("x.onnx")
        try (field(1, 8) + field(7, graph)).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: WeightError.self) { try Model.importing(path) }
        let reason = error?.reason ?? ""
        #expect(reason.contains("is float16 that are written one by one, but stem.conv.weight needs"), "\(reason)")
        #expect(reason.contains("\n  write them as raw data and save the model again"), "\(reason)")
        #expect(reason.contains("t.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(t), t.name))"))
    }
}
