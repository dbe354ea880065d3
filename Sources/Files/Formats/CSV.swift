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

/// Reads a text record by record: lines end with LF or CRLF, quoted fields may hold both.
package struct CSVReader {
    private let bytes: [UInt8]
    private let file: String
    private var position = 0
    private var line = 1

    /// - Parameters:
    ///   - text: what is read.
    ///   - file: the name that errors give it.
    package init(_ text: String, file: String) {
        bytes = text.fileNameBytes
        self.file = file
    }

    /// Opens a file.
    /// - Throws: `CSVError` where it cannot be read.
    package init(contentsOf path: String) throws {
        guard let bytes = FileSystem.bytes(of: path) else {
            throw CSVError(file: path, line: 1, reason: "the file cannot be read")
        }
        self.bytes = bytes
        file = path
    }

    /// The next record, or nil at the end.
    /// - Throws: `CSVError` where a quote is not closed or stands inside a field.
    package mutating func next() throws -> CSV.Record? {
        guard position < bytes.count else { return nil }
        let start = line
        var fields = [try field()]
        while consume(",") { fields.append(try field()) }
        endLine()
        return CSV.Record(line: start, fields: fields)
    }

    /// All records that are left.
    /// - Throws: as `next()`.
    package mutating func rest() throws -> [CSV.Record] {
        var records: [CSV.Record] = []
        while let record = try next() { records.append(record) }
        return records
    }

    private mutating func field() throws -> String {
        if consume("\"") { return try quotedField() }
        let start = position
        while position < bytes.count, !isEnd(bytes[position]) {
            guard bytes[position] != UInt8(ascii: "\"") else { throw error("a quote inside a field without quotes") }
            position += 1
        }
        return String(fileName: bytes[start..<position])
    }

    private mutating func quotedField() throws -> String {
        let start = line
        var content: [UInt8] = []
        while position < bytes.count {
            if consume("\"") {
                guard consume("\"") else {
                    guard position == bytes.count || isEnd(bytes[position]) else {
                        throw error("text after the closing quote of a field")
                    }
                    return String(fileName: content)
                }
                content.append(UInt8(ascii: "\""))
            } else {
                if bytes[position] == UInt8(ascii: "\n") { line += 1 }
                content.append(bytes[position])
                position += 1
            }
        }
        throw CSVError(file: file, line: start, reason: "a quoted field is never closed")
    }

    private func isEnd(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }

    private mutating func consume(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func endLine() {
        _ = consume("\r")
        _ = consume("\n")
        line += 1
    }

    private func error(_ reason: String) -> CSVError { CSVError(file: file, line: line, reason: reason) }
}
