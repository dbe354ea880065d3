import Files
import Foundation
import TestSupport
import Testing

@Suite struct OutputFileTests {
    @Test func appearsOnlyWhenFinished() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("a.csv")
        let file = try OutputFile(path)
        try file.write(String(repeating: "x", count: 1 << 20))
        #expect(!FileManager.default.fileExists(atPath: path))
        try file.finish()
        #expect(FileManager.default.contents(atPath: path)?.count == 1 << 20)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.csv"])
    }

    @Test func leavesNothingWhenGivenUp() throws {
        let folder = try TemporaryDirectory()
        try OutputFile(folder.file("a.csv")).write("half")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }

    @Test func replacesWhatIsThere() throws {
        let folder = try TemporaryDirectory()
        try OutputFile.write("a long first version", to: folder.file("a.txt"))
        try OutputFile.write("short", to: folder.file("a.txt"))
        #expect(try String(contentsOfFile: folder.file("a.txt"), encoding: .utf8) == "short")
    }

    @Test func saysThatTheDiskIsFull() {
        let error = #expect(throws: OutputError.self) { try OutputFile.write("x", to: "/dev/full") }
        #expect(error?.kind == .failure)
        #expect(
            error?.description
                == "cannot write /dev/full: No space left on device; "
                + "free some space or choose another place for the output")
    }

    @Test func saysThatTheDiskIsFullWhileWriting() throws {
        let file = try OutputFile("/dev/full")
        #expect(throws: OutputError.self) { try file.write(String(repeating: "x", count: 1 << 20)) }
    }

    // Root may write to any folder, but not into a file or into /proc.
    @Test func saysThatTheFolderIsMissing() throws {
        let folder = try TemporaryDirectory()
        try OutputFile.write("", to: folder.file("file"))
        for path in [folder.file("file/a.csv"), folder.file("missing/a.csv")] {
            let error = #expect(throws: OutputError.self) { try OutputFile(path) }
            #expect(error?.description.hasPrefix("cannot write \(path): ") == true)
            #expect(error?.description.hasSuffix("; the folder does not exist") == true)
        }
    }

    @Test func saysThatTheFolderIsReadOnly() {
        for path in ["/proc/a.csv", "/sys/a.csv"] {
            let error = #expect(throws: OutputError.self) { try OutputFile(path) }
            #expect(error?.kind == .failure)
            #expect(error?.description.hasPrefix("cannot write \(path): ") == true)
        }
    }

    @Test func refusesAFolder() throws {
        let folder = try TemporaryDirectory()
        let error = #expect(throws: OutputError.self) { try OutputFile(folder.path) }
        #expect(error?.description == "cannot write \(folder.path): Is a directory")
    }
}
