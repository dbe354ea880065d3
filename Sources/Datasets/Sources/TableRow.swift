import Files

/// A row of a table of samples.
struct TableRow {
    let table: TableHeader
    let fields: [CSVReader.Field]
    let line: Int

    /// The text in a column, by its index.
    func text(_ column: Int) -> String { table.reader.text(fields[column]) }

    private func name(of column: Int) -> String { table.names.isEmpty ? "field \(column + 1)" : table.names[column] }

    func error(_ reason: String) -> CSVError { table.error(line, reason) }

    /// The labels in a column, each once, in byte order.
    /// - Parameter separators: what parts several labels, where an image may have them.
    /// - Throws: `CSVError` where there is none and each image has one.
    func labels(_ column: Int, _ kind: TargetKind, _ separators: Set<Character>) throws -> [String] {
        let text = String(text(column).trimmed)
        if kind == .categories { return Self.names(in: text, separators) }
        guard !text.isEmpty else {
            throw error("\(name(of: column)) is empty; write a label, or remove the row")
        }
        return [text]
    }

    /// The labels in a text, each once, in byte order.
    static func names(in text: String, _ separators: Set<Character>) -> [String] {
        let names = text.split(whereSeparator: separators.contains).map { String($0.trimmed) }
        return Set(names).subtracting([""]).sorted { $0.precedesBytewise($1) }
    }

    /// `;` and `|` where some text has them, else blanks.
    static func separators(among texts: some Sequence<String>) -> Set<Character> {
        texts.contains { text in text.contains { $0 == ";" || $0 == "|" } } ? [";", "|"] : [" "]
    }

    /// The same for the rows of a column.
    static func separators(of column: Int, in table: TableHeader) throws -> Set<Character> {
        var (table, fields) = (table, [CSVReader.Field]())
        while try table.next(&fields, count: table.columnCount) != nil {
            let found = separators(among: [table.reader.text(fields[column])])
            if found != separators(among: []) { return found }
        }
        return separators(among: [])
    }

    /// 0 or 1.
    func flag(_ column: Int) throws -> Bool {
        let text = text(column).trimmed
        switch text.lowercased() {
        case "1", "1.0", "true": return true
        case "0", "0.0", "false", "": return false
        default: throw error("\(name(of: column)) is \(quoted(String(text))); expected 0 or 1")
        }
    }

    /// Others than these end in sums that are infinite or nothing.
    private static let weights = 1e-6...1e6

    func weight(_ column: Int) throws -> Double {
        guard let value = Double(text(column).trimmed), Self.weights.contains(value) else {
            throw error("\(name(of: column)) is \(quoted(text(column))); expected a number from 0.000001 to 1000000")
        }
        return value
    }

    func role(_ column: Int) throws -> DatasetRole {
        guard let role = DatasetRole(word: String(text(column).trimmed)) else {
            throw error("\(name(of: column)) is \(quoted(text(column))); expected train, validation or test")
        }
        return role
    }
}

extension DatasetRole {
    /// What people call the parts of a data set.
    init?(word: String) {
        switch word.lowercased() {
        case "train", "training", "fit": self = .training
        case "val", "valid", "validation", "dev", "publictest": self = .validation
        case "test", "testing", "privatetest", "holdout": self = .test
        default: return nil
        }
    }
}
