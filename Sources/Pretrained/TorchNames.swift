import Networks

/// How PyTorch's state dicts call their layers, whatever the family; `TorchHead` finds the classifier.
enum TorchNames {
    /// What wrappers and training scripts put before the keys.
    private static let prefixes: Set<Substring> = [
        "module", "model", "state_dict", "model_state_dict", "net", "network", "backbone", "encoder", "base_model",
        "_orig_mod",
    ]

    static func strippingPrefixes(_ layer: String) -> String {
        var components = layer.split(separator: ".")[...]
        while components.count > 1, let first = components.first, prefixes.contains(first) {
            components = components.dropFirst()
        }
        return components.joined(separator: ".")
    }

    /// The prefix, unknown as a wrapper's, that most layers have before names that a known network has; nil for none.
    static func unknownPrefix(of layers: [SourceLayer]) -> String? {
        let known = Architecture.trunkNames(in: .torch)
        var counts: [String: Int] = [:]
        for layer in layers where !layer.tensors.contains(where: { Baggage.kind(of: $0.entry) == .copies }) {
            let parts = layer.name.split(separator: ".")
            let start = parts.indices.dropFirst().first { known.contains(parts[$0...].joined(separator: ".")) }
            if let start { counts[parts[..<start].joined(separator: "."), default: 0] += 1 }
        }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }
}
