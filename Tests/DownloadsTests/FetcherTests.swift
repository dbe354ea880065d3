import Downloads
import Files
import TestSupport
import Testing

@Suite struct FetcherTests {
    private let scene: FetchScene
    private static let bytes = TestServer.pattern(300_000)
    private static let sha256 = SHA256.hexDigest(bytes)

    init() throws { scene = try FetchScene() }

    @Test func aFileArrivesOnce() throws {
        let sum = try #require(PublishedChecksum(sha256: String(Self.sha256.prefix(8))))
        let download = try scene.download("/plain/300000", byteCount: 300_000, checksum: sum)
        let path = try scene.fetcher.fetch(download)
        #expect(FileSystem.bytes(of: path) == Self.bytes)
        #expect(try scene.fetcher.fetch(download) == path)
        #expect(try scene.requests("/plain/300000").count == 1)
        #expect(scene.files == [download.place.path])
        let last = try #require(scene.observer.progress.last)
        #expect(last.byteCount == 300_000 && last.total == 300_000)
    }

    @Test func whatIsCutGoesOn() throws {
        let download = try scene.download("/cut/120000/300000")
        #expect(FileSystem.bytes(of: try scene.fetcher.fetch(download)) == Self.bytes)
        let requests = try scene.requests("/cut/120000/300000")
        #expect(requests.map(\.range) == [nil, "bytes=120000-", "bytes=240000-"])
        #expect(requests.map(\.condition) == [nil, "\"one\"", "\"one\""])
        #expect(scene.files == [download.place.path])
    }

    @Test func whatIsCutTooOftenIsKept() throws {
        let download = try scene.download("/cut/50000/300000")
        let error = scene.error(download)
        #expect(error?.kind == .failure)
        #expect(
            "\(try #require(error))".hasSuffix(
                "; the 146.5 KiB that have arrived are kept: the same command goes on from there"))
        #expect(scene.files == [download.place.path + ".part", download.place.path + ".part.from"])
        #expect(FileSystem.bytes(of: try scene.fetcher.fetch(download)) == Self.bytes)
        #expect(try scene.requests("/cut/50000/300000").map(\.range)[3] == "bytes=150000-")
    }

    @Test func aServerWithoutPartsBeginsAnew() throws {
        try leave(120_000, of: "/cut/120000/300000", as: "/partless/300000")
        let path = try scene.fetcher.fetch(scene.download("/partless/300000"))
        #expect(FileSystem.bytes(of: path) == Self.bytes)
        #expect(try scene.requests("/partless/300000").map(\.range) == ["bytes=120000-"])
    }

    /// Leaves the first bytes of a file as an attempt that was killed does.
    private func leave(_ count: Int, of other: String, as path: String, _ bytes: [UInt8] = bytes) throws {
        let download = try scene.download(path)
        let part = scene.fetcher.path(of: download) + ".part"
        _ = FileSystem.makeFolder(scene.settings.cache)
        _ = FileSystem.makeFolder("\(scene.settings.cache)/weights")
        try OutputFile.write(bytes.prefix(count), to: part)
        try OutputFile.write("\(download.url)\n\"one\"\n", to: part + ".from")
    }

    /// Without a name of the version, parts are put together only where a checksum tells whether they belong together.
    @Test func partsWithoutAVersionNeedAChecksum() throws {
        let path = "/undated/300000"
        try leave(120_000, of: path, as: path)
        FileSystem.remove(scene.fetcher.path(of: try scene.download(path)) + ".part.from")
        #expect(FileSystem.bytes(of: try scene.fetcher.fetch(scene.download(path))) == Self.bytes)
        #expect(try scene.requests(path).map(\.range) == [nil])
        FileSystem.remove(scene.fetcher.path(of: try scene.download(path)))
        try leave(120_000, of: path, as: path)
        let sum = PublishedChecksum(sha256: Self.sha256)
        #expect(FileSystem.bytes(of: try scene.fetcher.fetch(scene.download(path, checksum: sum))) == Self.bytes)
        #expect(try scene.requests(path).map(\.range) == [nil, "bytes=120000-"])
    }

    /// A server that mixes two files under one tag is found out by the checksum.
    @Test func partsOfTwoFilesBeginAnew() throws {
        let path = "/swapped/120000/300000"
        let sum = PublishedChecksum(sha256: Self.sha256)
        #expect(FileSystem.bytes(of: try scene.fetcher.fetch(scene.download(path, checksum: sum))) == Self.bytes)
        #expect(try scene.requests(path).map(\.range) == [nil, "bytes=120000-", nil])
    }

    @Test(arguments: ["wrong-part", "no-part"]) func partsThatDoNotFitBeginAnew(kind: String) throws {
        let path = "/\(kind)/120000/300000"
        #expect(FileSystem.bytes(of: try scene.fetcher.fetch(scene.download(path))) == Self.bytes)
        #expect(try scene.requests(path).map(\.range) == [nil, "bytes=120000-", nil])
    }

    @Test func aFileThatChangesIsNeverMixed() throws {
        let error = scene.error(try scene.download("/changing/120000/300000"))
        #expect(try scene.requests("/changing/120000/300000").count == 3)
        #expect(error?.kind == .failure)
    }

    /// A process that was killed between the last byte and the end leaves all of it.
    @Test func aWholePartIsTaken() throws {
        try leave(300_000, of: "/plain/300000", as: "/plain/300000")
        #expect(FileSystem.bytes(of: try scene.fetcher.fetch(scene.download("/plain/300000"))) == Self.bytes)
        #expect(try scene.requests("/plain/300000").map(\.range) == ["bytes=300000-"])
    }

    @Test func aFileOfUnknownSizeArrives() throws {
        #expect(FileSystem.bytes(of: try scene.fetcher.fetch(scene.download("/chunked/300000"))) == Self.bytes)
    }

    @Test func nothingIsFetchedOffline() throws {
        scene.settings.isOffline = true
        let download = try scene.download("/plain/300000", byteCount: 300_000)
        let error = try #require(scene.error(download))
        #expect(
            "\(error)"
                == "weights is not here, and --offline lets nothing be fetched: it would come from \(download.url), 293.0 KiB to "
                + "\(scene.fetcher.path(of: download)); leave --offline out, or put the file there")
        #expect(error.kind == .data)
        #expect(try scene.server.requests().isEmpty)
    }
}
