import Evaluation
import Foundation
import Tensors

/// The two ways out: data for machines, words for people.
enum Console {
    /// Writes data to standard output.
    static func print(_ text: String) { write(text.fileNameBytes, to: .standardOutput) }

    /// Writes data to standard output, all of it.
    /// - Throws: `OutputError`, for example where it goes to a full disk.
    static func put(_ text: String) throws {
        var bytes = text.fileNameBytes[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Foundation.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count >= 0 {
                bytes = bytes.dropFirst(count)
            } else if errno != EINTR {
                throw OutputError(path: "standard output", code: errno)
            }
        }
    }

    /// Writes words to standard error.
    static func say(_ text: String) { write(Array(text.readable.utf8), to: .standardError) }

    /// Whether people read standard error on a terminal.
    static let isTerminal = isatty(FileHandle.standardError.fileDescriptor) == 1

    /// Characters in a line of the terminal.
    static var width: Int {
        var size = winsize()
        guard ioctl(FileHandle.standardError.fileDescriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return 80
        }
        return Int(size.ws_col)
    }

    /// A reader that went away is no fault of ours: what cannot be written is dropped.
    private static func write(_ bytes: [UInt8], to file: FileHandle) {
        try? file.write(contentsOf: Data(bytes))
    }
}
