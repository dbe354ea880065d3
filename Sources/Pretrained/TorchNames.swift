import Files
import Networks

/// How PyTorch's state dicts call their layers, whatever the family; `TorchHead` finds the classifier.
enum TorchNames {
    /// What wrappers and training scripts put before the keys.
    private static let prefixes: Set<Substring> = [
        "module", "model", "state_dict", "model_state_dict", "model_state", "net", "network", "weights", "params",
        "backbone", "encoder", "base_model", "resnet",
    ]
    /// What PyTorch puts into the keys of modules that are compiled, sharded or computed twice.
    private static let insertions: Set<Substring> = ["_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"]

    /// Whether a component of a key is none of the network's own.
    static func isWrapper(_ component: Substring) -> Bool {
        prefixes.contains(component) || insertions.contains(component)
    }

    static func strippingPrefixes(_ layer: String) -> String { withoutWrappers(layer.parts(separatedBy: ".")[...]) }

    /// A layer's name without what wrappers put before it and into it.
    static func withoutWrappers(_ components: ArraySlice<Substring>) -> String {
        let rest = components.dropLast().drop(while: isWrapper) + components.suffix(1)
        return rest.filter { !insertions.contains($0) }.joined(separator: ".")
    }

    /// The prefix, unknown as a wrapper's, that most layers have before names that a known network has; nil for none.
    static func unknownPrefix(of layers: [SourceLayer]) -> String? {
        let known = Architecture.trunkNames(in: .torch)
        let deepest = known.map(\.nameComponents.count).max() ?? 0
        var counts: [String: Int] = [:]
        for layer in layers where !layer.tensors.contains(where: { Baggage.kind(of: $0.entry) == .copies }) {
            let parts = layer.name.parts(separatedBy: ".")
            let start = parts.indices.dropFirst(max(0, parts.count - deepest)).first {
                known.contains(parts[$0...].joined(separator: "."))
            }
            if let start, start > 0 { counts[parts[..<start].joined(separator: "."), default: 0] += 1 }
        }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }
}
