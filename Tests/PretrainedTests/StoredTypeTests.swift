import Foundation
import Pretrained
import Tensors
import TestSupport
import Testing

/// Numbers that are equal once they are 32-bit floats are not said to be equal bit for bit.
@Suite struct StoredTypeTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func file<Element: BitwiseCopyable>(_ name: String, _ type: String, _ values: [Element]) throws -> String {
        var tensors = TypedSafetensors()
        tensors.add("mixer.gate.weight", type, shape: [values.count], values)
        try tensors.write(to: folder.file(name))
        return folder.file(name)
    }

    private func expectEqualAsFloats(_ first: String, _ second: String, _ words: String) throws {
        let comparison = try WeightComparison(first, second)
        #expect(!comparison.isEqual && comparison.whole.equalAsFloats == 1 && comparison.whole.equal == 0)
        let text = comparison.text(all: false)
        #expect(text.contains("equal as 32-bit floats, \(words): mixer.gate.weight\n"), "\(text)")
        #expect(text.hasSuffix("\n1 tensor of 1 equal as 32-bit floats only\n") && !text.contains("bit for bit"))
        #expect(comparison.text(all: true).contains("equal as 32-bit floats, \(words)"))
        #expect(comparison.json.text.contains("equal as floats"))
    }

    @Test func doublesHoldMoreThanFloats() throws {
        let first = try file("a.safetensors", "F64", [1 + 0x1p-40, 2])
        try expectEqualAsFloats(first, file("b.safetensors", "F64", [1.0, 2]), "both are float64, which holds more")
    }

    @Test func largeWholeNumbersHoldMoreThanFloats() throws {
        let first = try file("a.safetensors", "I64", [Int64(1) << 53 + 1])
        let second = try file("b.safetensors", "I64", [Int64(1) << 53])
        try expectEqualAsFloats(first, second, "both are int64, which holds more")
        let third = try file("c.safetensors", "I32", [-Int32(1) << 24 - 1])
        let fourth = try file("d.safetensors", "I32", [-Int32(1) << 24])
        try expectEqualAsFloats(third, fourth, "both are int32, which holds more")
    }

    @Test func smallWholeNumbersAreComparedWhole() throws {
        let first = try file("a.safetensors", "I64", [Int64(1) << 24 - 1, -7])
        #expect(try WeightComparison(first, file("b.safetensors", "I64", [Int64(1) << 24 - 1, -7])).isEqual)
        #expect(try !WeightComparison(first, file("c.safetensors", "I64", [Int64(1) << 24 - 2, -7])).isEqual)
    }

    @Test func equalNumbersOfTwoTypesAreNotTheSame() throws {
        let floats = try file("a.safetensors", "F32", [Float(1), 2])
        try expectEqualAsFloats(
            floats, file("b.safetensors", "I64", [Int64(1), 2]), "float32 in A and int64 in B")
        try expectEqualAsFloats(
            file("c.safetensors", "F16", [Float16(1), 2]), floats, "float16 in A and float32 in B")
        let change = try WeightComparison(floats, file("d.safetensors", "F16", [Float16(1), 3]))
        #expect(change.text(all: true).contains("1 of 2 differ, float32 in A and float16 in B"))
    }

    @Test func networksTellTheTypesOfTheirFiles() throws {
        let dict = StateDict()
        try TypedSafetensors(dict, "F32") { $0 }.write(to: folder.file("a.safetensors"))
        try TypedSafetensors(dict, "F64") { Double($0) }.write(to: folder.file("b.safetensors"))
        let (first, second) = (folder.file("a.safetensors"), folder.file("b.safetensors"))
        let comparison = try WeightComparison(first, second)
        #expect(comparison.isByNetwork && !comparison.isEqual && comparison.whole.different == 0)
        #expect(comparison.whole.equalAsFloats == dict.tensors.count)
        let words = "\nequal as 32-bit floats, float32 in A and float64 in B: stem.conv"
        #expect(comparison.text(all: false).contains(words))
        #expect(try WeightComparison(first, first).isEqual)
    }

    @Test func secondCopiesAreSaidNotToBeCompared() throws {
        func checkpoint(_ name: String, copies: Float) throws -> String {
            var dict = StateDict()
            let tensors = dict.tensors
            dict.rename { "state_dict." + $0 }
            for (name, tensor) in tensors {
                let values = tensor.values.map { $0 + copies }
                dict.tensors["state_dict_ema.\(name)"] = Tensor(shape: tensor.shape, values: values)
            }
            try TypedSafetensors(dict, "F32") { $0 }.write(to: folder.file(name))
            return folder.file(name)
        }
        let comparison = try WeightComparison(
            checkpoint("a.safetensors", copies: 1), checkpoint("b.safetensors", copies: 2))
        let words = "a second copy of the network (\(StateDict().tensors.count))"
        #expect(comparison.first.ignored == [words] && comparison.second.ignored == [words])
        let lines = comparison.text(all: false).split(separator: "\n")
        #expect(lines.prefix(2).allSatisfy { $0.hasSuffix("; not compared: \(words)") }, "\(lines)")
        #expect(comparison.json.text.contains("not_compared_in_second"))
    }
}
