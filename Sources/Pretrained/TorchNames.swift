import Networks

/// torchvision's names (and those of the usual CIFAR ResNets) as names of our nodes; `TorchHead` finds the classifier.
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

    /// The node of the trunk that a layer feeds in `network`, or nil for a name that no known architecture has.
    static func node(_ layer: String, in network: Network) -> String? {
        switch layer {
        case "conv1": return "stem.conv"
        case "bn1": return "stem.norm"
        default: return residual(layer) ?? feature(layer, in: network)
        }
    }

    /// The prefix, unknown as a wrapper's, that most layers have before names that mean something; nil for none.
    static func unknownPrefix(of layers: [SourceLayer]) -> String? {
        var counts: [String: Int] = [:]
        for layer in layers where !layer.tensors.contains(where: { Baggage.kind(of: $0.entry) == .copies }) {
            let parts = layer.name.split(separator: ".")
            let start = parts.indices.dropFirst().first { index in
                isTrunk(parts[index...].joined(separator: "."))
            }
            if let start { counts[parts[..<start].joined(separator: "."), default: 0] += 1 }
        }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }

    private static func isTrunk(_ layer: String) -> Bool {
        if residual(layer) != nil { return true }
        let parts = layer.split(separator: ".")
        return parts.count == 2 && parts[0] == "features" && Int(parts[1]) != nil
    }

    /// `layer2.0.conv1`, `layer2.0.downsample.0`.
    private static func residual(_ layer: String) -> String? {
        let parts = layer.split(separator: ".")
        guard parts.count >= 3, let stage = parts[0].number(after: "layer"), let block = Int(parts[1]), block >= 0,
            block < 1000
        else { return nil }
        let prefix = "layer\(stage).block\(block + 1)"
        if parts.count == 4, parts[2] == "downsample" || parts[2] == "shortcut" {
            switch parts[3] {
            case "0": return "\(prefix).shortcut.conv"
            case "1": return "\(prefix).shortcut.norm"
            default: return nil
            }
        }
        guard parts.count == 3 else { return nil }
        if let position = parts[2].number(after: "conv") { return "\(prefix).conv\(position)" }
        if let position = parts[2].number(after: "bn") { return "\(prefix).norm\(position)" }
        return nil
    }

    /// `features.<i>`: torchvision numbers the layers of VGG's trunk, and our nodes stand in the same order after the
    /// input.
    private static func feature(_ layer: String, in network: Network) -> String? {
        let parts = layer.split(separator: ".")
        guard parts.count == 2, parts[0] == "features", let index = Int(parts[1]), index >= 0 else { return nil }
        guard index + 1 < network.nodes.count, network.nodes[index + 1].stage.hasPrefix("block") else { return layer }
        return network.nodes[index + 1].name
    }
}
