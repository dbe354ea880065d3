/// The fields of a message in protobuf's wire format, one after the other. What lies in them is not looked at before it is
/// asked for, so that a file of any size can be walked through.
///
/// Written by hand: a reader of weights needs the fields of five messages, fewer than generated code has lines for one.
/// https://protobuf.dev/programming-guides/encoding
package struct ProtobufFields {
    /// A field: its number in the message, and its value.
    package struct Field {
        package let number: Int
        package let value: Value
    }

    package enum Value {
        /// A whole number, a truth value or one of an enumeration.
        case integer(UInt64)
        /// Four bytes, and where they lie.
        case fixed32(Range<Int>)
        /// Eight bytes, and where they lie.
        case fixed64(Range<Int>)
        /// A text, a message or several numbers, and where its bytes lie.
        case bytes(Range<Int>)
    }

    /// Bytes that are no message, and where.
    package struct Fault: Error, CustomStringConvertible {
        let position: Int
        package var description: String { "is damaged at byte \(position)" }
    }

    private let bytes: UnsafeRawBufferPointer
    private var position: Int
    private let end: Int

    /// - Parameters:
    ///   - bytes: of the file; they must outlive this value.
    ///   - range: where the message lies in them.
    package init(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>) {
        self.bytes = bytes
        (position, end) = (range.lowerBound, range.upperBound)
    }

    /// The next field; nil at the end of the message.
    /// - Throws: `Fault` where a field reaches beyond the end, or is of a kind that nobody writes any more.
    package mutating func next() throws(Fault) -> Field? {
        guard position < end else { return nil }
        let start = position
        let key = try integer()
        guard let number = Int(exactly: key >> 3), number > 0 else { throw Fault(position: start) }
        switch key & 7 {
        case 0: return Field(number: number, value: .integer(try integer()))
        case 1: return Field(number: number, value: .fixed64(try take(8, of: start)))
        case 2: return Field(number: number, value: .bytes(try take(Int(clamping: integer()), of: start)))
        case 5: return Field(number: number, value: .fixed32(try take(4, of: start)))
        default: throw Fault(position: start)
        }
    }

    private mutating func take(_ count: Int, of field: Int) throws(Fault) -> Range<Int> {
        guard count <= end - position else { throw Fault(position: field) }
        defer { position += count }
        return position..<position + count
    }

    /// Seven bits a byte, the lowest first; the last byte has no eighth bit.
    private mutating func integer() throws(Fault) -> UInt64 {
        var result: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 7) {
            guard position < end else { break }
            let byte = bytes[position]
            position += 1
            result |= UInt64(byte & 0x7F) << UInt64(shift)
            if byte < 0x80 { return result }
        }
        throw Fault(position: position)
    }

    /// All whole numbers of a field that has several in one piece.
    /// - Throws: `Fault`.
    package static func integers(in range: Range<Int>, of bytes: UnsafeRawBufferPointer) throws(Fault) -> [UInt64] {
        var fields = ProtobufFields(bytes, in: range)
        var numbers: [UInt64] = []
        while fields.position < fields.end { numbers.append(try fields.integer()) }
        return numbers
    }
}
