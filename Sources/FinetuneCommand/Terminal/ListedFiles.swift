import Files
import Foundation
import Recipes

/// A list of file names that arrives on standard input, taken as it comes.
struct ListedFiles {
    /// What stands between the names.
    private let separator: UInt8
    private var buffer: [UInt8] = []
    private var isAtStart = true
    private var isAtEnd = false

    /// Four times the longest path that Linux opens: what does not end by then is no name.
    static let longestName = 4 * 4096
    private static let partSize = 1 << 16

    /// - Parameter separatedByNull: whether names end with NUL, as `find -print0` writes them, rather than with a line end.
    init(separatedByNull: Bool) { separator = separatedByNull ? 0 : UInt8(ascii: "\n") }

    /// Waits for a name and returns it with those that have arrived too; empty at the end of the list.
    /// - Throws: `CancellationError`; `ListError` for what is no list of names.
    mutating func next(atMost limit: Int) throws -> [String] {
        var names = try takeNames(limit)
        while names.count < limit, !isAtEnd {
            if try !isReady(waiting: names.isEmpty) { break }
            try read()
            names += try takeNames(limit - names.count)
        }
        return names
    }

    /// The whole names in the buffer.
    private mutating func takeNames(_ limit: Int) throws -> [String] {
        var names: [String] = []
        var start = 0
        while names.count < limit, start < buffer.count {
            let end = buffer[start...].firstIndex(of: separator)
            guard (end ?? buffer.count) - start <= Self.longestName else { throw ListError.endless(separator) }
            if end == nil, !isAtEnd { break }
            var name = buffer[start..<(end ?? buffer.count)]
            if separator != 0, name.contains(0) { throw ListError.zeros }
            if separator != 0, name.last == UInt8(ascii: "\r") { name.removeLast() }
            if !name.isEmpty { names.append(String(fileName: name)) }
            start = end.map { $0 + 1 } ?? buffer.count
        }
        buffer.removeFirst(start)
        return names
    }

    /// Whether there is something to read, or the end.
    private func isReady(waiting: Bool) throws -> Bool {
        var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        while true {
            if poll(&input, 1, waiting ? 200 : 0) > 0 { return true }
            try Cancellation.check()
            if !waiting { return false }
        }
    }

    private mutating func read() throws {
        var code: Int32 = 0
        let part = [UInt8](unsafeUninitializedCapacity: Self.partSize) { memory, count in
            let received = Foundation.read(STDIN_FILENO, memory.baseAddress, memory.count)
            code = received < 0 ? errno : 0
            count = max(received, 0)
        }
        // Both mean that there is nothing yet.
        if code == EINTR || code == EAGAIN { return }
        guard code == 0 else { throw ListError.unreadable(code) }
        isAtEnd = part.isEmpty
        buffer += part
        if isAtStart, separator != 0 { try dropByteOrderMark() }
        isAtStart = false
    }

    /// Editors on Windows begin a text with a mark of its encoding, which belongs to no name.
    private mutating func dropByteOrderMark() throws {
        if buffer.starts(with: [0xEF, 0xBB, 0xBF]) { buffer.removeFirst(3) }
        if buffer.starts(with: [0xFF, 0xFE]) || buffer.starts(with: [0xFE, 0xFF]) { throw ListError.otherEncoding }
    }
}

/// Why standard input is no list of names.
enum ListError: UserFacingError, Equatable {
    /// A name that is longer than any path; with the byte that should have ended it.
    case endless(UInt8)
    /// Zeros in lines.
    case zeros
    /// UTF-16.
    case otherEncoding
    /// The system's error number.
    case unreadable(Int32)

    var kind: ErrorKind {
        if case .unreadable = self { return .failure }
        return .usage
    }

    var description: String {
        switch self {
        case .endless(0):
            "standard input: a name of more than \(ListedFiles.longestName) bytes; does each name stand on a line of its "
                + "own? Leave --null out then"
        case .endless:
            "standard input: a line of more than \(ListedFiles.longestName) bytes is no name of a file; are the names "
                + "separated by NUL? Give --null then"
        case .zeros: "standard input: there is a NUL in a line; are the names separated by NUL? Give --null then"
        case .otherEncoding: "standard input: the list is in UTF-16; save it as UTF-8"
        case .unreadable(let code): "standard input cannot be read: \(FileSystem.words(for: code))"
        }
    }
}
