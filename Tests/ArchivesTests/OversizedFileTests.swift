import Archives
import Foundation
import TestSupport
import Testing

/// Small files that ask for much, and large ones of which nothing can be used, are refused before it is done.
@Suite struct OversizedFileTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func refusal(of bytes: some Sequence<UInt8>, named name: String) throws -> String {
        let path = folder.file(name)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        do {
            _ = try openArchive(path)
            return "(none)"
        } catch {
            return "\(error)"
        }
    }

    private func little(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    // MARK: NumPy's archives

    /// An archive with one deflated array of floats, of which the header alone is there; empty blocks follow.
    private func npz(floats count: Int, packedBytes: Int) -> [UInt8] {
        var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(count),)}"
        header += String(repeating: " ", count: 117 - header.utf8.count) + "\n"
        let start = [0x93] + Array("NUMPY".utf8) + [1, 0] + little(118, 2) + Array(header.utf8)
        // A block that is stored as it is.
        var packed = [0] + little(start.count, 2) + little(~start.count, 2) + start
        while packed.count < packedBytes { packed += [0, 0, 0, 0xFF, 0xFF] }
        let name = Array("a.npy".utf8)
        let sizes = little(packed.count, 4) + little(start.count + 4 * count, 4)
        let common = [20, 0, 0, 0, 8, 0, 0, 0, 0x21, 0] + little(1, 4) + sizes + little(name.count, 2) + [0, 0]
        let local = [0x50, 0x4B, 3, 4] + common + name + packed
        let directory =
            [0x50, 0x4B, 1, 2, 20, 0] + common + [UInt8](repeating: 0, count: 14) + name
        return local + directory + [0x50, 0x4B, 5, 6, 0, 0, 0, 0, 1, 0, 1, 0] + little(directory.count, 4)
            + little(local.count, 4) + [0, 0]
    }

    @Test func bombsOfNumPyAreRefused() throws {
        let words = try refusal(of: npz(floats: 50_000_000, packedBytes: 200_000), named: "bomb.npz")
        #expect(
            words.contains("unpacks to more than 257.5 MiB, for which a file of 195.4 KiB is not trusted"), "\(words)")
        #expect(words.hasSuffix("save it again without compression, with numpy.savez"))
        #expect(try refusal(of: npz(floats: 1_000_000, packedBytes: 200_000), named: "sound.npz") == "(none)")
    }

    // MARK: ONNX

    private func varint(_ value: Int) -> [UInt8] {
        value < 128 ? [UInt8(value)] : [UInt8(value & 127) | 128] + varint(value >> 7)
    }

    private func field(_ number: Int, _ bytes: [UInt8]) -> [UInt8] {
        varint(number << 3 | 2) + varint(bytes.count) + bytes
    }

    /// A model, with fields of its own and an initialiser.
    private func onnx(_ fields: [UInt8] = [], initializer: [UInt8]) -> [UInt8] {
        [0x08, 0x08] + field(2, []) + fields + field(7, field(5, field(8, Array("a".utf8)) + initializer))
    }

    @Test func axesOfONNXAreBounded() throws {
        let axis = [0x08, 1] as [UInt8]
        let message = "holds a tensor of more than 32 axes: it is damaged"
        for (axes, expected) in [(32, "(none)"), (33, message)] {
            let single = onnx(initializer: Array(repeatElement(axis, count: axes).joined()))
            #expect(try refusal(of: single, named: "single.onnx").contains(expected))
            let packed = onnx(initializer: field(1, [UInt8](repeating: 1, count: axes)))
            #expect(try refusal(of: packed, named: "packed.onnx").contains(expected))
        }
        let many = onnx(initializer: field(1, [UInt8](repeating: 1, count: 1 << 20)))
        #expect(try refusal(of: many, named: "many.onnx").contains(message))
    }

    @Test func metadataOfONNXAreBounded() throws {
        for (count, expected) in [(15, "(none)"), (17, "has names and metadata of more than 16.0 MiB")] {
            let value = field(2, [UInt8](repeating: 0x61, count: 1 << 20))
            let entries = (0..<count).flatMap { field(14, field(1, Array("\($0)".utf8)) + value) }
            let words = try refusal(of: onnx(entries, initializer: []), named: "x.onnx")
            #expect(words.contains(expected), "\(words)")
        }
    }

    // MARK: Safetensors

    private func safetensors(_ header: String) -> [UInt8] { little(header.utf8.count, 8) + Array(header.utf8) }

    @Test func tensorsOfSafetensorsAreCounted() throws {
        func file(_ count: Int) -> [UInt8] {
            let entries = (0..<count).map { #""t\#($0)":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}"# }
            return safetensors("{\(entries.joined(separator: ","))}")
        }
        #expect(
            try refusal(of: file(20_001), named: "x.safetensors").hasSuffix(
                "holds 20001 tensors: at most 20000 are read"))
        #expect(try refusal(of: file(20_000), named: "y.safetensors") == "(none)")
    }

    @Test func longShapesAreToldInShort() throws {
        let shape = [String](repeating: "1", count: 9).joined(separator: ",")
        let words = try refusal(
            of: safetensors(#"{"a":{"dtype":"F32","shape":[\#(shape)],"data_offsets":[0,0]}}"#), named: "x.safetensors")
        #expect(words.contains("has 0 bytes for 1×1×1×1×1×1×1×1×… elements of F32"), "\(words)")
    }
}
