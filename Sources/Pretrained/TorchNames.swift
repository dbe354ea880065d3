import Networks

/// torchvision's names (and those of the usual CIFAR ResNets and of timm's VGG) as names of our nodes.
enum TorchNames {
    /// The node that a layer feeds in `network`, or nil for a name that no known architecture has.
    static func node(_ layer: String, in network: Network) -> String? {
        switch layer {
        case "conv1": return "stem.conv"
        case "bn1": return "stem.norm"
        case "fc", "linear", "classifier", "head", "head.fc", "fc.1", "classifier.1": return "head.linear"
        case "classifier.0", "pre_logits.fc1": return "fc.linear1"
        case "classifier.3", "pre_logits.fc2": return "fc.linear2"
        case "classifier.6": return "head.linear"
        default: return residual(layer) ?? feature(layer, in: network)
        }
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
