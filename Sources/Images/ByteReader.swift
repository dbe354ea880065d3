/// Reads numbers out of a file: nothing beyond its end, whatever the offset.
struct ByteReader {
    let bytes: [UInt8]
    var isBigEndian = false

    /// The unsigned number of `size` bytes, 1...8, at an offset.
    func integer(at offset: Int, size: Int) -> Int? {
        guard offset >= 0, offset <= bytes.count - size else { return nil }
        var value: UInt64 = 0
        for index in 0..<size {
            value = value << 8 | UInt64(bytes[offset + (isBigEndian ? index : size - 1 - index)])
        }
        return Int(exactly: value)
    }

    func byte(at offset: Int) -> Int? { integer(at: offset, size: 1) }
    func word(at offset: Int) -> Int? { integer(at: offset, size: 2) }
    func long(at offset: Int) -> Int? { integer(at: offset, size: 4) }

    /// The bytes at an offset, all of them or none.
    func slice(at offset: Int, count: Int) -> ArraySlice<UInt8>? {
        guard offset >= 0, count >= 0, offset <= bytes.count - count else { return nil }
        return bytes[offset..<offset + count]
    }
}
