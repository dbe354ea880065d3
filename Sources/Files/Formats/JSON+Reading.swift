/// Text that is no JSON, or more of it than is taken.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, as in "a comma is missing at byte 17".
    package let description: String
}

extension JSON {
    /// What is refused as absurd.
    package struct Limits: Sendable {
        /// The length of the text in UTF-8.
        package var bytes = 16 << 20
        /// How deep arrays and objects may lie in each other.
        package var depth = 100
        /// How many values there may be, keys not counted.
        package var values = 1_000_000

        package init() {}
    }

    /// Reads a text that may be hostile. `NaN`, `Infinity` and `-Infinity` are numbers, because Python writes them.
    /// - Throws: `JSONError` where the text is no JSON, or exceeds the limits.
    package init(parsing text: String, limits: Limits = Limits()) throws {
        let bytes = Array(text.utf8.prefix(limits.bytes + 1))
        guard bytes.count <= limits.bytes else {
            throw JSONError(description: "more than \(limits.bytes) bytes")
        }
        var parser = JSONParser(bytes: bytes, limits: limits)
        self = try parser.document()
    }

    /// The value under a key, the last one where there are several; nil where there is none, or this is no object.
    package subscript(key: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.key == key }?.value
    }

    /// A string; nil for anything else.
    package var stringValue: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    /// The elements of an array; nil for anything else.
    package var arrayValue: [JSON]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    /// A truth value; nil for anything else.
    package var boolValue: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    /// A number, whole or not; nil for anything else.
    package var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// A whole number, however it is written; nil for anything else.
    package var integerValue: Int? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int(exactly: value)
        default: nil
        }
    }
}

/// A parser by recursive descent over the bytes of UTF-8.
private struct JSONParser {
    let bytes: [UInt8]
    let limits: JSON.Limits
    private var position = 0
    private var valueCount = 0

    init(bytes: [UInt8], limits: JSON.Limits) {
        self.bytes = bytes
        self.limits = limits
    }

    mutating func document() throws -> JSON {
        let result = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw error("something follows the end") }
        return result
    }

    private mutating func value(depth: Int) throws -> JSON {
        guard depth <= limits.depth else { throw error("nesting is deeper than \(limits.depth)") }
        valueCount += 1
        guard valueCount <= limits.values else { throw error("there are more than \(limits.values) values") }
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        default: return try word()
        }
    }

    private mutating func object(depth: Int) throws -> JSON {
        position += 1
        var members: [JSON.Member] = []
        try list(until: UInt8(ascii: "}")) { parser in
            guard parser.peek == UInt8(ascii: "\"") else { throw parser.error("a key is missing") }
            let key = try parser.string()
            parser.skipSpace()
            guard parser.take(UInt8(ascii: ":")) else { throw parser.error("a colon is missing") }
            members.append(JSON.Member(key: key, value: try parser.value(depth: depth + 1)))
        }
        return .object(members)
    }

    private mutating func array(depth: Int) throws -> JSON {
        position += 1
        var elements: [JSON] = []
        try list(until: UInt8(ascii: "]")) { elements.append(try $0.value(depth: depth + 1)) }
        return .array(elements)
    }

    private mutating func list(until end: UInt8, _ element: (inout JSONParser) throws -> Void) throws {
        skipSpace()
        if take(end) { return }
        repeat {
            skipSpace()
            try element(&self)
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(end) else { throw error("a comma is missing") }
    }

    /// A number, `true`, `false`, `null`, or one of Python's numbers that are none.
    private mutating func word() throws -> JSON {
        let start = position
        while let byte = peek, Self.isPartOfWord(byte) { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        switch text {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "null": return .null
        case "NaN": return .number(.nan)
        case "Infinity": return .number(.infinity)
        case "-Infinity": return .number(-.infinity)
        default: break
        }
        // Swift reads hexadecimal numbers and `-inf` too.
        guard let first = text.utf8.first, first == UInt8(ascii: "-") || Self.isDigit(first), text.utf8.count < 400,
            text.allSatisfy({ "0123456789+-.eE".contains($0) })
        else { throw error(text.isEmpty ? "a value is missing" : "a value is no JSON") }
        if let whole = Int(text) { return .integer(whole) }
        guard let number = Double(text) else { throw error("a number is no JSON") }
        return .number(number)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isPartOfWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".")
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private mutating func string() throws -> String {
        position += 1
        var units: [UInt8] = []
        while let byte = peek {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: units, as: UTF8.self)
            case UInt8(ascii: "\\"): units += Array(try escaped().utf8)
            default: units.append(byte)
            }
        }
        throw error("a string does not end")
    }

    private mutating func escaped() throws -> String {
        guard let byte = peek else { throw error("a string does not end") }
        position += 1
        switch byte {
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "u"): return try codePoint()
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return String(UnicodeScalar(byte))
        default: throw error("an escape is unknown")
        }
    }

    /// What follows `\u`: four digits, and four more where they are half of a pair.
    private mutating func codePoint() throws -> String {
        var units = [try hexadecimal()]
        if UTF16.isLeadSurrogate(units[0]), bytes[position...].starts(with: Array("\\u".utf8)) {
            position += 2
            units.append(try hexadecimal())
        }
        return String(decoding: units, as: UTF16.self)
    }

    private mutating func hexadecimal() throws -> UInt16 {
        guard position + 4 <= bytes.count,
            let unit = UInt16(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
        else { throw error("an escape is unknown") }
        position += 4
        return unit
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
    }

    private func error(_ problem: String) -> JSONError { JSONError(description: "\(problem) at byte \(position)") }
}
