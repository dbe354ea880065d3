import Archives
import Files
import Networks

/// A person's own map from names in a file to names of our nodes.
///
/// A key is the name of a tensor (its value is then a parameter, `block1.conv1.weight`), of a layer (a node,
/// `block1.conv1`), or the beginning of layers' names, which the value replaces before the usual names are looked up; an
/// empty value removes it, and `unused` sets aside whatever it names. Layers go by their path in the file or by their own
/// name; `/` and `.` are the same. The longest key wins.
struct NameMap {
    /// The value that sets tensors aside on purpose.
    static let unused = "unused"

    private struct Rule {
        let key: String
        let parts: [Substring]
        let value: String
    }

    private let rules: [Rule]

    init(_ map: [String: String]) {
        rules = map.map { Rule(key: $0.key, parts: Self.parts($0.key), value: $0.value) }
            .sorted { ($1.parts.count, $0.key) < ($0.parts.count, $1.key) }
    }

    /// Whether it says nothing.
    var isEmpty: Bool { rules.isEmpty }

    /// The parameter that a tensor is mapped to by its own name.
    func parameter(for tensor: TensorEntry) -> String? {
        guard !rules.isEmpty else { return nil }
        let name = Self.parts(tensor.name)
        return rules.first { $0.parts == name }?.value
    }

    /// What a layer shall be taken for: a name to look up, ours or one of the file's language. `isWhole` tells that a
    /// key named the layer itself.
    func name(for layer: SourceLayer) -> (name: String, isWhole: Bool)? {
        replacement(in: [layer.path, layer.name])
    }

    /// What the name of a tensor that belongs to no layer becomes, nil where no key begins it.
    func name(for stray: TensorEntry) -> String? { replacement(in: [stray.name])?.name }

    /// Whether a person said that a tensor, of a layer or of none, is not to be used.
    func setsAside(_ tensor: TensorEntry, of layer: SourceLayer?) -> Bool {
        guard !rules.isEmpty else { return false }
        let names = [tensor.name, layer?.path, layer?.name].compactMap(\.self).map(Self.parts)
        return rules.first { rule in names.contains { $0.starts(with: rule.parts) } }?.value == Self.unused
    }

    private func replacement(in names: [String]) -> (name: String, isWhole: Bool)? {
        guard !rules.isEmpty else { return nil }
        let names = names.map(Self.parts)
        for rule in rules {
            for name in names where name.starts(with: rule.parts) {
                let rest = name.dropFirst(rule.parts.count)
                let parts = (rule.value.isEmpty ? [] : [rule.value[...]]) + rest
                return (parts.joined(separator: "."), rest.isEmpty)
            }
        }
        return nil
    }

    /// Keys that begin no name in the file; what is left out of it anyway may be set aside.
    func idleKeys(in file: WeightFile) -> [String] {
        let names =
            file.strays.map { Self.parts($0.name) }
            + file.layers.flatMap { layer in
                [Self.parts(layer.path), Self.parts(layer.name)] + layer.tensors.map { Self.parts($0.entry.name) }
            }
        let leftOut = file.ignored.map { Self.parts($0.name) }
        return rules.filter { rule in
            let isNamed = (rule.value == Self.unused ? names + leftOut : names).contains { $0.starts(with: rule.parts) }
            return !isNamed
        }.map(\.key).sorted()
    }

    private static func parts(_ name: String) -> [Substring] { name.nameComponents }
}
