import Files
import Foundation
import Glibc
import Tensors
import TestSupport
import Testing

/// Names of files are bytes, and come back as the same bytes.
@Suite struct FileNamesTests {
    /// Names as a file system may hold them.
    static let names: [[UInt8]] =
        [
            "plain.png", "caf\u{E9}", "cafe\u{301}", "new\nline\ttab", "quote\", comma", "-dash", " space", "🦊👩‍👩‍👧",
            "\u{202E}rtl",
            "\u{301}mark", "\u{10FE7F}\u{10FF00}", "\u{10FE80}x\u{10FEFF}", "\r\n", "\u{FFFD}", "\u{FFFF}",
            "\u{10FFFF}",
            String(repeating: "n", count: 255),
        ].map { Array($0.utf8) } + [
            [0x6B, 0xE4, 0x73, 0x65], [0xFC, 0x62], [0x80], [0xFF], [0xC3], [0x61, 0xC3], [0xC3, 0x28], [0xE2, 0x82],
            [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF4, 0x8F, 0xBA], [0xC0, 0xAF], [0xF0, 0x9F, 0xA6, 0xFF],
            Array(0x80...0xFF), [0xE4] + Array("\u{10FE80}".utf8), Array(repeating: 0xFE, count: 255),
        ]

    @Test(arguments: names)
    func bytesComeBack(_ bytes: [UInt8]) {
        let text = String(fileName: bytes)
        #expect(text.fileNameBytes == bytes)
        #expect(
            (bytes + [0]).map(CChar.init(bitPattern:)).withUnsafeBufferPointer { String(cPath: $0.baseAddress!) }
                == text)
        #expect(text.withCPath { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) } == bytes)
    }

    @Test func randomBytesComeBack() {
        var random = RandomStream(seed: 7, purpose: .shuffling)
        var texts: Set<FileName> = []
        var names: Set<[UInt8]> = []
        for _ in 0..<20_000 {
            let name = (0..<Int(random.next() % 9)).map { _ -> UInt8 in
                // Beginnings and parts of characters, those of the stand-ins among them.
                let bytes: [UInt8] = [0x41, 0x80, 0xBA, 0xBB, 0x8F, 0xF4, 0xC3, 0xE2, 0xED, 0xF0, 0xBF, 0xFF]
                return bytes[Int(random.next() % 12)]
            }
            #expect(String(fileName: name).fileNameBytes == name)
            texts.insert(FileName(String(fileName: name)))
            names.insert(name)
        }
        #expect(texts.count == names.count)
    }

    @Test func whatIsUTF8StaysAsItIs() {
        #expect(String(fileName: "Käse/🦊".utf8) == "Käse/🦊")
        #expect(!"Käse/🦊".standsForBytes)
        #expect(String(fileName: [0x6B, 0xE4]).standsForBytes)
        #expect(String(fileName: [0x6B, 0xE4, 0x73]).legible == "k\\xe4s")
    }

    @Test func orderIsThatOfBytes() {
        let sorted = Self.names.sorted { $0.lexicographicallyPrecedes($1) }
        #expect(
            Self.names.map { String(fileName: $0) }.sorted { $0.precedesBytewise($1) }.map(\.fileNameBytes) == sorted)
    }

    @Test func keysAreEqualOnlyByBytes() {
        #expect("caf\u{E9}" == "cafe\u{301}")
        #expect(FileName("caf\u{E9}") != FileName("cafe\u{301}"))
        #expect(Set(["caf\u{E9}", "cafe\u{301}", "caf\u{E9}"].map(FileName.init)).count == 2)
    }

    @Test func aZeroInAPathNamesNoFile() throws {
        let folder = try TemporaryDirectory()
        try Data("x".utf8).write(to: URL(fileURLWithPath: folder.file("a")))
        #expect(FileSystem.exists(folder.file("a")))
        #expect(!FileSystem.exists(folder.file("a\0b")))
    }

    @Test func everyNameCanBeMadeReadRenamedAndRemoved() throws {
        let folder = try TemporaryDirectory()
        for name in Self.names {
            let path = folder.file(String(fileName: name))
            #expect(FileSystem.makeFolder(path), "\(name)")
            let file = path + "/" + String(fileName: name)
            let descriptor = file.withCPath { open($0, O_WRONLY | O_CREAT, 0o600) }
            #expect(write(descriptor, name, name.count) == name.count)
            close(descriptor)
            #expect(FileSystem.names(in: path)?.map(\.fileNameBytes) == [name])
            #expect(FileSystem.bytes(of: file) == name)
            #expect(FileSystem.withMappedBytes(of: file) { $0.map(Array.init) } == name)
            #expect(FileSystem.rename(file, to: file + "2") == (name.count < 255))
            #expect(FileSystem.absolutePath(of: path).map(FileSystem.name)?.fileNameBytes == name)
        }
        #expect(FileSystem.names(in: folder.path)?.count == Self.names.count)
        FileSystem.removeAll(at: folder.path)
        #expect(!FileSystem.exists(folder.path))
    }

    @Test func fieldsOfTablesKeepEveryByte() {
        #expect("plain".csvField == "plain")
        #expect("a,b".csvField == "\"a,b\"")
        #expect("a\r\nb".csvField == "\"a\r\nb\"")
        // A mark after a quote makes one character of both.
        #expect(Array("a\"\u{301}b".csvField.utf8) == Array("\"a\"\"\u{301}b\"".utf8))
    }
}

@Suite struct FolderTests {
    @Test(arguments: [
        ("a/b/c", "a/b"), ("c", "."), ("./c", "."), ("../c", ".."), ("/c", "/"), ("/a/b", "/a"), ("/", "/"),
        ("a//b", "a"), ("a/b/", "a"), ("//a//b//", "//a"), ("", "."),
    ])
    func ofRelativeAndAbsolutePaths(_ path: String, _ folder: String) {
        #expect(FileSystem.folder(of: path) == folder)
    }
}
