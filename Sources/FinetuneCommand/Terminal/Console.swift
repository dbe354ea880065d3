import Foundation

/// The two ways out: data for machines, words for people.
enum Console {
    /// Writes data to standard output.
    static func print(_ text: String) { write(text, to: .standardOutput) }

    /// Writes words to standard error.
    static func say(_ text: String) { write(text, to: .standardError) }

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
    private static func write(_ text: String, to file: FileHandle) {
        try? file.write(contentsOf: Data(text.utf8))
    }
}
