import Files
import Glibc
import TestSupport
import Testing

@Suite struct MappedFileTests {
    private func write(_ bytes: [UInt8], to path: String) throws {
        let file = try OutputFile(path)
        try bytes.withUnsafeBytes { try file.write($0) }
        try file.finish()
    }

    @Test func readsWhatIsThere() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("bytes")
        try write(Array(1...200), to: path)
        let file = try MappedFile(path)
        #expect(Array(file.bytes) == Array(1...200))
        #expect(!file.isCut)
    }

    @Test func anEmptyFileHasNoBytes() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("empty")
        try write([], to: path)
        #expect(try MappedFile(path).bytes.isEmpty)
    }

    /// Where the file has ended, the system would end the process.
    @Test func aFileThatIsCutOffReadsAsZerosAndSaysSo() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("cut")
        try write([UInt8](repeating: 7, count: 3 << 20), to: path)
        let (cut, whole) = (try MappedFile(path), try MappedFile("/proc/self/exe"))
        #expect(truncate(path, 1 << 20) == 0)
        #expect(cut.bytes[(1 << 20) - 1] == 7)
        #expect(!cut.isCut)
        #expect(cut.bytes[2 << 20] == 0)
        #expect(cut.bytes.reduce(0) { $0 + Int($1) } == 7 << 20)
        #expect(cut.isCut)
        #expect(!whole.isCut)
    }

    @Test func foldersAndPipesAreRefused() throws {
        let folder = try TemporaryDirectory()
        #expect(throws: SystemError(EISDIR)) { try MappedFile(folder.path) }
        let pipe = folder.file("pipe")
        #expect(mkfifo(pipe, 0o600) == 0)
        #expect(throws: SystemError(EINVAL)) { try MappedFile(pipe) }
    }
}
