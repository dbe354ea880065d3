import Files
import Foundation
import TestSupport
import Testing

@Suite struct ZipArchiveTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    @Test func whatZipFileWritesIsRead() throws {
        let path = folder.file("a.zip")
        let large = (0..<(5 << 19) + 7).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 4) }
        let contents = [("b", Array("some text".utf8)), ("a/ü 猫", []), ("large", large)]
        let writer = try ZipFile(path)
        for (name, bytes) in contents {
            try writer.add(name, byteCount: bytes.count) { put in try bytes.withUnsafeBytes(put) }
        }
        try writer.finish()

        let archive = try ZipArchive(path)
        #expect(archive.entries.map(\.name) == contents.map(\.0))
        #expect(archive.entries.map(\.byteCount) == contents.map(\.1.count))
        #expect(archive.entries.map(\.packedByteCount) == contents.map(\.1.count))
        for (name, bytes) in contents {
            let entry = try #require(archive.entry(name))
            #expect(entry.method == .stored && !entry.isEncrypted)
            #expect(try archive.bytes(of: entry, limit: bytes.count) == bytes)
            var (parts, sizes) = ([UInt8](), [Int]())
            try archive.forEachPart(of: entry) {
                parts += $0
                sizes.append($0.count)
            }
            #expect(parts == bytes && sizes.allSatisfy { 1...1 << 20 ~= $0 })
        }
        #expect(archive.entry("B") == nil)
    }

    @Test func anArchiveMayBeEmpty() throws {
        let path = folder.file("a.zip")
        try ZipFile(path).finish()
        #expect(try ZipArchive(path).entries.isEmpty)
        try HandmadeZip().write(to: path)
        #expect(try ZipArchive(path).entries.isEmpty)
    }

    /// As Python writes them: deflated, with 64-bit fields, from front to back, with a comment that looks like an end.
    @Test(arguments: ["compressed", "wide", "streamed", "commented"]) func othersArchivesAreRead(_ name: String) throws
    {
        let archive = try ZipArchive(golden("arrays/\(name).npz"))
        let names = ["pixels.npy", "labels.npy", "classes.npy"] + (name == "commented" ? ["notes.txt"] : [])
        #expect(archive.entries.map(\.name) == names)
        let pixels = try #require(archive.entry("pixels.npy"))
        #expect(pixels.method == (name == "commented" ? .stored : .deflated))
        #expect(pixels.byteCount == 848 && (pixels.packedByteCount < 848) == (pixels.method == .deflated))
        let expected = try #require(FileManager.default.contents(atPath: golden("arrays/version1.npy")))
        #expect(try archive.bytes(of: pixels, limit: 848) == Array(expected))
    }

    @Test func contentsAreReadInPiecesOfAnySize() throws {
        let archive = try ZipArchive(golden("arrays/compressed.npz"))
        let entry = try #require(archive.entry("pixels.npy"))
        let whole = try archive.bytes(of: entry, limit: 1000)
        for size in [1, 7, 847, 848, 849, 2000] {
            let reader = try ZipEntryReader(archive, entry)
            var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: size))
            while true {
                let count = try buffer.withUnsafeMutableBytes(reader.read)
                if count == 0 { break }
                #expect(count == min(size, 848 - bytes.count))
                bytes += buffer.prefix(count)
            }
            #expect(bytes == whole)
        }
    }

    @Test func severalThreadsReadAtOnce() async throws {
        let archive = try ZipArchive(golden("arrays/types.npz"))
        let once = try archive.entries.map { try archive.bytes(of: $0, limit: 1 << 16) }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask { try archive.entries.map { try archive.bytes(of: $0, limit: 1 << 16) } == once }
            }
            for try await isSame in group { #expect(isSame) }
        }
    }

    @Test func nobodyGetsMoreThanIsAskedFor() throws {
        let archive = try ZipArchive(golden("arrays/compressed.npz"))
        let entry = try #require(archive.entry("pixels.npy"))
        let error = #expect(throws: ZipError.self) { try archive.bytes(of: entry, limit: 847) }
        #expect(error?.entry == "pixels.npy")
        #expect(error?.reason == "holds 848 B, more than the 847 B that are taken")
    }

    @Test func namesMayBeAnyBytes() throws {
        let path = folder.file("a.zip")
        var zip = HandmadeZip(.init("", []), .init("", [1]))
        zip.entries[0].name = [0x66, 0xE9]
        zip.entries[1].name = [0x65, 0xCC, 0x81]
        zip.entries.append(.init("é", [2]))
        try zip.write(to: path)
        let archive = try ZipArchive(path)
        #expect(archive.entries.map(\.name.fileNameBytes) == [[0x66, 0xE9], [0x65, 0xCC, 0x81], [0xC3, 0xA9]])
        #expect(archive.entry(String(fileName: [0x66, 0xE9]))?.byteCount == 0)
        #expect(try archive.entry("e\u{301}").map { try archive.bytes(of: $0, limit: 1) } == [1])
        #expect(try archive.entry("\u{E9}").map { try archive.bytes(of: $0, limit: 1) } == [2])
    }

    /// PyTorch fills headers up, so that contents lie where a processor likes them.
    @Test func headersMayHaveFieldsOfTheirOwn() throws {
        let path = folder.file("a.zip")
        var zip = HandmadeZip(.init("a", [1, 2, 3]), .init("b", [4]))
        zip.beginning = Array("a program that unpacks".utf8)
        zip.comment = Array("a comment".utf8)
        zip.entries[0].headerExtra = [0x46, 0x42, 5, 0] + Array("ZZZZZ".utf8)
        zip.entries[1].extra = [0x46, 0x42, 1, 0, 7]
        try zip.write(to: path)
        let archive = try ZipArchive(path)
        #expect(try archive.entries.map { try archive.bytes(of: $0, limit: 9) } == [[1, 2, 3], [4]])
    }
}
