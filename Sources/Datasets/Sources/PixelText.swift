import Files

/// Which columns of a table are pixels, and which say what the image is.
struct PixelColumns {
    /// The index of each column with a pixel, in the order of the pixels; or of the one column that holds all of an image,
    /// with blanks between.
    let pixels: [Int]
    /// Whether one column holds all pixels.
    let areInOneField: Bool
    let label, group, weight, part: Int?

    /// Fewer columns than an image of 8×8 has are none.
    private static let leastCount = 64

    /// The columns of a table; nil where it has none of pixels.
    /// - Throws: `CSVError` where columns are missing between others, or those asked for are.
    static func find(in table: TableHeader, _ options: TableOptions) throws -> PixelColumns? {
        let names = table.names
        if names.isEmpty { return try findWithoutHeader(in: table) }
        let lone = names.firstIndex { $0.lowercased() == "pixels" }
        let pixels = lone.map { [$0] } ?? names.indices.filter { isPixel(names[$0]) }
        guard lone != nil || pixels.count >= leastCount else { return nil }
        try checkOrder(pixels.map { names[$0] }, table)
        let wanted = options.columns
        let (group, weight) = (try wanted.group.map(table.column), try wanted.weight.map(table.column))
        let part = try wanted.part.map(table.column)
        let taken = Set(pixels + [group, weight, part].compactMap(\.self))
        let rest = names.indices.filter { !taken.contains($0) }
        let label =
            try options.namedLabels(in: table).first
            ?? ColumnWords.index(of: ColumnWords.label, in: names, but: taken)
            ?? rest.first { ColumnWords.index(of: ColumnWords.path, in: [names[$0]]) == nil }
        return PixelColumns(
            pixels: pixels, areInOneField: lone != nil, label: options.keepsRows ? nil : label, group: group,
            weight: weight, part: part)
    }

    /// Of a table of nothing but numbers: a square of pixels, or a label in front of one.
    private static func findWithoutHeader(in table: TableHeader) throws -> PixelColumns? {
        var (table, fields) = (table, [CSVReader.Field]())
        guard try table.reader.next(&fields) != nil, fields.count >= leastCount else { return nil }
        let hasLabel =
            PixelTable.Shape(square: fields.count) == nil && PixelTable.Shape(square: fields.count - 1) != nil
        return PixelColumns(
            pixels: Array((hasLabel ? 1 : 0)..<fields.count), areInOneField: false,
            label: hasLabel ? 0 : nil, group: nil, weight: nil, part: nil)
    }

    /// `pixel0`, `px_12`, `p7`, `12`, or `1x28` for a row and a column.
    private static func isPixel(_ name: String) -> Bool { number(name) != nil || isPlace(name) }

    private static func number(_ name: String) -> Int? {
        let name = name.lowercased()
        let word = ["pixel", "px", "pix", "p"].first(where: name.hasPrefix) ?? ""
        let digits = name.dropFirst(word.count).drop { $0 == "_" || $0 == " " }
        return digits.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(digits) : nil
    }

    private static func isPlace(_ name: String) -> Bool {
        let parts = name.lowercased().split(separator: "x", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { Int($0) != nil }
    }

    private static func checkOrder(_ names: [String], _ table: TableHeader) throws {
        let numbers = names.map(number)
        for (index, pair) in zip(numbers, numbers.dropFirst()).enumerated() {
            guard let before = pair.0, let after = pair.1, after != before + 1 else { continue }
            throw table.error(
                1,
                "behind the column \(quoted(names[index])) comes \(quoted(names[index + 1])), not that of the next pixel"
            )
        }
    }
}

/// A text with a row of pixels for each image.
struct PixelText: SampleSource {
    private let table: TableHeader
    private let columns: PixelColumns
    private let options: TableOptions

    init(_ table: TableHeader, _ columns: PixelColumns, _ options: TableOptions) {
        self.table = table
        self.columns = columns
        self.options = options
    }

