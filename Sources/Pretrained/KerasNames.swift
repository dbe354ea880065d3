import Files
import Networks

/// How Keras' applications call their layers, whatever the family.
package enum KerasNames {
    /// What a node is called that Keras' applications have not, as a head's hidden layer: `head_hidden1`.
    package static func ownName(of node: String) -> String { node.replacing(".", with: "_") }

    /// The nodes of the hidden layers of heads that we wrote, by index of layer.
    static func hiddenNodes(of layers: [SourceLayer], in network: Network) -> [Int: String] {
        let hidden = network.nodes.map(\.name).filter { $0.hasPrefix("head.hidden") }
        let nodes = Dictionary(uniqueKeysWithValues: hidden.map { (ownName(of: $0), $0) })
        return layers.enumerated().reduce(into: [:]) { $0[$1.offset] = nodes[$1.element.name] }
    }

    /// The part of a network that a name speaks of: `conv3` in `conv3_block1_1_conv`, `res3a` in `res3a_branch2a`.
    static func part(of layer: String) -> Substring { layer.prefix { $0 != "_" } }

    /// Whether a name belongs to the pre-activation ResNets (V2), which are other networks.
    static func isPreactivated(_ layer: String) -> Bool { layer.hasSuffix("_preact_bn") || layer == "post_bn" }

    /// Why a file with such a layer is refused.
    static func preactivationWords(_ layer: String) -> String {
        "holds a ResNet V2 (layer `\(layer.legible)`), an architecture that is not known here"
    }

    /// The kind of a layer without tensors by the end of its name; nil for a name that tells none.
    static func kind(_ layer: String) -> String? {
        switch layer {
        case "avg_pool": return "global_average_pooling2d"
        case "max_pool": return "global_max_pooling2d"
        default: break
        }
        guard let end = ending(of: layer) else { return nil }
        return [
            "relu": "activation", "out": "activation", "add": "add", "pool": "max_pooling2d", "pad": "zero_padding2d",
        ][end]
    }

    /// Whether the end of a name that tells its kind stands behind the name of a layer, or of a block, that is known: of
    /// `conv2_block1_1_relu` where there is `conv2_block1_1_conv`.
    static func belongs(_ layer: String, to known: some Sequence<String>) -> Bool {
        guard let end = ending(of: layer) else { return false }
        let owner = layer.dropLast(end.count)
        return known.contains { "\($0)_".hasPrefix(owner) }
    }

    /// `relu` of `conv1_relu`; nil for a name of one word.
    private static func ending(of layer: String) -> Substring? {
        let parts = layer.split(separator: "_")
        return parts.count > 1 ? parts.last : nil
    }
}
