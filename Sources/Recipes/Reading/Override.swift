/// A `--set key.path=value` of the command line.
///
/// The path names keys and, in lists, positions from 0. The value is YAML, so `1e-3` is a number and `[head]` a list.
struct Override {
    private let path: [String]
    private let value: YAMLNode
    private let location: Location

    /// - Throws: `RecipeError` where the text has no `=` or its value is not YAML.
    init(_ text: String, problems: Problems) throws {
        let location = Location.argument("--set \(text.shortened)")
        guard let separator = text.firstIndex(of: "="), separator != text.startIndex else {
            throw RecipeError(location, "expected key=value, such as stages.0.epochs=1")
        }
        self.location = location
        path = text[..<separator].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let value = String(text[text.index(after: separator)...])
        self.value =
            value.allSatisfy(\.isWhitespace)
            ? YAMLNode(.scalar("", isPlain: true), at: location)
            : try YAMLParser.parse(value, locate: { _, _ in location }, problems: problems)
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
