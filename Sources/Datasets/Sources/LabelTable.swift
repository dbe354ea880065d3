import Files
import Glibc

/// A table with a row for each image: its path and what it is labelled with.
struct LabelTable: SampleSource {
    private let table: TableHeader
    private let options: TableOptions
    private let columns: Columns
    /// What parts several labels of an image.
    private let separators: Set<Character>

    /// - Throws: `CSVError` where the header does not say which column is the path, or lacks one that was asked for.
    init(_ table: TableHeader, _ options: TableOptions) throws {
        self.table = table
        self.options = options
        columns = try Columns(table, options)
        let label = options.target == .categories ? columns.label : nil
        separators = try label.map { try TableRow.separators(of: $0, in: table) } ?? []
    }

    func listing() throws -> SampleListing {
        let root = options.root ?? folder(of: table.file)
        let paths = ImagePaths(root: root, table: table.file, options.terms)
        var rows = try readRows(paths)
        if rows.isEmpty { throw table.error(2, "there is no row below the names of the columns") }
        var listing = SampleListing(of: table.file, root: root)
        try lookForFiles(rows, &listing)
        if columns.isLabelled { listing.root = paths.path(of: rows.removeCommonFolder()) }
        listing.labels = rows.labels.labels
        listing.entries = rows.entries.map(\.entry)
        listing.pathColumn = table.names[columns.path]
        listing.labelName = columns.label.map { table.names[$0] }
        listing.labelRemedy = "The table needs a column with them, which \(options.terms.label) names"
        listing.declaredClasses = columns.indicators.isEmpty ? nil : columns.indicators.map { table.names[$0] }
        if columns.isLabelled { sort(&listing) }
        if options.target == .category { listing.noteJoinedLabels() }
        return listing
    }

    /// Puts images in the order that folders of classes would have: by class, then name.
    private func sort(_ listing: inout SampleListing) {
        let keys = listing.entries.map { entry in
            let names = options.target == .category ? entry.labels.map { listing.labels[$0].names } : nil
            return ((names?.first ?? "").fileNameBytes, entry.name.fileNameBytes)
        }
        let order = keys.indices.sorted { a, b in
            keys[a].0 == keys[b].0
                ? keys[a].1.lexicographicallyPrecedes(keys[b].1) : keys[a].0.lexicographicallyPrecedes(keys[b].0)
        }
        listing.entries = order.map { listing.entries[$0] }
    }

    /// The rows read, each image once.
    private struct Rows {
        var entries: [(entry: SampleListing.Entry, line: Int)] = []
        var labels = LabelNumbers()
        /// The place in `entries` of each image.
        var places: [FileName: Int] = [:]

        var isEmpty: Bool { entries.isEmpty }

        /// Lets names begin behind the folder that all images lie in, as those of class folders do.
        /// - Returns: the folder.
        mutating func removeCommonFolder() -> String {
            let folders = entries.lazy.map { $0.entry.name.unicodeScalars.split(separator: "/").dropLast() }
            guard var common = folders.first.map(Array.init) else { return "" }
            for folder in folders { common = Array(zip(common, folder).prefix { $0.elementsEqual($1) }.map(\.0)) }
            // The folder of a class stays in the names, where all images are of one.
            let classes = Set(labels.labels.flatMap(\.names))
            if let last = common.last, classes.contains(String(last)) { common.removeLast() }
            let folder = common.map(String.init).joined(separator: "/")
            guard !folder.isEmpty else { return "" }
            for index in entries.indices {
                let name = entries[index].entry.name.unicodeScalars.dropFirst(folder.unicodeScalars.count + 1)
                entries[index].entry.name = String(name)
            }
            return folder
        }
    }

    private func readRows(_ paths: ImagePaths) throws -> Rows {
        var (table, rows, paths) = (table, Rows(), paths)
        var fields: [CSVReader.Field] = []
        while let line = try table.next(&fields, count: table.names.count) {
            let row = TableRow(table: table, fields: fields, line: line)
            let name = try paths.name(for: row.text(columns.path), line: line)
            let shown = options.keepsRows ? String(row.text(columns.path).trimmed) : name
            var entry = SampleListing.Entry(.file(paths.path(of: name)), name: shown)
            let names = try labels(row)
            entry.group = columns.group.map(row.text)
            entry.weight = try columns.weight.map(row.weight) ?? 1
            entry.role = try columns.part.map(row.role)
            if !options.keepsRows, let place = rows.places[FileName(name)] {
                try join(names, line, to: place, &rows)
                continue
            }
            entry.labels = names.map { rows.labels.number($0, line: line) }
            rows.places[FileName(name)] = rows.entries.count
            rows.entries.append((entry, line))
        }
        return rows
    }

    /// Takes up another row of an image: where images may have several labels it adds some.
    private func join(_ names: [String]?, _ line: Int, to place: Int, _ rows: inout Rows) throws {
        let first = rows.entries[place]
        let known = first.entry.labels.map { rows.labels.labels[$0].names }
        if names == known { return }
        guard options.target == .categories, let names, let known else {
            throw table.error(
                line,
                "\(first.entry.name) is listed again, as \(Self.words(names)), and on line \(first.line) as "
                    + "\(Self.words(known)); keep one of them")
        }
        let all = known + names.filter { !known.contains($0) }
        rows.entries[place].entry.labels = rows.labels.number(all.sorted { $0.precedesBytewise($1) }, line: line)
    }

    private static func words(_ names: [String]?) -> String { names.map(listed) ?? "nothing" }

