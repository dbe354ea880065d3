import Downloads
import Files
import Foundation
import TestSupport
import Testing

/// Files whose checksum nobody tells are at least of the kind that their name says.
@Suite struct ContentTests {
    private let root: TemporaryDirectory
    private let scene: FetchScene

    init() throws {
        root = try TemporaryDirectory()
        scene = try FetchScene(root: root.path)
    }

    private func put(_ bytes: [UInt8], _ name: String) throws -> Download {
        try Data(bytes).write(to: URL(fileURLWithPath: root.file(name)))
        return try scene.download("/file/\(name)")
    }

    @Test(arguments: [
        ("w.h5", "", "what came is empty, so it was deleted; "), ("w", "", "is empty"),
        ("w", "\n <!DOCTYPE html><title>Sign in</title>", "is a web page"),
        ("w.pth", "<HTML><body>", "is a web page"), ("w.safetensors", "\u{FEFF}<html>", "is a web page"),
        ("w.bin", "version https://git-lfs.github.com/spec/v1\n", "is a pointer of Git LFS"),
        ("w.h5", "no weights", "does not begin as a file of the kind .h5 does"),
        ("w.safetensors", "\u{1F}\u{8B}0000000", "of the kind .safetensors does"),
        ("w.safetensors", "\u{9}\0\0\0\0\0\0\0{", "of the kind .safetensors does"),
        ("w.pth", "no weights", "of the kind .pth does"), ("w.PT", "no weights", "of the kind .pt does"),
        ("w.keras", "no weights", "of the kind .keras does"), ("w.json", "no weights", "of the kind .json does"),
    ]) func whatIsSomethingElseIsNotKept(name: String, text: String, words: String) throws {
        let error = try #require(scene.error(try put(Array(text.utf8), name)))
        #expect("\(error)".contains(words), "\(error)")
        #expect(error.kind == .data)
        #expect(scene.files.isEmpty)
    }

    @Test func whatIsOfItsKindIsKept() throws {
        let hdf5: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
        let files: [(String, [UInt8])] = [
            ("a.h5", hdf5), ("b.h5", [UInt8](repeating: 0, count: 512) + hdf5), ("a.pth", Array("PK\u{3}\u{4}".utf8)),
            ("b.bin", [0x80, 2, 0x8A]), ("c.pt", [UInt8](repeating: 0, count: 257) + Array("ustar".utf8)),
            ("a.safetensors", [2, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8)), ("a.json", Array("\n {}".utf8)),
            ("a.npz", Array("PK\u{3}\u{4}".utf8)), ("a.onnx", [8]), ("a", [1]),
        ]
        for (name, bytes) in files {
            #expect(FileSystem.bytes(of: try scene.fetcher.fetch(put(bytes, name))) == bytes, "\(name)")
        }
    }

    /// The sum is what counts where somebody tells it.
    @Test func aChecksumTellsMore() throws {
        let text = Array("no weights".utf8)
        var download = try put(text, "w.h5")
        download.checksum = PublishedChecksum(sha256: SHA256.hexDigest(text))
        #expect(FileSystem.bytes(of: try scene.fetcher.fetch(download)) == text)
    }

    @Test func whatIsCompressedIsNotTaken() throws {
        let error = try #require(scene.error(try scene.download("/encoded/gzip/1000")))
        #expect("\(error)".contains("it comes compressed (Content-Encoding: gzip), which was not asked for; "))
        #expect(scene.files.isEmpty)
        let plain = try scene.download("/encoded/identity/1000")
        #expect(FileSystem.bytes(of: try scene.fetcher.fetch(plain)) == TestServer.pattern(1000))
    }
}
