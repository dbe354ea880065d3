import Foundation
import Recipes
import Tensors

/// A list of file names that arrives on standard input, taken as it comes.
struct ListedFiles {
    /// What stands between the names.
    private let separator: UInt8
    private var buffer: [UInt8] = []
    private var isAtEnd = false

    /// - Parameter separatedByNull: whether names end with NUL, as `find -print0` writes them, rather than with a line end.
    init(separatedByNull: Bool) { separator = separatedByNull ? 0 : UInt8(ascii: "\n") }

    /// Waits for a name and returns it with those that have arrived too; empty at the end of the list.
    /// - Throws: `CancellationError`.
    mutating func next(atMost limit: Int) throws -> [String] {
        var names = takeNames(limit)
        while names.count < limit, !isAtEnd {
            if try !isReady(waiting: names.isEmpty) { break }
            read()
            names += takeNames(limit - names.count)
        }
        return names
    }

    /// The whole names in the buffer.
    private mutating func takeNames(_ limit: Int) -> [String] {
        var names: [String] = []
        var start = 0
        while names.count < limit, start < buffer.count {
            let end = buffer[start...].firstIndex(of: separator)
            if end == nil, !isAtEnd { break }
            var name = buffer[start..<(end ?? buffer.count)]
            if separator != 0, name.last == UInt8(ascii: "\r") { name.removeLast() }
            if !name.isEmpty { names.append(String(decoding: name, as: UTF8.self)) }
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

    private mutating func read() {
        let part = [UInt8](unsafeUninitializedCapacity: 1 << 16) { memory, count in
            count = max(Foundation.read(STDIN_FILENO, memory.baseAddress, memory.count), 0)
        }
        isAtEnd = part.isEmpty
        buffer += part
    }
}
