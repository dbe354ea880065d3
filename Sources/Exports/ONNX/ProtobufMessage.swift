import Files
import Tensors

/// A message of Protocol Buffers in the making (protobuf.dev/programming-guides/encoding).
///
/// ONNX takes ten kinds of messages, whose fields are numbers, texts and other messages: generated code, and a library to
/// run it, would be larger than this. Large arrays are told by their size and computed only while they are written, one
/// after the other, so that a model is never in memory twice.
struct ProtobufMessage {
    private enum Part {
        case bytes([UInt8])
        case floats(count: Int, () -> [Float])
    }

    private var parts: [Part] = []
    /// How long it will be.
    private(set) var byteCount = 0

    /// A whole number: int32, int64 or an enumeration.
    mutating func add(_ field: Int, _ value: Int) {
        append(Self.varint(field << 3) + Self.varint(value))
    }

    /// A 32-bit float.
    mutating func add(_ field: Int, _ value: Float) {
        append(Self.varint(field << 3 | 5) + withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) })
    }

    /// A text.
    mutating func add(_ field: Int, _ text: String) { add(field, Array(text.utf8)) }

    mutating func add(_ field: Int, _ bytes: [UInt8]) {
        append(Self.varint(field << 3 | 2) + Self.varint(bytes.count) + bytes)
    }

    mutating func add(_ field: Int, _ message: ProtobufMessage) {
        append(Self.varint(field << 3 | 2) + Self.varint(message.byteCount))
        for part in message.parts { append(part) }
    }

    /// 32-bit floats as bytes.
    /// - Parameter values: yields `count` numbers.
    mutating func add(_ field: Int, count: Int, _ values: @escaping () -> [Float]) {
        append(Self.varint(field << 3 | 2) + Self.varint(4 * count))
        append(.floats(count: count, values))
    }

    /// - Throws: `OutputError`.
    func write(to file: OutputFile) throws {
        for part in parts {
            switch part {
            case .bytes(let bytes): try file.write(bytes)
            case .floats(let count, let values):
                let values = values()
                precondition(values.count == count, "\(values.count) numbers where \(count) were told")
                try values.withUnsafeBytes { try file.write($0) }
            }
        }
    }

    private mutating func append(_ bytes: [UInt8]) { append(.bytes(bytes)) }

    private mutating func append(_ part: Part) {
        switch (part, parts.last) {
        case (.bytes(let bytes), .bytes(let before)?) where before.count + bytes.count < 4096:
            parts[parts.count - 1] = .bytes(before + bytes)
            byteCount += bytes.count
        case (.bytes(let bytes), _):
            parts.append(part)
            byteCount += bytes.count
        case (.floats(let count, _), _):
            parts.append(part)
            byteCount += 4 * count
        }
    }

    /// Seven bits a byte, the lowest first; a negative number is written as 64 bits.
    private static func varint(_ value: Int) -> [UInt8] {
        var rest = UInt64(bitPattern: Int64(value))
        var bytes: [UInt8] = []
        while rest > 0x7F {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
