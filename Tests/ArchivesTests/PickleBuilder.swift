import Archives
import Files
import Foundation
import TestSupport

/// Writes pickles instruction by instruction, right ones and wrong ones, and files of PyTorch's around them.
struct PickleBuilder {
    private(set) var bytes: [UInt8] = [0x80, 2]

    /// Instructions without arguments, each by its letter in Python's `pickletools`.
    mutating func add(_ letters: String) { bytes += Array(letters.utf8) }

    mutating func add(_ raw: [UInt8]) { bytes += raw }

    mutating func text(_ text: String) { bytes += [0x58] + littleEndian(UInt32(text.utf8.count)) + Array(text.utf8) }

    mutating func integer(_ number: Int) { bytes += [0x8A, 8] + littleEndian(Int64(number)) }

    mutating func global(_ module: String, _ name: String) { bytes += Array("c\(module)\n\(name)\n".utf8) }

    mutating func tuple(_ numbers: [Int]) {
        add("(")
        for number in numbers { integer(number) }
        add("t")
    }

    mutating func storage(
        _ key: String = "0", type: String = "FloatStorage", count: Int = 6, part: (offset: Int, count: Int)? = nil
    ) {
        add("(")
        text("storage")
        global("torch", type)
        text(key)
        text("cpu")
        integer(count)
        if let part { tuple([0, part.offset, part.count]) }
        add("tQ")
    }

    /// A tensor in a storage, or in a part of one.
    mutating func tensor(
        storage: String = "0", type: String = "FloatStorage", count: Int = 6, offset: Int = 0, shape: [Int] = [2, 3],
        strides: [Int] = [3, 1], part: (offset: Int, count: Int)? = nil
    ) {
        global("torch._utils", "_rebuild_tensor_v2")
        add("(")
        self.storage(storage, type: type, count: count, part: part)
        integer(offset)
        tuple(shape)
        tuple(strides)
        add([0x89])
        global("collections", "OrderedDict")
        add(")RtR")
    }

    /// A dictionary with one tensor, and with what `more` puts behind it.
    static func dictionary(_ more: (inout PickleBuilder) -> Void = { _ in }) -> [UInt8] {
        var pickle = PickleBuilder()
        pickle.add("}(")
        pickle.text("weight")
        pickle.tensor()
        more(&pickle)
        pickle.add("u.")
        return pickle.bytes
    }

    /// Writes a file as PyTorch does since its version 1.6, with six floats as its only storage.
    static func write(_ pickle: [UInt8], to path: String, _ others: [String: [UInt8]] = [:]) throws {
        let zip = try ZipFile(path)
        let storage = (0..<6).flatMap { littleEndian(Float($0).bitPattern) }
        let entries = [("a/data.pkl", pickle), ("a/data/0", storage)] + others.sorted { $0.key < $1.key }
        for (name, contents) in entries {
            try zip.add(name, byteCount: contents.count) { put in try contents.withUnsafeBytes(put) }
        }
        try zip.finish()
    }
}

func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