    func listing() throws -> SampleListing {
        var (table, pixels, lines) = (table, [UInt8](), [Int32]())
        var fields: [CSVReader.Field] = []
        var shape = columns.areInOneField ? nil : try shape(columns.pixels.count, line: 1)
        let label = options.target == .categories ? columns.label : nil
        var notes = Notes(separators: try label.map { try TableRow.separators(of: $0, in: table) } ?? [])
        while let line = try table.next(&fields, count: table.columnCount) {
            let start = pixels.count
            if let shape, lines.isEmpty { pixels.reserveCapacity(table.reader.recordsLeft * shape.byteCount) }
            try append(fields, line, table, to: &pixels)
            let count = pixels.count - start
            if shape == nil {
                shape = try self.shape(count, line: line)
            } else if let shape, count != shape.byteCount {
                throw table.error(line, "\(Words.counted(count, "pixel")) instead of \(shape.byteCount)")
            }
            lines.append(Int32(clamping: line))
            try notes.add(fields, line, table, columns, options)
        }
        guard let shape, !lines.isEmpty else { throw table.error(2, "there is no row of pixels") }
        let store = PixelTable(table.file, shape: shape, rows: .lines(lines), pixels: pixels)
        var listing = SampleListing(of: table.file, root: table.file)
        listing.labels = notes.labels.labels
        listing.labelName = columns.label.flatMap { table.names.isEmpty ? nil : table.names[$0] }
        listing.entries = notes.entries(of: store)
        if options.target == .category { listing.noteJoinedLabels() }
        listing.labelRemedy = "The table needs a column with them, which \(options.terms.label) names"
        return listing
    }

    private func shape(_ count: Int, line: Int) throws -> PixelTable.Shape {
        if let shape = options.shape {
            guard shape.byteCount == count else {
                throw table.error(
                    line, "\(Words.counted(count, "pixel")) are not \(shape.height)×\(shape.width)×\(shape.channels)")
            }
            return shape
        }
        if let square = PixelTable.Shape(square: count) { return square }
        throw table.error(
            line,
            "\(Words.counted(count, "pixel")) are no square of grey; \(options.terms.shape) says what they are"
        )
    }

    private func append(
        _ fields: [CSVReader.Field], _ line: Int, _ table: TableHeader, to pixels: inout [UInt8]
    ) throws {
        if columns.areInOneField {
            let values = table.reader.text(fields[columns.pixels[0]]).split { $0 == " " || $0 == "," }
            for (index, value) in values.enumerated() {
                guard let level = Self.level(Array(value.utf8)[...]) else {
                    throw table.error(line, "pixel \(index) is \(quoted(String(value)))\(Self.expected)")
                }
                pixels.append(level)
            }
            return
        }
        for column in columns.pixels {
            guard let level = Self.level(table.reader.bytes(fields[column])) else {
                let name = table.names.isEmpty ? "field \(column + 1)" : table.names[column]
                throw table.error(line, "\(name) is \(quoted(table.reader.text(fields[column])))\(Self.expected)")
            }
            pixels.append(level)
        }
    }

    private static let expected = "; expected a whole number from 0 to 255"

    /// The value of digits; nil for anything but a whole number from 0 to 255.
    private static func level(_ bytes: ArraySlice<UInt8>) -> UInt8? {
        var value = 0
        for byte in bytes {
            let digit = Int(byte) - 0x30
            guard 0...9 ~= digit, value <= 255 else { return roundedLevel(bytes) }
            value = 10 * value + digit
        }
        return value <= 255 && !bytes.isEmpty ? UInt8(value) : nil
    }

    /// `12.0` and ` 12 `, too.
    private static func roundedLevel(_ bytes: ArraySlice<UInt8>) -> UInt8? {
        Double(String(decoding: bytes, as: UTF8.self).trimmed).flatMap { UInt8(exactly: $0) }
    }
}

/// What the rows of a table of pixels say but for the pixels.
private struct Notes {
    /// What parts several labels of an image.
    let separators: Set<Character>
    private(set) var labels = LabelNumbers()
    private var rows: [(labels: Int?, group: String?, weight: Double, role: DatasetRole?)] = []

    init(separators: Set<Character>) { self.separators = separators }

    mutating func add(
        _ fields: [CSVReader.Field], _ line: Int, _ table: TableHeader, _ columns: PixelColumns, _ options: TableOptions
    ) throws {
        let row = TableRow(table: table, fields: fields, line: line)
        rows.append(
            (
                try columns.label.map { labels.number(try row.labels($0, options.target, separators), line: line) },
                columns.group.map(row.text), try columns.weight.map(row.weight) ?? 1, try columns.part.map(row.role)
            ))
    }

    func entries(of table: PixelTable) -> [SampleListing.Entry] {
        rows.enumerated().map { index, row in
            var entry = SampleListing.Entry(.row(index, table), name: "row \(index + 1)", labels: row.labels)
            (entry.group, entry.weight, entry.role) = (row.group, row.weight, row.role)
            return entry
        }
    }
}
