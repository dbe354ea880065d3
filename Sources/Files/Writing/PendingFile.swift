import Glibc

/// A system call that failed.
package struct SystemError: Error, Equatable, CustomStringConvertible {
    /// The system's error number.
    package let code: Int32

    /// - Parameter code: that of the call just made unless another is given.
    package init(_ code: Int32 = errno) { self.code = code }

    package var description: String { FileSystem.words(for: code) }
}

/// A file on its way to replace another: whoever reads sees the old one or the whole new one, whatever comes between.
///
/// Until it is done it bears a temporary name, and its writer holds a lock on it that ends with the process. What a killed
/// process left under that name is written over by the next one that writes the same file.
package final class PendingFile {
    /// The final name.
    package let path: String
    package let temporaryPath: String
    /// Whether what was written may stay under its temporary name, to be gone on with.
    private let mayStay: Bool
    /// Open to write; negative when all is over.
    package private(set) var descriptor: Int32

    private static let suffix = ".unfinished"

    /// Begins a file of which nothing is left unless it is done.
    /// - Throws: `SystemError`; `EWOULDBLOCK` where another process is writing the same file.
    package convenience init(replacing path: String) throws(SystemError) {
        try self.init(path, under: path + Self.suffix, mayStay: false, keeping: 0)
    }

    /// Begins a file that `release` leaves under a name of its own, or goes on with what lies there.
    /// - Parameter length: how many bytes of it are kept.
    /// - Throws: `SystemError`; `EWOULDBLOCK` where another process is writing the same file.
    package convenience init(
        replacing path: String, under temporaryPath: String, keeping length: Int
    ) throws(SystemError) {
        try self.init(path, under: temporaryPath, mayStay: true, keeping: length)
    }

    private init(
        _ path: String, under temporaryPath: String, mayStay: Bool, keeping length: Int
    ) throws(SystemError) {
        self.path = path
        self.temporaryPath = temporaryPath
        self.mayStay = mayStay
        descriptor = try Self.openLocked(temporaryPath, mayStay: mayStay)
        guard ftruncate(descriptor, length) == 0, lseek(descriptor, 0, SEEK_END) >= 0 else {
            let error = SystemError()
            release()
            throw error
        }
    }

    deinit { discard() }

    private static func openLocked(_ path: String, mayStay: Bool) throws(SystemError) -> Int32 {
        var failure = SystemError(0)
        func openOnce() -> Int32 {
            do {
                return try lockedDescriptor(path)
            } catch {
                failure = error
                return -1
            }
        }
        // What is not ours must not be deleted where this process is ended, so it counts only when it is locked.
        let descriptor = mayStay ? openOnce() : UnfinishedFiles.create(path, openOnce)
        guard descriptor >= 0 else { throw failure }
        return descriptor
    }

    private static func lockedDescriptor(_ path: String) throws(SystemError) -> Int32 {
        while true {
            // Opening a pipe would wait for somebody to read from it.
            let flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
            let descriptor = path.withCPath { open($0, flags, 0o666) }
            guard descriptor >= 0 else { throw SystemError() }
            do {
                try FileLock.take(descriptor)
            } catch {
                close(descriptor)
                throw error
            }
            // Its last owner may have renamed or removed it while we waited at the door.
            if FileLock.isFile(descriptor, stillAt: path) { return descriptor }
            close(descriptor)
        }
    }

    /// Waits until the disk has all that was written, and gives the file its final name.
    /// - Parameter isLasting: false for a file that is soon copied into another one, which nobody need wait for.
    /// - Throws: `SystemError`; the temporary file is still there then, and what it was to replace.
    package func commit(isLasting: Bool = true) throws(SystemError) {
        // Some file systems know no such thing, and say so.
        guard !isLasting || fsync(descriptor) == 0 || errno == EINVAL || errno == ENOSYS else { throw SystemError() }
        guard FileSystem.rename(temporaryPath, to: path) else { throw SystemError() }
        release()
        if isLasting { syncFolder() }
    }

    /// Without this a power cut may bring the old name back. What a folder refuses is no reason to lose the file for.
    private func syncFolder() {
        let descriptor = folder.withCPath { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    private var folder: String {
        let scalars = path.unicodeScalars
        guard let end = scalars.lastIndex(of: "/") else { return "." }
        return end == scalars.startIndex ? "/" : String(scalars[..<end])
    }

    /// Removes what was written; without effect when all is over.
    package func discard() {
        if descriptor >= 0 { FileSystem.remove(temporaryPath) }
        release()
    }

    /// Leaves what was written under its temporary name.
    package func release() {
        guard descriptor >= 0 else { return }
        if !mayStay { UnfinishedFiles.forget(temporaryPath) }
        close(descriptor)
        descriptor = -1
    }

    /// Removes what killed processes left in a folder: the unfinished files that no living one is writing.
    package static func clear(_ folder: String) {
        for name in FileSystem.names(in: folder) ?? [] where name.hasSuffix(suffix) {
            guard let descriptor = try? lockedDescriptor("\(folder)/\(name)") else { continue }
            FileSystem.remove("\(folder)/\(name)")
            close(descriptor)
        }
    }
}

/// Locks on open files that end with the process, whatever ends it.
package enum FileLock {
    /// - Throws: `SystemError`; `EWOULDBLOCK` where another holds it. A file system without locks gives it to everybody.
    package static func take(_ descriptor: Int32) throws(SystemError) {
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            switch errno {
            case EINTR: continue
            case ENOLCK, EOPNOTSUPP, ENOSYS, EINVAL: return
            default: throw SystemError()
            }
        }
    }

    /// Whether an open file is what its path still leads to.
    package static func isFile(_ descriptor: Int32, stillAt path: String) -> Bool {
        var opened = stat()
        guard fstat(descriptor, &opened) == 0, let named = FileSystem.status(of: path) else { return false }
        return opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
    }

    /// The process that holds the lock on an open file, as Linux tells it in `/proc/locks`; nil where it does not.
    package static func holder(of descriptor: Int32) -> Int? {
        var status = stat()
        guard fstat(descriptor, &status) == 0, let table = fopen("/proc/locks", "re") else { return nil }
        defer { fclose(table) }
        var line = [CChar](repeating: 0, count: 512)
        while fgets(&line, Int32(line.count), table) != nil {
            // 12: FLOCK  ADVISORY  WRITE 4711 fe:01:1835031 0 EOF
            let fields = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
                .split(separator: " ")
            guard fields.count > 5, fields[1] == "FLOCK", let process = Int(fields[4]), process > 0,
                fields[5].split(separator: ":").last == "\(status.st_ino)"[...]
            else { continue }
            return process
        }
        return nil
    }
}
