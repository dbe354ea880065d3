import Files
import Foundation
import TestSupport
import Testing

@Suite struct PendingFileTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func text(_ name: String) -> String? {
        FileManager.default.contents(atPath: folder.file(name)).map { String(decoding: $0, as: UTF8.self) }
    }

    private func write(_ text: String, _ name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder.file(name)))
    }

    private func put(_ text: String, into file: PendingFile) {
        #expect(Foundation.write(file.descriptor, text, text.utf8.count) == text.utf8.count)
    }

    private var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
    }

    @Test func theOldFileStaysUntilTheNewOneIsWhole() throws {
        try write("old", "a")
        let file = try PendingFile(replacing: folder.file("a"))
        put("new", into: file)
        #expect(text("a") == "old")
        try file.commit()
        #expect(text("a") == "new" && names == ["a"])
    }

    @Test func whatIsGivenUpLeavesNothing() throws {
        try write("old", "a")
        do {
            let file = try PendingFile(replacing: folder.file("a"))
            put("new", into: file)
        }
        #expect(text("a") == "old" && names == ["a"])
    }

    @Test func aFailedRenameLosesNothing() throws {
        // A folder cannot be replaced by a file.
        try FileManager.default.createDirectory(atPath: folder.file("a"), withIntermediateDirectories: false)
        let file = try PendingFile(replacing: folder.file("a"))
        put("new", into: file)
        #expect(throws: SystemError(EISDIR)) { try file.commit() }
        #expect(text("a.unfinished") == "new")
        file.discard()
        #expect(names == ["a"])
    }

    @Test func twoWritersOfOneFileDoNotMeet() throws {
        let first = try PendingFile(replacing: folder.file("a"))
        put("first", into: first)
        #expect(throws: SystemError(EWOULDBLOCK)) { try PendingFile(replacing: folder.file("a")) }
        try first.commit()
        let second = try PendingFile(replacing: folder.file("a"))
        put("2", into: second)
        #expect(text("a") == "first")
        try second.commit()
        #expect(text("a") == "2")
    }

    @Test func whatAKilledWriterLeftIsWrittenOver() throws {
        try write("half of something long", "a.unfinished")
        let file = try PendingFile(replacing: folder.file("a"))
        put("new", into: file)
        try file.commit()
        #expect(text("a") == "new" && names == ["a"])
    }

    @Test func clearingSparesWhatIsBeingWritten() throws {
        for name in [
            "checkpoint.h5.unfinished", "model.h5.unfinished", "features.csv.partial", "unfinished", "log.txt",
        ] {
            try write("x", name)
        }
        let living = try PendingFile(replacing: folder.file("living"))
        PendingFile.clear(folder.path)
        #expect(names == ["features.csv.partial", "living.unfinished", "log.txt", "unfinished"])
        try living.commit()
        #expect(names.contains("living"))
        PendingFile.clear(folder.file("missing"))
    }

    @Test func aLinkIsNotFollowed() throws {
        try write("precious", "target")
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("a.unfinished"), withDestinationPath: folder.file("target"))
        #expect(throws: SystemError(ELOOP)) { try PendingFile(replacing: folder.file("a")) }
        #expect(text("target") == "precious")
    }

    @Test func aPipeDoesNotBlock() throws {
        try #require(mkfifo(folder.file("a.unfinished"), 0o600) == 0)
        #expect(throws: SystemError(ENXIO)) { try PendingFile(replacing: folder.file("a")) }
        PendingFile.clear(folder.path)
        #expect(names == ["a.unfinished"])
        #expect(throws: SystemError(EINVAL)) { try Checksum(file: folder.file("a.unfinished")) }
        #expect(FileSystem.bytes(of: folder.file("a.unfinished")) == nil)
    }

    @Test func theHolderOfALockIsTold() throws {
        let file = try PendingFile(replacing: folder.file("a"))
        #expect(FileLock.holder(of: file.descriptor) == Int(getpid()))
        let other = open(folder.file("b"), O_RDWR | O_CREAT, 0o666)
        defer { close(other) }
        #expect(FileLock.holder(of: other) == nil)
    }
}

@Suite struct ChecksumTests {
    private func checksum(_ bytes: [UInt8]) -> Checksum { bytes.withUnsafeBytes { Checksum($0) } }

    @Test(arguments: [0, 1, 7, 8, 9, 63, 64, 65]) func everyBitCounts(count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
        let whole = checksum(bytes)
        for bit in 0..<(8 * count) {
            var changed = bytes
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(checksum(changed) != whole)
        }
        #expect(checksum(bytes + [0]) != whole)
        #expect(whole.hexDigits.count == 16)
    }

    @Test func filesAreReadInPieces() throws {
        let folder = try TemporaryDirectory()
        let bytes = (0..<(5 << 18) + 3).map { UInt8(truncatingIfNeeded: $0 >> 3) }
        try Data(bytes).write(to: URL(fileURLWithPath: folder.file("a")))
        #expect(try Checksum(file: folder.file("a")) == checksum(bytes))
        #expect(try Checksum(file: folder.file("a"), byteCount: 1 << 20) == checksum(Array(bytes.prefix(1 << 20))))
        #expect(throws: SystemError(EIO)) { try Checksum(file: folder.file("a"), byteCount: bytes.count + 1) }
        #expect(throws: SystemError(ENOENT)) { try Checksum(file: folder.file("none")) }
    }
}
