/// Reads the bytes of a pickle from front to back, and none behind their end.
struct PickleReader {
    /// Valid as long as the reader is used.
    private let bytes: UnsafeRawBufferPointer
    private(set) var position: Int

    /// - Parameter position: where the pickle begins.
    init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    /// How many bytes there are from here on.
    var remaining: Int { bytes.count - position }

    /// The next bytes.
    /// - Throws: `PickleFault` where there are fewer.
    mutating func take(_ count: Int) throws(PickleFault) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else {
            throw .damaged("it ends too soon, where \(Self.amount(count)) should follow", at: position)
        }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    private static func amount(_ count: Int) -> String { count < 0 ? "a negative number of bytes" : "\(count) bytes" }

    /// The next number, its lowest byte first.
    mutating func number<Number: FixedWidthInteger>(_ type: Number.Type) throws(PickleFault) -> Int {
        let bytes = try take(MemoryLayout<Number>.size)
        return Int(clamping: Number(littleEndian: bytes.loadUnaligned(as: type)))
    }

    /// The next float of 64 bits, its highest byte first.
    mutating func real() throws(PickleFault) -> Double {
        Double(bitPattern: UInt64(bigEndian: try take(8).loadUnaligned(as: UInt64.self)))
    }

    /// So many bytes of UTF-8; what is none becomes U+FFFD.
    mutating func text(_ count: Int) throws(PickleFault) -> String { String(decoding: try take(count), as: UTF8.self) }

    /// What stands before the next end of a line.
    mutating func line() throws(PickleFault) -> String {
        let end = bytes[position...].prefix(Self.longestLine).firstIndex(of: UInt8(ascii: "\n"))
        guard let end else { throw .damaged("a name has no end", at: position) }
        let line = try text(end - position)
        position += 1
        return line
    }

    private static let longestLine = 512

    /// A whole number of so many bytes, its lowest byte first, in two's complement; rounded where an `Int` cannot hold it.
    mutating func long(_ count: Int) throws(PickleFault) -> PickleValue {
        let bytes = try take(count)
        guard let highest = bytes.last else { return .integer(0) }
        guard count > 8 else {
            let beginning: Int = highest < 0x80 ? 0 : -1
            return .integer(bytes.reversed().reduce(beginning) { $0 << 8 | Int($1) })
        }
        let beginning: Double = highest < 0x80 ? 0 : -1
        return .real(bytes.reversed().reduce(beginning) { $0 * 256 + Double($1) })
    }
}
