import CHDF5
import Files
import Foundation

/// The HDF5 library as a whole.
enum HDF5Library {
    private static let lock = NSRecursiveLock()
    /// HDF5 must not tidy up at exit: after damaged files it cannot, and prints or crashes. Nothing is left to tidy, since
    /// files are only read, or kept in memory.
    private static let staysAtExit: Void = { H5dont_atexit() }()
    /// Set in a forked process, whose only thread runs while its copy of the lock seems to be held by another.
    private nonisolated(unsafe) static var isForked = false

    /// What an expendable process may use.
    struct Allowance {
        /// Beyond what this one holds.
        var memoryBytes: Int
        var computingSeconds: Double
        /// By the clock on the wall.
        var seconds: Int
    }

    /// How an expendable process ended.
    struct Ending {
        /// What it reported.
        var report: [UInt8] = []
        /// The signal that killed it; 0 where it ended by itself, or where the system does not tell.
        var signal: Int32 = 0
        /// The seconds that it had, where it needed more.
        var secondsTooFew: Int?
    }

    /// Forks while no thread is inside HDF5, runs `body` in the new process, and waits for its end. One that hangs beside
    /// other threads is given a second try: it may have waited for a lock that one of them held when it was forked, and that
    /// nobody releases in it.
    /// - Parameter body: what the process does; the bytes that it reports.
    /// - Throws: `CancellationError` where the work is to end meanwhile.
    /// - Returns: nil where the system has no process to give.
    static func inExpendableProcess(_ allowance: Allowance, _ body: () -> [UInt8]) throws -> Ending? {
        let ending = try runExpendably(allowance, body)
        guard ending?.secondsTooFew != nil, hasOtherThreads else { return ending }
        return try runExpendably(allowance, body)
    }

    private static var hasOtherThreads: Bool {
        let threads = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")
        return threads.map { $0.count > 1 } ?? true
    }

    private static func runExpendably(_ allowance: Allowance, _ body: () -> [UInt8]) throws -> Ending? {
        try exclusively {
            var pipe: Int32 = -1
            let child = chdf5_fork_expendable(
                UInt64(allowance.memoryBytes), UInt32(clamping: Int(1000 * allowance.computingSeconds)), &pipe)
            if child == 0 {
                isForked = true
                send(body(), to: pipe)
                _exit(0)
            }
            guard child > 0 else { return nil }
            defer { close(pipe) }
            do {
                if let report = try receive(from: pipe, within: .seconds(allowance.seconds)) {
                    return Ending(report: report, signal: chdf5_wait(child))
                }
            } catch {
                end(child)
                throw error
            }
            end(child)
            return Ending(secondsTooFew: allowance.seconds)
        }
    }

    private static func end(_ child: pid_t) {
        kill(child, SIGKILL)
        _ = chdf5_wait(child)
    }

    private static func send(_ bytes: [UInt8], to pipe: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(pipe, $0.baseAddress, $0.count) }
            if count < 0, errno != EINTR { _exit(1) }
            rest = rest.dropFirst(max(count, 0))
        }
    }

    /// Everything up to the end of the pipe; nil where that does not come in time.
    private static func receive(from pipe: Int32, within limit: Duration) throws -> [UInt8]? {
        let deadline = ContinuousClock.now + limit
        var bytes: [UInt8] = []
        while ContinuousClock.now < deadline {
            var state = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
            if poll(&state, 1, 100) <= 0 {
                try Cancellation.check()
                continue
            }
            let part = [UInt8](unsafeUninitializedCapacity: 1 << 16) { memory, count in
                count = max(read(pipe, memory.baseAddress, memory.count), 0)
            }
            if part.isEmpty { return bytes }
            bytes += part
        }
        return nil
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
