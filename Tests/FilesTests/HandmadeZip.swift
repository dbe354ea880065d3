import Foundation
import TestSupport
import Testing

/// A zip archive put together field by field, so that each of them can be wrong.
struct HandmadeZip {
    struct Entry {
        var name: [UInt8]
        var flags = 0
        var method = 0
        var checksum: UInt32
        var packed: [UInt8]
        var size: Int
        /// Nil for what `packed` has.
        var packedSize: Int?
        /// Nil for where it is.
        var offset: Int?
        var disk = 0
        var extra: [UInt8] = []
        /// Those of the header before the contents, where they are others.
        var headerName: [UInt8]?
        var headerExtra: [UInt8] = []
        var headerSize: Int?

        /// Stored contents.
        init(_ name: String, _ contents: [UInt8]) {
            (self.name, checksum, packed, size) = (Array(name.utf8), crc32(contents), contents, contents.count)
        }

        /// Deflated contents.
        init(_ name: String, deflated packed: [UInt8], _ contents: [UInt8]) {
            self.init(name, contents)
            (method, self.packed) = (8, packed)
        }
    }

    var entries: [Entry]
    var comment: [UInt8] = []
    /// What is added to the offset of the directory that the end tells, to its size and to the number of entries.
    var shift = (offset: 0, byteCount: 0, entryCount: 0)
    var disk = 0
    /// What stands before the first entry, and between the directory and the end.
    var beginning: [UInt8] = []
    var behindDirectory: [UInt8] = []

    init(_ entries: Entry...) { self.entries = entries }

    var bytes: [UInt8] {
        var bytes = beginning
        var directory: [UInt8] = []
        for entry in entries {
            directory += record(entry, offset: entry.offset ?? bytes.count)
            bytes += header(entry) + entry.packed
        }
        let count = number(entries.count + shift.entryCount, 2)
        let extent = number(directory.count + shift.byteCount, 4) + number(bytes.count + shift.offset, 4)
        return bytes + directory + behindDirectory + [0x50, 0x4B, 5, 6] + number(disk, 2) + number(0, 2) + count + count
            + extent + number(comment.count, 2) + comment
    }

    func write(to path: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }

    private func header(_ entry: Entry) -> [UInt8] {
        let name = entry.headerName ?? entry.name
        return [0x50, 0x4B, 3, 4, 20, 0] + number(entry.flags, 2) + number(entry.method, 2) + [0, 0, 0x21, 0]
            + number(Int(entry.checksum), 4) + number(entry.packedSize ?? entry.packed.count, 4)
            + number(entry.headerSize ?? entry.size, 4) + number(name.count, 2) + number(entry.headerExtra.count, 2)
            + name + entry.headerExtra
    }

    private func record(_ entry: Entry, offset: Int) -> [UInt8] {
        [0x50, 0x4B, 1, 2, 20, 0, 20, 0] + number(entry.flags, 2) + number(entry.method, 2) + [0, 0, 0x21, 0]
            + number(Int(entry.checksum), 4) + number(entry.packedSize ?? entry.packed.count, 4) + number(entry.size, 4)
            + number(entry.name.count, 2) + number(entry.extra.count, 2) + number(0, 2) + number(entry.disk, 2)
            + number(0, 6) + number(offset, 4) + entry.name + entry.extra
    }
}

/// A number in so many bytes, the lowest first.
func number(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

/// Changes one byte of a file after the other, each of its bits and all at once, and puts it back.
/// - Parameter body: gets words for the change.
func changeEveryByte(of path: String, _ body: (Comment) throws -> Void) throws {
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    let file = try #require(FileHandle(forUpdatingAtPath: path))
    func put(_ byte: UInt8, at position: Int) throws {
        try file.seek(toOffset: UInt64(position))
        try file.write(contentsOf: [byte])
    }
    for (position, byte) in whole.enumerated() {
        for mask in [1, 2, 4, 8, 16, 32, 64, 128, 255] as [UInt8] {
            try put(byte ^ mask, at: position)
            try body("byte \(position) changed by \(mask)")
        }
        try put(byte, at: position)
    }
}
