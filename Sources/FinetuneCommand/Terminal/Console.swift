import Files
import Foundation

/// The two ways out: data for machines, words for people.
enum Console {
    /// To be called before anything else is opened.
    static func prepare() {
        // A reader that went away is met where something is written, not by a signal amid a run.
        signal(SIGPIPE, SIG_IGN)
        // So is the largest size of a file that `ulimit` allows.
        signal(SIGXFSZ, SIG_IGN)
        // Where whoever started this program closed a standard stream, the next file that is opened would take its
        // number, and what is meant for the stream would get into the file. This takes it instead, such that using it
        // fails.
        for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) < 0 {
            _ = open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    /// Writes data to standard output, all of it and as it is: what comes from files has been escaped as its format
    /// asks.
    /// - Throws: `OutputError`, for example where it goes to a full disk, or (`EPIPE`) to a reader that went away;
    ///   `CancellationError`, where a reader that takes nothing keeps it waiting.
    static func put(_ text: String) throws {
        guard let code = try write(text, to: STDOUT_FILENO) else { return }
        throw OutputError(path: "standard output", code: code)
    }

    /// Ends the program as `SIGPIPE` ends other tools whose reader went away, as `head` does: without a word. Returns
    /// an exit code where that is impossible.
    static func endAsReaderDid() -> Int32 {
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
        return 128 + SIGPIPE
    }

    /// Writes words to standard error: whatever comes from files, a terminal shows it and obeys none of it.
    ///
    /// A reader that went away is no fault of ours: what cannot be written is dropped.
    static func say(_ text: String) { _ = try? write(text.legibleLines, to: STDERR_FILENO) }

    /// Writes to standard error what a terminal is to obey.
    static func draw(_ text: String) { _ = try? write(text, to: STDERR_FILENO) }

    /// Whether people read standard error on a terminal.
    static let isTerminal = isatty(STDERR_FILENO) == 1

    /// Characters in a line of the terminal.
    static var width: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// A pipe that is ready takes so much at once.
    private static let pieceSize = 4096

    /// Writes all of it, in pieces that do not block, so that a reader that takes nothing cannot keep the program from
    /// ending.
    /// - Returns: nil, or the system's error number.
    /// - Throws: `CancellationError`.
    private static func write(_ text: String, to stream: Int32) throws -> Int32? {
        var bytes = text.fileNameBytes[...]
        while !bytes.isEmpty {
            var state = pollfd(fd: stream, events: Int16(POLLOUT), revents: 0)
            if poll(&state, 1, 200) <= 0 {
                try Cancellation.check()
                continue
            }
            let count = bytes.withUnsafeBytes { Foundation.write(stream, $0.baseAddress, min($0.count, pieceSize)) }
            if count >= 0 {
                bytes = bytes.dropFirst(count)
            } else if errno != EINTR, errno != EAGAIN {
                return errno
            }
        }
        return nil
    }
}
