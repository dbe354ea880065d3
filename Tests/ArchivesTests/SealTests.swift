import Archives
import Files
import Foundation
import Tensors
import TestSupport
import Testing

/// Whether a file is what was written.
@Suite struct SealTests {
    private let folder: TemporaryDirectory
    private var path: String { folder.file("model.h5") }

    init() throws { folder = try TemporaryDirectory() }

    private func write(to path: String) throws {
        let writer = try HDF5Writer(path: path)
        try writer.write("a", Tensor(shape: [3], values: [1, 2, 3]))
        try writer.close()
    }

    private func change(_ change: (inout Data) -> Void) throws {
        try write(to: path)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        change(&bytes)
        try bytes.write(to: URL(fileURLWithPath: path))
    }

    /// Whatever bytes its name consists of.
    @Test(arguments: [Array("model.h5".utf8), Array("model".utf8) + [0xFF]])
    func whatIsWrittenIsSealed(_ name: [UInt8]) throws {
        let path = folder.file(String(fileName: name))
        defer { _ = path.withCPath { unlink($0) } }
        try write(to: path)
        let archive = try HDF5Archive(path: path)
        #expect(archive.isSealed)
        #expect(try archive.tensor("a").values == [1, 2, 3])
    }

    /// In the file, and in the seal itself.
    @Test(arguments: [1, 200]) func aChangedByteIsNoticed(_ fromEnd: Int) throws {
        try change { $0[$0.count - fromEnd] ^= 1 }
        let error = #expect(throws: ArchiveError.self) { try HDF5Archive(path: path) }
        #expect(error?.reason.contains("it is not what was written, by its checksum") == true)
    }

    /// Other programs cut the seal off where they change a file.
    @Test func aFileWithoutSealIsRead() throws {
        try change { $0.removeLast(32) }
        let archive = try HDF5Archive(path: path)
        #expect(!archive.isSealed)
        #expect(try archive.tensor("a").values == [1, 2, 3])
    }
}
