import Datasets
import Files

extension Recipe.Data {
    /// Reads what concerns tables, labels, groups and parts.
    mutating func readTables(_ section: Section) {
        tables.root = section.optional("root", .path("the folder that paths in tables begin at"))
        tables.delimiter = section.value("delimiter", .delimiter, default: nil)
        let columns = section.section("columns")
        tables.columns.path = columns.optional("path", .text("the name of the column with the path of the image"))
        tables.columns.labels = columns.value(
            "label", .names("the column with the label, or one for each"), default: [])
        tables.columns.weight = columns.optional("weight", .text("the name of the column with the weight of the image"))
        columns.finish()
        tables.shape = section.node("pixels").flatMap { _ in .init(reading: section.section("pixels")) }
        readGroups(section.section("group"))
        readSplit(section.section("split"))
        classes = ClassMap(reading: section)
        limit = section.optional("limit", .integer(1...1_000_000_000))
    }

    private mutating func readGroups(_ section: Section) {
        tables.columns.group = section.optional("column", .text("the name of the column with the group"))
        if let node = section.node("pattern"), let text = section.optional("pattern", .text("a regular expression")) {
            do {
                groups = try GroupPattern(text)
            } catch {
                section.problems.add(node.location, "\(section.path(of: "pattern")): \(error)")
            }
        }
        if groups != nil, tables.columns.group != nil {
            section.problems.add(section.location, "\(section.path): a column and a pattern; give one of them")
        }
        section.finish()
    }

    private mutating func readSplit(_ section: Section) {
        tables.columns.part = section.optional("column", .text("the name of the column with train, validation or test"))
        for role in [DatasetRole.validation, .test] {
            partLists[role] = section.optional(role.rawValue, .path("a file with a name of an image a line"))
        }
        section.finish()
    }

    /// What `readTables` reads, as far as it was given.
    var tableEntries: [(String, YAMLNode)] {
        let columns: [(String, YAMLNode?)] = [
            ("path", tables.columns.path.map(YAMLNode.text)), ("label", tables.columns.labels.node),
            ("weight", tables.columns.weight.map(YAMLNode.text)),
        ]
        let group: [(String, YAMLNode?)] = [
            ("column", tables.columns.group.map(YAMLNode.text)), ("pattern", groups.map { .text($0.text) }),
        ]
        let split: [(String, YAMLNode?)] =
            [("column", tables.columns.part.map(YAMLNode.text))]
            + [DatasetRole.validation, .test].map { ($0.rawValue, partLists[$0].map(YAMLNode.text)) }
        let all: [(String, YAMLNode?)] = [
            ("root", tables.root.map(YAMLNode.text)), ("delimiter", tables.delimiter.map { .text($0.rawValue) }),
            ("columns", .given(columns)), ("pixels", tables.shape?.node), ("group", .given(group)),
            ("split", .given(split)), ("classes", classes?.node), ("limit", limit.map { .integer($0) }),
        ]
        return all.compactMap { key, node in node.map { (key, $0) } }
    }
}

extension YAMLNode {
    /// A map of what is given; nil for none.
    fileprivate static func given(_ entries: [(String, YAMLNode?)]) -> YAMLNode? {
        let given = entries.compactMap { key, node in node.map { (key, $0) } }
        return given.isEmpty ? nil : .map(given)
    }
}

extension [String] {
    /// One name as a text, several as a list; nil for none.
    fileprivate var node: YAMLNode? {
        isEmpty ? nil : count == 1 ? .text(self[0]) : .list(map(YAMLNode.text))
    }
}

extension PixelTable.Shape {
    fileprivate init(reading section: Section) {
        let sides = Field<Int>.integer(1...100_000)
        let height = section.required("height", sides) ?? 1
        let width = section.required("width", sides) ?? 1
        let channels = section.value("channels", .channels, default: 1)
        self.init(
            height: height, width: width, channels: channels,
            layout: section.value("layout", .choice, default: .interleaved))
        section.finish()
    }

    fileprivate var node: YAMLNode {
        .map([
            ("height", .integer(height)), ("width", .integer(width)), ("channels", .integer(channels)),
            ("layout", .text(layout.rawValue)),
        ])
    }
}

extension ClassMap {
    /// Nil where there is nothing under `classes`.
    fileprivate init?(reading section: Section) {
        guard let node = section.node("classes") else { return nil }
        let path = section.path(of: "classes")
        switch node.value {
        case .sequence:
            guard let names = section.read(node, .names("a list of classes"), path: path) else { return nil }
            if Set(names).count < names.count {
                section.problems.add(node.location, "\(path): a class is listed twice")
            }
            self = .order(names)
        case .mapping(let entries): self.init(renaming: entries, path: path, problems: section.problems)
        case .scalar:
            section.problems.add(
                node.location,
                "\(path): expected a list of classes, or a map from classes to labels such as {cat: [tabby, siamese], other: null}, "
                    + "found \(node.found)")
            return nil
        }
    }

    private init(renaming entries: [YAMLNode.Entry], path: String, problems: Problems) {
        var classes: [String: String?] = [:]
        for entry in entries {
            let isLeftOut = entry.value.isNull || entry.value.text == "none"
            let labels = isLeftOut ? [entry.key] : Field.names("").read(entry.value) ?? []
            if labels.isEmpty {
                problems.add(
                    entry.value.location,
                    "\(path).\(entry.key): expected a label, a list of labels or null, found \(entry.value.found)")
            }
            for label in labels where classes.updateValue(isLeftOut ? nil : entry.key, forKey: label) != nil {
                problems.add(entry.value.location, "\(path).\(entry.key): the label \(label) is given twice")
            }
        }
        self = .renaming(classes)
    }

    fileprivate var node: YAMLNode {
        switch self {
        case .order(let names): return .list(names.map(YAMLNode.text))
        case .renaming(let names):
            let kept = Dictionary(grouping: names.filter { $0.value != nil }, by: { $0.value ?? "" })
            let merged = kept.map { ($0.key, YAMLNode.list($0.value.map(\.key).sorted().map(YAMLNode.text))) }
            let leftOut = names.filter { $0.value == nil }.map { ($0.key, YAMLNode.text("none")) }
            return .map((merged + leftOut).sorted { $0.0 < $1.0 })
        }
    }
}

extension Field where Value == [String] {
    /// A text, or a list of texts; a number is the text that it is written as.
    fileprivate static func names(_ expected: String) -> Field {
        Field(
            expected: expected,
            read: { node in
                guard case .sequence(let items) = node.value else { return node.text.map { [$0] } }
                let names = items.compactMap(\.text)
                return names.count == items.count && !names.isEmpty ? names : nil
            })
    }
}

extension Field where Value == CSVReader.Delimiter? {
    fileprivate static var delimiter: Field {
        let symbols: [String: CSVReader.Delimiter] = [",": .comma, ";": .semicolon, "\t": .tab]
        let words = Field<CSVReader.Delimiter>.choice.map(Optional.some)
        return Field(
            expected: words.expected + " or auto",
            read: { node in
                node.text == "auto"
                    ? .some(nil) : words.read(node) ?? node.text.flatMap { symbols[$0] }.map(Optional.some)
            },
            hint: words.hint)
    }
}

extension Field where Value == Int {
    fileprivate static var channels: Field {
        Field(
            expected: "1 for grey or 3 for red, green and blue",
            read: { $0.integer.flatMap { [1, 3].contains($0) ? $0 : nil } })
    }
}
