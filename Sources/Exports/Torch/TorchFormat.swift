import Files
import Networks
import Pretrained
import Tensors

/// PyTorch's own file since 1.6: a zip archive of a pickle that describes the tensors, and the numbers of each.
///
/// The pickle calls nothing that `torch.load(weights_only=True)` does not know.
struct TorchFormat: ExportFormat {
    let endings = [".pth", ".pt", ".bin"]

    func library(of export: Export) -> String { "pytorch" }

    func write(_ export: Export, to path: String) throws {
        let dictionary = try StateDict(export)
        let file = try ZipFile(path)
        try file.add("archive/data.pkl", Self.pickle(dictionary))
        try file.add("archive/byteorder", Array("little".utf8))
        for (key, entry) in dictionary.entries.enumerated() {
            try file.add("archive/data/\(key)", byteCount: entry.byteCount) { put in
                guard let parameter = entry.parameter else {
                    return try [UInt8](repeating: 0, count: entry.byteCount).withUnsafeBytes(put)
                }
                try dictionary.values(of: parameter).withUnsafeBytes(put)
            }
        }
        try file.add("archive/version", Array("3\n".utf8))
        try file.finish()
    }

    /// An `OrderedDict` of tensors.
    private static func pickle(_ dictionary: StateDict) -> [UInt8] {
        var pickle = PickleWriter()
        pickle.emptyDictionary()
        pickle.mark()
        for (key, entry) in dictionary.entries.enumerated() {
            pickle.text(entry.name)
            pickle.tensor(entry, storage: key)
        }
        pickle.setItems()
        pickle.stop()
        return pickle.bytes
    }

    func usage(of export: Export, file: String) throws -> CodeSample {
        try StateDictUsage.sample(
            export, file: file, imports: ["torch"], load: { "torch.load(\(CodeSample.quoted($0)), weights_only=True)" })
    }
}

extension PickleWriter {
    fileprivate mutating func emptyDictionary() {
        global("collections", "OrderedDict")
        emptyTuple()
        reduce()
    }

    /// `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)`, the storage by its number in the archive.
    fileprivate mutating func tensor(_ entry: StateDict.Entry, storage: Int) {
        global("torch._utils", "_rebuild_tensor_v2")
        mark()
        mark()
        text("storage")
        global("torch", entry.parameter == nil ? "LongStorage" : "FloatStorage")
        text(String(storage))
        text("cpu")
        number(entry.shape.product)
        tuple()
        persistentIdentifier()
        number(0)
        numbers(entry.shape)
        numbers(entry.shape.indices.map { entry.shape[($0 + 1)...].product })
        no()
        emptyDictionary()
        tuple()
        reduce()
    }
}

extension ZipFile {
    fileprivate func add(_ name: String, _ bytes: [UInt8]) throws {
        try add(name, byteCount: bytes.count) { put in try bytes.withUnsafeBytes(put) }
    }
}
