import Files

/// Reads one map of a recipe key by key and reports whatever does not fit, instead of stopping at the first.
///
/// Every key that is asked for becomes known; `finish` reports the keys that nobody asked for.
final class Section {
    /// Where the map is in the recipe, such as `stages.0`; empty for the recipe itself.
    let path: String
    let location: Location
    let problems: Problems
    private let entries: [YAMLNode.Entry]
    /// False where something else stands in place of the map: then no key can be missing.
    private let isMap: Bool
    private var known: [String] = []

    /// Reads `node` as a map; nothing stands for an empty one.
    init(_ node: YAMLNode, path: String, problems: Problems) {
        self.path = path
        self.problems = problems
        location = node.location
        if case .mapping(let entries) = node.value {
            self.entries = entries
        } else {
            entries = []
        }
        isMap = !entries.isEmpty || node.isEmptyMap
        if !isMap {
            problems.add(node.location, "\(path): expected a map, found \(node.found)")
        }
    }

    /// The keys that are written there.
    var keys: [String] { entries.map(\.key) }

    func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// The value of `key`, which becomes known; nil where it is missing or nothing.
    func node(_ key: String) -> YAMLNode? {
        if !known.contains(key) { known.append(key) }
        return entries.first { $0.key == key }.map(\.value).flatMap { $0.isNull ? nil : $0 }
    }

    /// The value of `key`, or nil where it is missing, nothing, or (reported) something else.
    func optional<Value>(_ key: String, _ field: Field<Value>) -> Value? {
        node(key).flatMap { read($0, field, path: path(of: key)) }
    }

    func value<Value>(_ key: String, _ field: Field<Value>, default standard: Value) -> Value {
        optional(key, field) ?? standard
    }

    /// The items of a list that must be there and hold something, or nil where that is not so (reported).
    func requiredItems(_ key: String, expected: String) -> [(node: YAMLNode, path: String)]? {
        guard let node = node(key) else {
            missing(key, expected: expected)
            return nil
        }
        guard let items = items(key, expected: expected) else { return nil }
        if items.isEmpty {
            problems.add(node.location, "\(path(of: key)): expected \(expected), found an empty list")
            return nil
        }
        return items
    }

    /// The value of `key`; reported and nil where it is missing or something else.
    func required<Value>(_ key: String, _ field: Field<Value>) -> Value? {
        guard let node = node(key) else {
            missing(key, expected: field.expected)
            return nil
        }
        return read(node, field, path: path(of: key))
    }

    func missing(_ key: String, expected: String) {
        guard isMap else { return }
        problems.add(location, "\(path.isEmpty ? "" : "\(path): ")the key `\(key)` is missing; expected \(expected)")
    }

    func read<Value>(_ node: YAMLNode, _ field: Field<Value>, path: String) -> Value? {
        if let value = field.read(node) { return value }
        let hint = field.hint(node)
        problems.add(
            node.location,
            "\(path): expected \(field.expected), found \(node.found)\(hint.isEmpty ? node.lookAlikeHint : hint)")
        return nil
    }

    /// The section under `key`, empty where it is missing.
    func section(_ key: String) -> Section {
        let node = node(key)
        return Section(
            node ?? YAMLNode(.mapping([]), at: location), path: path(of: key), problems: problems)
    }

    /// The items of the list under `key` with their paths, or nil where it is missing or (reported) something else.
    func items(_ key: String, expected: String) -> [(node: YAMLNode, path: String)]? {
        guard let node = node(key) else { return nil }
        guard case .sequence(let items) = node.value else {
            problems.add(node.location, "\(path(of: key)): expected \(expected), found \(node.found)")
            return nil
        }
        return items.enumerated().map { ($1, "\(path(of: key)).\($0)") }
    }

    /// The map under `key` with keys that a person chose, or nil where it is missing; each value is read as `field`.
    func map<Value>(_ key: String, _ field: Field<Value>) -> [(key: YAMLNode.Entry, value: Value)]? {
        guard let node = node(key) else { return nil }
        guard case .mapping(let entries) = node.value else {
            problems.add(node.location, "\(path(of: key)): expected a map, found \(node.found)")
            return nil
        }
        return entries.compactMap { entry in
            read(entry.value, field, path: "\(path(of: key)).\(entry.key)").map { (entry, $0) }
        }
    }

    /// Reports the keys that nobody asked for.
    func finish() {
        for entry in entries where !known.contains(entry.key) {
            let place = path.isEmpty ? "" : " in \(path)"
            // Of thousands nobody reads the suggestions, which take their time.
            let isShown = problems.all.count < YAMLError.shownCount
            let hint = entry.key.lookAlikeHint + (isShown ? suggestion(for: entry.key, in: known) : "")
            problems.add(entry.keyLocation, "unknown key `\(entry.key.shortened)`\(place)\(hint)")
        }
    }
}

/// The section under `key` that is a word with its settings: `{name: word, setting: value, …}`, or the word alone.
func namedSection(_ key: String, of parent: Section) -> Section {
    let path = parent.path(of: key)
    let node = parent.node(key) ?? YAMLNode(.mapping([]), at: parent.location)
    guard case .scalar = node.value else { return Section(node, path: path, problems: parent.problems) }
    let entry = YAMLNode.Entry(key: "name", keyLocation: node.location, value: node)
    return Section(YAMLNode(.mapping([entry]), at: node.location), path: path, problems: parent.problems)
}
