import Downloads
import Files
import Foundation
import TestSupport
import Testing

/// Whoever asks for the same file at the same time gets the one that is fetched.
@Suite struct OnceTests {
    private let scene: FetchScene
    private static let bytes = TestServer.pattern(300_000)

    init() throws { scene = try FetchScene() }

    @Test func threadsFetchOnce() async throws {
        let path = "/pause/100000/300000/0.5"
        let (fetcher, download) = (scene.fetcher, try scene.download(path))
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<2 { group.addTask { try fetcher.fetch(download) } }
            for try await file in group { #expect(FileSystem.bytes(of: file) == Self.bytes) }
        }
        #expect(try scene.requests(path).count == 1)
        #expect(scene.observer.lines.contains { $0.hasPrefix("weights: waiting for process ") })
        #expect(scene.files == [download.place.path])
    }

    /// Another process that holds the lock, and ends without having fetched anything.
    @Test func aProcessThatDiesHandsOn() throws {
        let download = try scene.download("/plain/300000")
        let path = scene.fetcher.path(of: download)
        try FileManager.default.createDirectory(
            atPath: "\(scene.settings.cache)/weights", withIntermediateDirectories: true)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", Self.holder, path + ".lock"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        _ = output.fileHandleForReading.availableData
        #expect(FileSystem.bytes(of: try scene.fetcher.fetch(download)) == Self.bytes)
        #expect(
            scene.observer.lines.first == "weights: waiting for process \(process.processIdentifier), which fetches it")
        #expect(scene.files == [download.place.path])
    }

    private static let holder = """
        import fcntl, os, signal, sys, time
        file = open(sys.argv[1], "w")
        fcntl.flock(file, fcntl.LOCK_EX)
        print("held", flush=True)
        time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGKILL)
        """
}
