import Files

/// A `--set key.path=value` of the command line.
///
/// The path names keys and, in lists, positions from 0. The value is taken whole, ` #` and `: ` included, and means what the
/// same words mean in a recipe, so `1e-3` is a number and `none` a word. One that begins with a bracket, a brace or a quote is
/// YAML: a list, a map, or a text that shall be no number.
struct Override {
    private let path: [String]
    private let value: YAMLNode
    private let location: Location

    /// - Throws: `YAMLError` where the text has no `=`, its path is longer than any in a recipe, or its value is not YAML.
    init(_ text: String, problems: Problems) throws {
        let location = Location.argument("--set \(text.shortened)")
        guard let separator = text.firstIndex(of: "="), separator != text.startIndex else {
            throw YAMLError(location, "expected key=value, such as stages.0.epochs=1")
        }
        self.location = location
        path = text[..<separator].trimmed.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard path.count <= YAMLParser.maximumDepth else {
            throw YAMLError(location, "lists and maps are nested more than \(YAMLParser.maximumDepth) deep")
        }
        value = try Self.value(text[text.index(after: separator)...].trimmed, at: location, problems: problems)
    }

    private static func value(_ text: String, at location: Location, problems: Problems) throws -> YAMLNode {
        guard let first = text.first, "[{\"'".contains(first) else {
            let node = YAMLNode(.scalar(text, isPlain: true), at: location)
            for problem in YAMLParser.problems(ofPlain: text) { problems.add(location, problem.message) }
            return node
        }
        do {
            return try YAMLParser.parse(text, locate: { _, _ in location }, isAlone: true, problems: problems)
        } catch let error as YAMLError {
            let words = error.problems.map(\.message).joined(separator: "; ")
            throw YAMLError(
                location,
                "\(words); a value that begins with \(first) is YAML: put a text that does into quotes, \"'…'\"")
        }
    }

    /// Puts the value into the tree; what stands there already gives way.
    func apply(to root: inout YAMLNode, problems: Problems) { apply(to: &root, depth: 0, problems: problems) }

    private func apply(to node: inout YAMLNode, depth: Int, problems: Problems) {
        guard depth < path.count else {
            node = value
            return
        }
        let key = path[depth]
        let place = depth == 0 ? "the recipe" : path[..<depth].joined(separator: ".")
        switch node.value {
        case .mapping(var entries):
            if let index = entries.firstIndex(where: { $0.key == key }) {
                apply(to: &entries[index].value, depth: depth + 1, problems: problems)
            } else {
                entries.append(made(key, depth: depth, problems: problems))
            }
            node.value = .mapping(entries)
        case .sequence(var items):
            guard let index = Int(key), items.indices.contains(index) else {
                problems.add(
                    location, "\(place) is a list of \(items.count); expected a position from 0, found `\(key)`")
                return
            }
            apply(to: &items[index], depth: depth + 1, problems: problems)
            node.value = .sequence(items)
        case .scalar where node.isNull || depth == 0:
            node = YAMLNode(.mapping([made(key, depth: depth, problems: problems)]), at: location)
        case .scalar:
            problems.add(location, "\(place) is \(node.found), so it has no `\(key)`")
        }
    }

    private func made(_ key: String, depth: Int, problems: Problems) -> YAMLNode.Entry {
        var node = YAMLNode(.scalar("", isPlain: true), at: location)
        apply(to: &node, depth: depth + 1, problems: problems)
        return YAMLNode.Entry(key: key, keyLocation: location, value: node)
    }
}

extension Substring {
    /// Without spaces, tabs and line ends around it.
    fileprivate var trimmed: String {
        let isBlank: (Character) -> Bool = { [" ", "\t", "\n", "\r", "\r\n"].contains($0) }
        return String(drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }
}
