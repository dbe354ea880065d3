/// Numbers with their lowest byte first, one behind the other, as headers of files hold them.
struct LittleEndianFields {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }

    /// The next bytes; nil where there are fewer.
    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    /// Passes over bytes.
    /// - Returns: whether there were so many.
    mutating func skip(_ count: Int) -> Bool { take(count) != nil }

    /// Passes over bytes that must be these.
    /// - Returns: whether they are.
    mutating func skip(_ bytes: [UInt8]) -> Bool { take(bytes.count)?.elementsEqual(bytes) ?? false }

    /// The next number; nil where the bytes end before. What is more than an `Int` holds becomes the largest one.
    mutating func next<Number: FixedWidthInteger & UnsignedInteger>(_ type: Number.Type) -> Int? {
        guard let bytes = take(MemoryLayout<Number>.size) else { return nil }
        return Int(clamping: bytes.reversed().reduce(0 as Number) { $0 << 8 | Number($1) })
    }
}
