import Files

/// A table of samples with the names of its columns.
struct TableHeader {
    /// Behind the header.
    var reader: CSVReader
    /// Empty where the table begins with numbers at once.
    let names: [String]
    let columnCount: Int

    var file: String { reader.file }

    /// - Throws: `CSVError` for an empty file, and for a column without a name or with another's.
    init(_ reader: CSVReader) throws {
        var reader = reader
        let start = reader
        guard let record = try reader.next() else {
            throw CSVError(file: reader.file, line: 1, reason: "the file is empty")
        }
        columnCount = record.fields.count
        let names = record.fields.map { String($0.trimmed) }
        // A table of nothing but numbers has no names.
        if names.count > 1, names.allSatisfy({ Double($0) != nil }) {
            self.reader = start
            self.names = []
            return
        }
        var seen: Set<String> = []
        if let twin = names.first(where: { !$0.isEmpty && !seen.insert($0).inserted }) {
            throw CSVError(file: reader.file, line: record.line, reason: "two columns are called \(quoted(twin))")
        }
        self.reader = reader
        self.names = names
    }

    /// The index of a column that was asked for.
    /// - Throws: `CSVError` where there is none.
    func column(_ name: String) throws -> Int {
        if let index = names.firstIndex(of: name) { return index }
        throw error(1, "there is no column \(quoted(name))\(suggestion(for: name, in: names))")
    }

    func error(_ line: Int, _ reason: String) -> CSVError { CSVError(file: file, line: line, reason: reason) }

    /// The next record that is not an empty line, its fields as many as the first's.
    /// - Throws: `CSVError`.
    mutating func next(_ fields: inout [CSVReader.Field], count: Int) throws -> Int? {
        while let line = try reader.next(&fields) {
            if fields.count == 1, fields[0].range.isEmpty, count > 1 { continue }
            guard fields.count == count else {
                throw error(line, "\(Words.counted(fields.count, "field")) instead of \(count)")
            }
            return line
        }
        return nil
    }
}

extension TableOptions {
    /// The indices of the columns that are asked for as labels; where labels do not count, of those that there are.
    /// - Throws: `CSVError`.
    func namedLabels(in table: TableHeader) throws -> [Int] {
        keepsRows ? columns.labels.compactMap { table.names.firstIndex(of: $0) } : try columns.labels.map(table.column)
    }
}

/// What columns are usually called, the surest first; letter case, spaces and `_` do not count.
enum ColumnWords {
    static let path = [
        "path", "file", "filename", "filepath", "imagepath", "image", "images", "imagefile", "imagename", "imageid",
        "img", "imgpath", "relpath", "photo", "picture", "id", "name",
    ]
    static let label = [
        "label", "labels", "class", "classes", "classname", "category", "categories", "target", "targets", "tag",
        "tags", "species", "breed", "diagnosis", "emotion", "digit", "y",
    ]

    /// The index of the first name that is one of the words, in the order of these.
    static func index(of words: [String], in names: [String], but taken: Set<Int> = []) -> Int? {
        let plain = names.map { $0.lowercased().filter { $0 != "_" && $0 != " " && $0 != "-" } }
        for word in words {
            if let index = plain.indices.first(where: { plain[$0] == word && !taken.contains($0) }) { return index }
        }
        return nil
    }
}

extension StringProtocol {
    /// Without spaces and tabs around it.
    var trimmed: SubSequence {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let start = drop(while: isBlank)
        let end = start.lastIndex { !isBlank($0) }.map(start.index(after:)) ?? start.startIndex
        return start[..<end]
    }
}
