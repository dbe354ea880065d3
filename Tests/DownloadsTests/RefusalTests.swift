import Downloads
import Files
import Foundation
import TestSupport
import Testing

/// What is no file, or not the published one, is refused in words, and nothing of it is left.
@Suite struct RefusalTests {
    private let scene: FetchScene

    init() throws { scene = try FetchScene() }

    private func expect(
        _ download: Download, _ words: String, _ kind: ErrorKind = .data, leaves files: [String] = [],
        _ place: SourceLocation = #_sourceLocation
    ) throws {
        let error = try #require(scene.error(download), sourceLocation: place)
        let text = "\(error)"
        #expect(text.hasPrefix("cannot fetch weights from \(download.url): "), sourceLocation: place)
        #expect(text.contains(words), "\(text)", sourceLocation: place)
        #expect(error.kind == kind, sourceLocation: place)
        #expect(scene.files == files, sourceLocation: place)
    }

    @Test func wrongChecksums() throws {
        let md5 = PublishedChecksum(md5: String(repeating: "0", count: 32))
        let found = MD5.hexDigest(TestServer.pattern(1000))
        try expect(
            try scene.download("/plain/1000", checksum: md5),
            "its checksum is MD5 \(found), and that of the published file MD5 00000000000000000000000000000000, so it was deleted; "
        )
        let sha256 = PublishedChecksum(sha256: "12345678")
        try expect(
            try scene.download("/plain/1000", checksum: sha256), "and that of the published file SHA-256 12345678…, so")
    }

    @Test func wrongLengths() throws {
        try expect(
            try scene.download("/plain/1000", byteCount: 1001),
            "it has 1,000 bytes, and the published file 1,001, so it was deleted")
        try expect(
            try scene.download("/chunked/300000", byteCount: 70_000),
            "it has more bytes, and the published file 70,000, so")
        try expect(
            try scene.download("/chunked/300000", byteCount: 300_001),
            "it has 300,000 bytes, and the published file 300,001")
        let short = try scene.download("/length/1000/500")
        try expect(
            short, "the connection was cut", .failure, leaves: [short.place.path + ".part"])
    }

    @Test(arguments: [
        (404, "there is no such file (404); get the file in another way and put it at "),
        (403, "the server refuses it (403); "),
        (418, "the server answers 418"),
    ]) func statuses(status: Int, words: String) throws { try expect(try scene.download("/status/\(status)"), words) }

    @Test func aServerThatIsBusyIsAskedAgain() throws {
        let download = try scene.download("/status/503")
        try expect(download, "the server answers 503; try later", .failure)
        #expect(try scene.requests("/status/503").count == 3)
    }

    @Test func redirects() throws {
        let url = "\(scene.server.url)/plain/1000"
        #expect(
            FileSystem.bytes(of: try scene.fetcher.fetch(scene.download("/redirect?\(url)")))
                == TestServer.pattern(1000))
        #expect(
            FileSystem.bytes(of: try scene.fetcher.fetch(scene.download("/redirect?/plain/9"))) == TestServer.pattern(9)
        )
        FileSystem.removeAll(at: scene.settings.cache)
        func expect(_ path: String, _ words: String) throws { try self.expect(scene.download(path), words) }
        try expect(
            "/redirect?file:///etc/passwd", "it redirects to file:///etc/passwd, which is no address of HTTP or HTTPS; "
        )
        try expect("/redirect?gopher://localhost/", "it redirects to gopher://localhost/, which is no")
        try expect("/loop", "it redirects without end")
        #expect(try scene.requests("/loop").count == 11)
    }

    @Test func serversThatGiveNothing() throws {
        scene.settings.stallSeconds = 1
        let hanging = try scene.download("/hang-up")
        try expect(hanging, "the connection was cut", .failure)
        scene.settings.pauses = []
        let silent = try scene.download("/silence")
        try expect(silent, "there was no answer in time", .failure)
        let wordy = try scene.download("/heads")
        try expect(wordy, "its answer begins with too many lines", .failure)
    }

    @Test func aServerThatStallsIsLeftAndAskedForTheRest() throws {
        scene.settings.stallSeconds = 1
        let download = try scene.download("/pause/100000/300000/60")
        scene.settings.pauses = []
        let start = ContinuousClock.now
        try expect(
            download, "hardly anything came any more", .failure,
            leaves: [download.place.path + ".part", download.place.path + ".part.from"])
        #expect(start.duration(to: .now) < .seconds(10))
    }

    @Test func hostsThatAreNotThere() throws {
        try expect(
            try scene.download("http://no-such-host.invalid/x"), "its host is not known (", .failure)
        try expect(
            try scene.download("http://localhost:1/x"), "there is no connection (", .failure)
    }

    @Test func moreThanTheDiskHolds() throws {
        let download = try scene.download("/length/1000000000000000000/10")
        let error = try #require(scene.error(download))
        #expect("\(error)".contains("are to come, and \(scene.settings.cache) has room for "))
        #expect(error.kind == .failure)
    }

    @Test func aCacheThatCannotBe() throws {
        try OutputFile.write("", to: scene.folder.file("cache"))
        let error = try #require(scene.error(try scene.download("/plain/10")))
        #expect(
            "\(error)".hasSuffix(
                "cannot be written: Not a directory; set FINETUNE_CACHE to a folder that you may write to"))
    }

    @Test(arguments: ["ftp://localhost/x", "file:///etc/passwd", "https://", "http://a b/", "http://x/\u{0}", "x", ""])
    func addressesOfOtherKinds(text: String) {
        #expect(WebAddress(text) == nil)
        #expect(throws: AddressError.self) { try RemoteWeights(name: "w", address: text) }
    }
}
