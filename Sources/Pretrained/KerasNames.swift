/// How Keras' applications call their layers, whatever the family.
enum KerasNames {
    /// The part of a network that a name speaks of: `conv3` in `conv3_block1_1_conv`, `res3a` in `res3a_branch2a`.
    static func part(of layer: String) -> Substring { layer.prefix { $0 != "_" } }

    /// Whether a name belongs to the pre-activation ResNets (V2), which are other networks.
    static func isPreactivated(_ layer: String) -> Bool { layer.hasSuffix("_preact_bn") || layer == "post_bn" }

    /// The kind of a layer without tensors by its name; nil for a name that tells none.
    static func kind(_ layer: String) -> String? {
        switch layer {
        case "avg_pool": return "global_average_pooling2d"
        case "max_pool": return "global_max_pooling2d"
        default: break
        }
        let parts = layer.split(separator: "_")
        guard parts.count > 1, let last = parts.last else { return nil }
        return [
            "relu": "activation", "out": "activation", "add": "add", "pool": "max_pooling2d", "pad": "zero_padding2d",
        ][last]
    }
}