    /// What a row says of its labels; nil where the table does not tell any.
    private func labels(_ row: TableRow) throws -> [String]? {
        if !columns.indicators.isEmpty {
            let names = try columns.indicators.filter { try row.flag($0) }.map { table.names[$0] }
            guard options.target == .categories || names.count == 1 else {
                throw row.error(
                    "\(names.isEmpty ? "no column of a class is 1" : "\(listed(names)) are 1"); one is, where each image "
                        + TargetKind.oneClassWords)
            }
            return names
        }
        guard let column = columns.label else { return nil }
        return try row.labels(column, options.target, separators)
    }

    /// Finds out which files are there; those that are not stay, to be left out as images that cannot be read.
    private func lookForFiles(_ rows: Rows, _ listing: inout SampleListing) throws {
        var missing: [(line: Int, name: String, path: String)] = []
        for row in rows.entries {
            guard case .file(let path) = row.entry.content else { continue }
            guard let status = FileSystem.status(of: path) else {
                missing.append((row.line, row.entry.name, path))
                continue
            }
            if status.st_mode & S_IFMT == S_IFDIR {
                throw table.error(row.line, "\(row.entry.name) is a folder; a path of an image belongs here")
            }
        }
        guard let first = missing.first else { return }
        if missing.count == rows.entries.count {
            throw table.error(
                first.line,
                "none of the \(Words.counted(missing.count, "image")) is there, such as \(first.path); "
                    + "\(options.terms.root) is the folder that paths begin at")
        }
        listing.warnings.append(
            "\(table.file): \(missing.count) of \(Words.counted(rows.entries.count, "image")) are not there, such as "
                + missing.prefix(3).map { "\($0.name) (line \($0.line))" }.joined(separator: ", "))
    }
}

extension LabelTable {
    /// Which columns say what, by index.
    private struct Columns {
        let path: Int
        /// Of a table whose labels stand in one column.
        let label: Int?
        /// Of a table with a column for each class.
        let indicators: [Int]
        let group, weight, part: Int?

        var isLabelled: Bool { label != nil || !indicators.isEmpty }

        init(_ table: TableHeader, _ options: TableOptions) throws {
            let (names, wanted) = (table.names, options.columns)
            group = try wanted.group.map(table.column)
            weight = try wanted.weight.map(table.column)
            part = try wanted.part.map(table.column)
            let named = try options.namedLabels(in: table)
            var taken = Set([group, weight, part].compactMap(\.self) + named)
            guard let path = try wanted.path.map(table.column) ?? Self.path(table, taken) else {
                throw Self.noPath(table, options.terms)
            }
            self.path = path
            taken.insert(path)
            guard !options.keepsRows else {
                (label, indicators) = (nil, [])
                return
            }
            label = named.count == 1 ? named[0] : named.isEmpty ? Self.label(names, taken) : nil
            if options.target == .number {
                guard named.count < 2 else {
                    throw table.error(1, "\(named.count) columns are named for the one number that each image has")
                }
                guard label != nil else { throw Self.noLabel(table, options.terms) }
                indicators = []
                return
            }
            indicators =
                named.count > 1 ? named : label == nil ? try Self.indicators(table, but: taken, options.terms) : []
        }

        /// The column that is called like a path, or the first of two.
        private static func path(_ table: TableHeader, _ taken: Set<Int>) -> Int? {
            if let index = ColumnWords.index(of: ColumnWords.path, in: table.names, but: taken) { return index }
            guard table.names.count == 2 else { return nil }
            let label = ColumnWords.index(of: ColumnWords.label, in: table.names)
            return (taken.first ?? label).map { 1 - $0 }
        }

        private static func label(_ names: [String], _ taken: Set<Int>) -> Int? {
            if let index = ColumnWords.index(of: ColumnWords.label, in: names, but: taken) { return index }
            let rest = names.indices.filter { !taken.contains($0) }
            return rest.count == 1 ? rest[0] : nil
        }

        /// All other columns, where the first rows have nothing but 0 and 1 in them.
        private static func indicators(
            _ table: TableHeader, but taken: Set<Int>, _ terms: TableOptions.Terms
        ) throws -> [Int] {
            let rest = table.names.indices.filter { !taken.contains($0) }
            guard rest.count > 1 else { return [] }
            var (table, fields) = (table, [CSVReader.Field]())
            for _ in 0..<100 {
                guard let line = try table.next(&fields, count: table.names.count) else { break }
                let row = TableRow(table: table, fields: fields, line: line)
                guard rest.allSatisfy({ (try? row.flag($0)) != nil }) else {
                    throw noLabel(table, terms)
                }
            }
            return rest
        }

        private static func noLabel(_ table: TableHeader, _ terms: TableOptions.Terms) -> CSVError {
            table.error(
                1,
                "no column is called like a label; the columns are \(listed(table.names)). "
                    + "\(terms.label) says which it is")
        }

        private static func noPath(_ table: TableHeader, _ terms: TableOptions.Terms) -> CSVError {
            let names = table.names
            let looksLikeRow =
                names.isEmpty || names.contains { name in FolderWalk.isImage(name) || name.contains("/") }
            if looksLikeRow {
                let found = names.isEmpty ? "numbers" : listed(names)
                return table.error(1, "the first line must name the columns, such as path,label; found \(found)")
            }
            let hint =
                names.count == 1
                ? "; if something other than \(table.reader.delimiter.rawValue)s parts them, \(terms.delimiter) says what"
                : ""
            return table.error(
                1,
                "no column is called like the path of an image; the columns are \(listed(names)). "
                    + "\(terms.path) says which it is\(hint)")
        }
    }
}

/// The folder that a file lies in, as its path is given.
private func folder(of path: String) -> String {
    guard let slash = path.unicodeScalars.lastIndex(of: "/") else { return "." }
    let folder = String(path.unicodeScalars[..<slash])
    return folder.isEmpty ? "/" : folder
}
