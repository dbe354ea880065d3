import Glibc

/// Comma-separated values as RFC 4180 has them, with single line feeds at line ends.
package enum CSV {
    /// A field as it stands in a file: in quotes, quotes doubled, where it holds a comma, a quote or a line end.
    package static func field(_ text: String) -> String { text.csvField }

    /// One line, with its line end.
    package static func line(_ fields: some Sequence<String>) -> String {
        fields.map(field).joined(separator: ",") + "\n"
    }

    /// One record and the line it begins on, counted from 1.
    package struct Record: Equatable, Sendable {
        package let line: Int
        package let fields: [String]
    }
}

/// A text that is not comma-separated values.
package struct CSVError: UserFacingError, Equatable {
    package let file: String
    package let line: Int
    package let reason: String

    package init(file: String, line: Int, reason: String) {
        self.file = file
        self.line = line
        self.reason = reason
    }

    package var kind: ErrorKind { .data }
    package var description: String { "\(file):\(line): \(reason)" }
}

/// Reads a text record by record: lines end with LF or CRLF, quoted fields may hold both. A byte order mark in front is no
/// part of the text.
package struct CSVReader {
    /// Where a field of a record stands.
    package struct Field: Sendable {
        /// The bytes between delimiters, or between quotes.
        package let range: Range<Int>
        /// Whether the bytes hold quotes in pairs, each of which stands for one.
        let hasPairs: Bool
    }

    /// What parts the fields of a record.
    package enum Delimiter: String, CaseIterable, Sendable {
        case comma, tab, semicolon

        var byte: UInt8 {
            switch self {
            case .comma: UInt8(ascii: ",")
            case .tab: UInt8(ascii: "\t")
            case .semicolon: UInt8(ascii: ";")
            }
        }
    }

    package let file: String
    package let delimiter: Delimiter
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1

    /// - Parameters:
    ///   - text: what is read.
    ///   - file: the name that errors give it.
    package init(_ text: String, file: String) {
        self.init(text.fileNameBytes, file: file, delimiter: .comma)
    }

    /// Opens a file.
    /// - Parameter delimiter: nil to take the one that occurs most in the first line, of none a comma.
    /// - Throws: `CSVError` where it cannot be read, or is not UTF-8 but UTF-16.
    package init(contentsOf path: String, delimiter: Delimiter? = .comma) throws {
        guard let bytes = FileSystem.bytes(of: path) else {
            let reason = FileSystem.wordsOfReading(errno)
            throw CSVError(file: path, line: 1, reason: "the file cannot be read: \(reason)")
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw CSVError(file: path, line: 1, reason: "the text is UTF-16; save it as UTF-8")
        }
        self.init(bytes, file: path, delimiter: delimiter ?? Self.delimiter(ofFirstLine: bytes))
    }

    private init(_ bytes: [UInt8], file: String, delimiter: Delimiter) {
        self.bytes = bytes
        self.file = file
        self.delimiter = delimiter
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    private static func delimiter(ofFirstLine bytes: [UInt8]) -> Delimiter {
        var counts = [Int](repeating: 0, count: 256)
        var isQuoted = false
        for byte in bytes {
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            if byte == UInt8(ascii: "\n"), !isQuoted { break }
            if !isQuoted { counts[Int(byte)] += 1 }
        }
        // Of equals the first.
        return Delimiter.allCases.max { counts[Int($0.byte)] < counts[Int($1.byte)] } ?? .comma
    }

    /// The next record, or nil at the end.
    /// - Throws: `CSVError` where a quote is not closed or stands inside a field.
    package mutating func next() throws -> CSV.Record? {
        var fields: [Field] = []
        guard let line = try next(&fields) else { return nil }
        return CSV.Record(line: line, fields: fields.map(text))
    }

    /// All records that are left.
    /// - Throws: as `next()`.
    package mutating func rest() throws -> [CSV.Record] {
        var records: [CSV.Record] = []
        while let record = try next() { records.append(record) }
        return records
    }

    /// Finds the fields of the next record.
    /// - Parameter fields: holds them afterwards.
    /// - Returns: the line that the record begins on, counted from 1; nil at the end.
    /// - Throws: as `next()`.
    package mutating func next(_ fields: inout [Field]) throws -> Int? {
        fields.removeAll(keepingCapacity: true)
        guard position < bytes.count else { return nil }
        let start = line
        fields.append(try field())
        while consume(delimiter.byte) { fields.append(try field()) }
        endLine()
        return start
    }

    /// About how many records are left, where they are as long as those read so far.
    package var recordsLeft: Int { line > 1 ? (bytes.count - position) / max(position / (line - 1), 1) + 1 : 0 }

    /// The text of a field.
    package func text(_ field: Field) -> String {
        let content = bytes[field.range]
        guard field.hasPairs else { return String(fileName: content) }
        var isSecond = false
        return String(
            fileName: content.filter { byte in
                isSecond = byte == UInt8(ascii: "\"") && !isSecond
                return !isSecond
            })
    }

    /// The bytes of a field that holds no pair of quotes.
    package func bytes(_ field: Field) -> ArraySlice<UInt8> { bytes[field.range] }

    private mutating func field() throws -> Field {
        if consume(UInt8(ascii: "\"")) { return try quotedField() }
        let start = position
        while position < bytes.count, !isEnd(bytes[position]) {
            guard bytes[position] != UInt8(ascii: "\"") else { throw error("a quote inside a field without quotes") }
            position += 1
        }
        return Field(range: start..<position, hasPairs: false)
    }

    private mutating func quotedField() throws -> Field {
        let (start, startLine) = (position, line)
        var hasPairs = false
        while position < bytes.count {
            if consume(UInt8(ascii: "\"")) {
                guard consume(UInt8(ascii: "\"")) else {
                    guard position == bytes.count || isEnd(bytes[position]) else {
                        throw error("text after the closing quote of a field")
                    }
                    return Field(range: start..<position - 1, hasPairs: hasPairs)
                }
                hasPairs = true
            } else {
                if bytes[position] == UInt8(ascii: "\n") { line += 1 }
                position += 1
            }
        }
        throw CSVError(file: file, line: startLine, reason: "a quoted field is never closed")
    }

    private func isEnd(_ byte: UInt8) -> Bool {
        byte == delimiter.byte || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }

    private mutating func consume(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func endLine() {
        _ = consume(UInt8(ascii: "\r"))
        _ = consume(UInt8(ascii: "\n"))
        line += 1
    }

    private func error(_ reason: String) -> CSVError { CSVError(file: file, line: line, reason: reason) }
}
