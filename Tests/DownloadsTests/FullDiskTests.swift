import Downloads
import Files
import Foundation
import TestSupport
import Testing

/// A disk that is full, or a file that has reached the size that it may have.
@Suite(.serialized) struct FullDiskTests {
    private let scene: FetchScene

    init() throws { scene = try FetchScene() }

    /// Whether this may mount file systems, as root may where nothing forbids it.
    private static let mayMount: Bool = {
        guard let folder = try? TemporaryDirectory(), mount("mount", "-t", "tmpfs", "tmpfs", folder.path) else {
            return false
        }
        return mount("umount", folder.path)
    }()

    private static func mount(_ arguments: String...) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    @Test(.enabled(if: mayMount, "skipped: no file system may be mounted here")) func aDiskThatFillsUpKeepsThePart()
        throws
    {
        let disk = scene.folder.file("disk")
        _ = FileSystem.makeFolder(disk)
        #expect(Self.mount("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk))
        defer { _ = Self.mount("umount", disk) }
        scene.settings.cache = disk
        let large = try #require(scene.error(try scene.download("/plain/3000000")))
        #expect(
            "\(large)".hasSuffix(
                " and \(disk) has room for 2.0 MiB; free some space, or set FINETUNE_CACHE to a folder with more"))
        #expect(scene.files.isEmpty)

        let download = try scene.download("/pause/300000/1500000/0.3")
        scene.observer.react { try? OutputFile.write([UInt8](repeating: 1, count: 1_000_000), to: "\(disk)/other") }
        let full = try #require(scene.error(download))
        #expect(
            "\(full)".contains("cannot be written: No space left on device; free some space, or set FINETUNE_CACHE to"))
        #expect("\(full)".hasSuffix("; what has arrived is kept"))
        #expect(full.kind == .failure)

        FileSystem.remove("\(disk)/other")
        #expect(FileSystem.bytes(of: try scene.fetcher.fetch(download)) == TestServer.pattern(1_500_000))
    }

    @Test func aFileThatMayNotGrow() throws {
        let before = signal(SIGXFSZ, SIG_IGN)
        var limits = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limits)
        defer {
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limits)
            signal(SIGXFSZ, before)
        }
        var small = limits
        small.rlim_cur = 100_000
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &small)
        let error = try #require(scene.error(try scene.download("/plain/300000")))
        #expect("\(error)".contains("cannot be written: File too large; "))
    }
}
