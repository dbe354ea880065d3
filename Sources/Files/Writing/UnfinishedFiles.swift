import Glibc
import Synchronization

/// The files that this process writes under temporary names until they are whole: what must go where it ends in the midst
/// of its work.
package enum UnfinishedFiles {
    /// As bytes: to Unicode the names of two files may be equal.
    private static let paths = Mutex<Set<[UInt8]>>([])

    /// Makes a file, of which nothing is left if the process is ended by `deleteAll`.
    /// - Parameter open: opens the file and returns its descriptor, or a negative number.
    /// - Returns: what `open` returned.
    package static func create(_ path: String, _ open: () -> Int32) -> Int32 {
        // In one piece: a file made after the others were deleted would stay.
        paths.withLock { paths in
            let descriptor = open()
            if descriptor >= 0 { paths.insert(path.fileNameBytes) }
            return descriptor
        }
    }

    /// To be called when the file has its final name, or is gone.
    package static func forget(_ path: String) {
        _ = paths.withLock { $0.remove(path.fileNameBytes) }
    }

    /// Deletes the files and ends the process; meanwhile no more are made.
    package static func deleteAll(andEnd end: () -> Never) -> Never {
        paths.withLock { paths in
            for path in paths { unlink(path.map(CChar.init(bitPattern:)) + [0]) }
            end()
        }
    }
}
