import Downloads
import Files
import Foundation
import Synchronization
import TestSupport
import Testing

/// A server, a cache folder of its own, and what a fetcher said.
final class FetchScene {
    let server: TestServer
    let folder: TemporaryDirectory
    let observer = Listener()
    var settings: FetchSettings

    init(root: String? = nil, certificate: String? = nil) throws {
        server = try TestServer(root: root, certificate: certificate)
        folder = try TemporaryDirectory()
        settings = FetchSettings(
            cache: folder.file("cache"), endpoint: root == nil ? FetchSettings.publicEndpoint : server.url)
        settings.pauses = [0.01, 0.01]
    }

    var fetcher: Fetcher { Fetcher(settings, observer: observer) }

    func download(
        _ path: String, byteCount: Int? = nil, checksum: PublishedChecksum? = nil, name: String = "weights"
    ) throws -> Download {
        let url = try #require(WebAddress(path.hasPrefix("http") ? path : server.url + path))
        return Download(
            name: name, url: url, place: CachePlace(named: name, at: url), byteCount: byteCount, checksum: checksum)
    }

    /// The error with which a file is refused.
    func error(_ download: Download) -> DownloadError? {
        #expect(throws: DownloadError.self) { try fetcher.fetch(download) }
    }

    /// Everything in the cache, relative to it.
    var files: [String] {
        let all = FileManager.default.enumerator(atPath: settings.cache)?.allObjects.compactMap { $0 as? String } ?? []
        return all.filter { !FileSystem.isFolder("\(settings.cache)/\($0)") }.sorted()
    }

    func requests(_ path: String) throws -> [TestServer.Request] { try server.requests().filter { $0.path == path } }
}

/// Keeps what it is told.
final class Listener: FetchObserver {
    private let state = Mutex<(lines: [String], progress: [FetchProgress])>(([], []))
    private let reaction = Mutex<(@Sendable () -> Void)?>(nil)

    var lines: [String] { state.withLock { $0.lines } }
    var progress: [FetchProgress] { state.withLock { $0.progress } }

    /// Has something done at the next progress.
    func react(_ body: @escaping @Sendable () -> Void) { reaction.withLock { $0 = body } }

    func show(_ progress: FetchProgress) {
        state.withLock { $0.progress.append(progress) }
        let body = reaction.withLock { body in
            defer { body = nil }
            return body
        }
        body?()
    }

    func tell(_ line: String) { state.withLock { $0.lines.append(line) } }
}
