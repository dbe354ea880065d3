import Exports
import Files
import Networks
import Pretrained
import TestSupport
import Testing

@Suite struct TorchFileTests {
    /// The pickle's beginning as Python's own `pickletools` takes it, and an entry for each tensor in the archive.
    @Test func anArchiveOfAPickleAndNumbers() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("model.pth")
        let model = formulaModel(.resNet20)
        _ = try Export(model, name: "x").write(as: .torch, to: path)
        let archive = try ZipArchive(path)
        let names = archive.entries.map(\.name)
        #expect(names.prefix(3) == ["archive/data.pkl", "archive/byteorder", "archive/data/0"])
        #expect(names.last == "archive/version")
        // 19 convolutions with a norm of five tensors each, and the classifier.
        #expect(names.count == 3 + 19 * 6 + 2)
        let bytes = try #require(FileSystem.bytes(of: path))
        let pickle = try archive.bytes(of: archive.entries[0], limit: 1 << 20)
        let start = "ccollections\nOrderedDict\n)R(X"
        #expect(Array(pickle.prefix(2)) == [0x80, 2])
        #expect(String(decoding: pickle[2..<2 + start.utf8.count], as: UTF8.self) == start)
        #expect(pickle.contains(Array("conv1.weightctorch._utils\n_rebuild_tensor_v2\n((".utf8)))
        let weights = try #require(model.parameters.tensor("stem.conv.weight")).transposed([0, 3, 1, 2]).values
        #expect(bytes.contains(weights.withUnsafeBytes { Array($0) }))
    }
}
