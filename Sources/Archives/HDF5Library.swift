import CHDF5
import Foundation

/// The HDF5 library as a whole.
enum HDF5Library {
    private static let lock = NSRecursiveLock()

    /// Runs `body` while no other thread is inside HDF5, with its printing off.
    static func exclusively<Result>(_ body: () throws -> Result) rethrows -> Result {
        lock.lock()
        defer { lock.unlock() }
        chdf5_be_quiet()
        return try body()
    }
}
