import CHDF5
import Foundation

/// The HDF5 library as a whole.
enum HDF5Library {
    private static let lock = NSRecursiveLock()
    /// HDF5 must not tidy up at exit: after damaged files it cannot, and prints or crashes. Nothing is left to tidy, since
    /// files are only read, or kept in memory.
    private static let staysAtExit: Void = { H5dont_atexit() }()
    /// Set in a forked process, whose only thread runs while its copy of the lock seems to be held by another.
    private nonisolated(unsafe) static var isForked = false

    /// Forks while no thread is inside HDF5, runs `body` in the new process, and waits for its end.
    /// - Returns: 0 where it ended by itself, else the signal that killed it.
    static func inExpendableProcess(seconds: UInt32, _ body: () -> Void) -> Int32 {
        exclusively {
            let child = chdf5_fork_expendable(seconds)
            if child == 0 {
                isForked = true
                body()
                _exit(0)
            }
            return child > 0 ? chdf5_wait(child) : 0
        }
    }

    /// Runs `body` while no other thread is inside HDF5, with its printing off.
    static func exclusively<Result>(_ body: () throws -> Result) rethrows -> Result {
        _ = staysAtExit
        if isForked { return try body() }
        lock.lock()
        defer { lock.unlock() }
        chdf5_be_quiet()
        return try body()
    }
}
