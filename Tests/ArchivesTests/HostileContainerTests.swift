import Archives
import Files
import Foundation
import Tensors
import TestSupport
import Testing

/// Safetensors, lists of parts, ONNX, NumPy's archives and Keras' that are damaged or mean harm give an error that names the
/// fault; whatever bytes are wrong, nothing crashes.
@Suite struct HostileContainerTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func write(_ bytes: some Sequence<UInt8>, to name: String) throws -> String {
        let path = folder.file(name)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func small(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: golden("containers/small/\(name)")))
    }

    private func safetensors(_ header: String, dataLength: Int = 8, headerLength: Int? = nil) -> [UInt8] {
        let length = UInt64(headerLength ?? header.utf8.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + Array(header.utf8)
            + [UInt8](repeating: 0, count: dataLength)
    }

    private func refusal(of path: String) -> String {
        do {
            let archive = try openArchive(path)
            for entry in archive.entries { _ = try archive.tensor(entry.name) }
            return "(none)"
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: [
        (
            #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
            "overlap"
        ),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, "leave gaps"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, "4 bytes follow its last tensor"),
        (#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, "has 8 bytes for 3 elements of F32"),
        (#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}"#, "has 8 bytes for"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,16]}}"#, "is cut short"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, "is cut short"),
        (#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, "make sense"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}"#, "make sense"),
        (#"{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}"#, "holds `F8_E4M3`, which is not read"),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
            "holds the tensor `a` twice"
        ),
        (#"{"a":7}"#, "make sense"),
        (#"{"a":"#, "has a damaged header"),
        (#"{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}"#, "make sense"),
    ])
    func safetensorsAreRefused(_ header: String, _ message: String) throws {
        let words = refusal(of: try write(safetensors(header), to: "x.safetensors"))
        #expect(words.contains(message), "\(words)")
        #expect(words.hasPrefix(folder.file("x.safetensors")))
    }

    @Test func lengthsOfHeadersAreNotBelieved() throws {
        let long = try write(safetensors("{}", headerLength: 1 << 39), to: "long.safetensors")
        #expect(refusal(of: long).contains("is cut short: its header has 549755813888 bytes"))
        let absurd = try write(safetensors("{}", dataLength: 1 << 25, headerLength: 1 << 25), to: "absurd.safetensors")
        #expect(refusal(of: absurd).contains("which is absurd"))
        let deep = try write(safetensors(#"{"a":"# + String(repeating: "[", count: 100_000)), to: "deep.safetensors")
        #expect(refusal(of: deep).contains("nesting is deeper"))
    }

    @Test(arguments: [
        (#"{"weight_map":{"a":"../x.safetensors"}}"#, "gives no plain name"),
        (#"{"weight_map":{"a":"/etc/passwd"}}"#, "gives no plain name"),
        (#"{"weight_map":{"a":".."}}"#, "gives no plain name"),
        (#"{"weight_map":{"a":"model.safetensors.index.json"}}"#, "gives no plain name"),
        (#"{"weight_map":{"a":7}}"#, "gives no plain name"),
        (#"{"weight_map":{"a":"absent.safetensors"}}"#, "absent.safetensors: no such file"),
        (#"{"weight_map":{"b":"part.safetensors"}}"#, "which does not have it"),
        (#"{"weight_map":{"a":"part.safetensors","a":"part.safetensors"}}"#, "lists the tensor `a` twice"),
        (#"{"weight_map":[]}"#, "it has no `weight_map`"),
        (#"{"#, "is no list of tensors"),
    ])
    func listsAreRefused(_ list: String, _ message: String) throws {
        let header = #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#
        _ = try write(safetensors(header), to: "part.safetensors")
        let words = refusal(of: try write(list.utf8, to: "model.safetensors.index.json"))
        #expect(words.contains(message), "\(words)")
    }

    /// Bytes of another file are never taken for weights, wherever a name leads.
    @Test func tensorsOutsideOfONNXStayBesideIt() throws {
        let model = try small("outside.onnx")
        for (name, message) in [
            ("/tside.bin", "is not beside this one"), ("../ide.bin", "is not beside this one"),
            ("absent.bin", "absent.bin, which is missing"),
        ] {
            var changed = model
            while let range = changed.range(of: Data("outside.bin".utf8)) {
                changed.replaceSubrange(range, with: Data((name + String(repeating: "n", count: 11)).prefix(11).utf8))
            }
            let words = refusal(of: try write(changed, to: "x.onnx"))
            #expect(words.contains(message.replacing("absent.bin", with: "absent.binn")), "\(words)")
        }
        let path = try write(model, to: "outside.onnx")
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("outside.bin"), withDestinationPath: golden("containers/small/outside.bin"))
        #expect(refusal(of: path).contains("outside.bin, which is no ordinary file"))
        try FileManager.default.removeItem(atPath: folder.file("outside.bin"))
        _ = try write([1, 2, 3], to: "outside.bin")
        #expect(refusal(of: path).contains("in a file of 3 bytes"))
    }

    @Test func compressedWeightsOfKerasAreRefused() throws {
        // Method 8 in the header and in the directory, whatever the bytes are.
        var bytes = [UInt8](try small("small.keras"))
        let name = Array("model.weights.h5".utf8)
        for start in bytes.indices.dropLast(name.count) where Array(bytes[start..<start + name.count]) == name {
            for (offset, mark) in [(30, [0x50, 0x4B, 3, 4] as [UInt8]), (46, [0x50, 0x4B, 1, 2])]
            where start >= offset && Array(bytes[start - offset..<start - offset + 4]) == mark {
                bytes[start - offset + (offset == 30 ? 8 : 10)] = 8
            }
        }
        #expect(refusal(of: try write(bytes, to: "x.keras")).contains("is packed, and cannot be read where it lies"))
    }

    @Test func otherZipArchivesAreNamed() throws {
        let zip = try ZipFile(folder.file("x.zip"))
        try zip.add("photo.jpg", byteCount: 0) { _ in }
        try zip.finish()
        #expect(refusal(of: folder.file("x.zip")).contains("is a zip archive of no known kind"))
    }

    /// PyTorch's own, of its newest version and of the first.
    @Test(arguments: ["exported/archive_format", "serialized_exported_program.json"])
    func programsOfTorchExportAreNamed(_ entry: String) throws {
        let zip = try ZipFile(folder.file("x.pt2"))
        try zip.add(entry, byteCount: 0) { _ in }
        try zip.finish()
        let text = refusal(of: folder.file("x.pt2"))
        #expect(text.contains("is a program of torch.export (.pt2)") && text.contains("torch.export.load"), "\(text)")
    }

    private static let files = [
        "all.safetensors", "model.safetensors.index.json", "stored.npz", "packed.npz", "all.onnx", "outside.onnx",
        "small.keras",
    ]

    /// Cut anywhere, a file is refused, or what is left of it is right.
    @Test(arguments: files) func cutFiles(_ name: String) throws {
        let whole = try small(name)
        for companion in ["outside.bin", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"] {
            _ = try write(try small(companion), to: companion)
        }
        for length in stride(from: 0, to: whole.count, by: max(1, whole.count / 300)) {
            let path = try write(whole.prefix(length), to: name)
            #expect(refusal(of: path) != "(none)" || name.hasSuffix("onnx"), "\(length)")
        }
    }

    @Test(arguments: files) func flippedBytes(_ name: String) throws {
        let whole = try small(name)
        for companion in ["outside.bin", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"] {
            _ = try write(try small(companion), to: companion)
        }
        let rounds = Int(ProcessInfo.processInfo.environment["FINETUNE_FUZZ_ROUNDS"] ?? "") ?? 300
        var refused = 0
        for round in 0..<rounds {
            var random = RandomStream(seed: 8, purpose: .resampling, sample: round)
            var bytes = whole
            for _ in 0...(round % 4) {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            if refusal(of: try write(bytes, to: name)) != "(none)" { refused += 1 }
        }
        #expect(refused > 0)
    }
}
