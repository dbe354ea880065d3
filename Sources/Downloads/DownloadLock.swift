import Files
import Glibc

/// Sees to it that one file is fetched once, by whichever process or thread comes first. The lock ends with the process.
final class DownloadLock {
    private let path: String
    private let descriptor: Int32

    /// Waits until nobody else fetches the file.
    /// - Parameters:
    ///   - path: where the file belongs.
    ///   - waiting: called once, where there is somebody to wait for, with the process if the system tells it.
    /// - Throws: `SystemError`; `CancellationError`.
    init(for path: String, waiting: (Int?) -> Void) throws {
        self.path = path + ".lock"
        var hasWaited = false
        while true {
            let descriptor = try Self.open(self.path)
            let isOurs: Bool
            do {
                try FileLock.take(descriptor)
                // Its last owner may have removed it while we stood at the door.
                isOurs = FileLock.isFile(descriptor, stillAt: self.path)
            } catch {
                guard error.code == EWOULDBLOCK else {
                    close(descriptor)
                    throw error
                }
                if !hasWaited { waiting(FileLock.holder(of: descriptor)) }
                (isOurs, hasWaited) = (false, true)
                usleep(50_000)
            }
            if isOurs {
                self.descriptor = descriptor
                return
            }
            close(descriptor)
            try Cancellation.check()
        }
    }

    deinit {
        FileSystem.remove(path)
        close(descriptor)
    }

    private static func open(_ path: String) throws(SystemError) -> Int32 {
        let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
        let descriptor = path.withCPath { Glibc.open($0, flags, 0o666) }
        guard descriptor >= 0 else { throw SystemError() }
        return descriptor
    }
}
