import Glibc

/// A system call that failed.
package struct SystemError: Error, Equatable, CustomStringConvertible {
    /// The system's error number.
    package let code: Int32

    /// - Parameter code: that of the call just made unless another is given.
    package init(_ code: Int32 = errno) { self.code = code }

    package var description: String { String(cString: strerror(code)) }
}

/// A file on its way to replace another: whoever reads sees the old one or the whole new one, whatever comes between.
///
/// Until it is done it bears a temporary name, and its writer holds a lock on it that ends with the process. What a killed
/// process left under that name is written over by the next one that writes the same file.
package final class PendingFile {
    /// The final name.
    package let path: String
    package let temporaryPath: String
    /// Open to write; negative when all is over.
    package private(set) var descriptor: Int32

    private static let suffix = ".unfinished"

    /// - Parameters:
    ///   - temporaryPath: by default the final name and `.unfinished`.
    ///   - length: keeps so many bytes of what lies there already, and goes on behind them.
    /// - Throws: `SystemError`; `EWOULDBLOCK` where another process is writing the same file.
    package init(
        replacing path: String, under temporaryPath: String? = nil, keeping length: Int = 0
    ) throws(SystemError) {
        self.path = path
        self.temporaryPath = temporaryPath ?? path + Self.suffix
        descriptor = try Self.openLocked(self.temporaryPath)
        guard ftruncate(descriptor, length) == 0, lseek(descriptor, 0, SEEK_END) >= 0 else {
            let error = SystemError()
            close(descriptor)
            throw error
        }
    }

    deinit { discard() }

    private static func openLocked(_ path: String) throws(SystemError) -> Int32 {
        while true {
            let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
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
    /// - Throws: `SystemError`; the temporary file is still there then, and what it was to replace.
    package func commit() throws(SystemError) {
        // Some file systems know no such thing, and say so.
        guard fsync(descriptor) == 0 || errno == EINVAL || errno == ENOSYS else { throw SystemError() }
        guard rename(temporaryPath, path) == 0 else { throw SystemError() }
        release()
        syncFolder()
    }

    /// Without this a power cut may bring the old name back. What a folder refuses is no reason to lose the file for.
    private func syncFolder() {
        let end = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let folder = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    /// Removes what was written; without effect when all is over.
    package func discard() {
        guard descriptor >= 0 else { return }
        unlink(temporaryPath)
        release()
    }

    /// Leaves what was written under its temporary name.
    package func release() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    /// Removes what killed processes left in a folder: the unfinished files that no living one is writing.
    package static func clear(_ folder: String) {
        guard let stream = opendir(folder) else { return }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name.hasSuffix(suffix), let descriptor = try? openLocked("\(folder)/\(name)") else { continue }
            unlink("\(folder)/\(name)")
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
        var (opened, named) = (stat(), stat())
        return fstat(descriptor, &opened) == 0 && stat(path, &named) == 0 && opened.st_ino == named.st_ino
            && opened.st_dev == named.st_dev
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
