import Files
import Networks

/// Finds the classifier of a PyTorch state dict, which has as many names as there are authors.
enum TorchHead {
    /// What authors call the module that turns features into logits.
    static let parts: Set<Substring> = [
        "fc", "linear", "classifier", "head", "last_linear", "logits", "output", "output_layer", "cls", "cls_head",
        "predictions", "pre_logits",
    ]

    /// The nodes that the classifier's layers feed, by index of layer.
    ///
    /// A classifier of several layers is known by its published names; one of as many as the network has is else taken in
    /// its order. Of one that has more, or fewer,
    /// nothing is: which layer is which, and what lies between them, cannot be known.
    static func nodes(_ names: LookedUpNames, in architecture: Architecture, _ network: Network) -> [Int: String] {
        let wanted = network.nodes.filter { !$0.parameters.isEmpty && Network.isOfClassifier($0.name) }.map(\.name)
        var found = names.headLayers
        func name(_ layer: Int) -> String { names.layers[layer].text }
        var result: [Int: String] = [:]
        let known = architecture.nodes(namedBy: .torch).filter { wanted.contains($0.value) }
        // A hidden layer of ours has no published name, but may have one of another layer's.
        let isPublished = wanted.allSatisfy(known.values.contains)
        if wanted.count > 1, isPublished, found.contains(where: { known[name($0)] != nil }) {
            for index in found { result[index] = known[name(index)] }
            found.removeAll { result[$0] != nil }
            if found.count == 1, let last = found.first { result[last] = wanted.last }
            return result
        }
        guard found.count == wanted.count else { return [:] }
        found.sort { order(name($0)).lexicographicallyPrecedes(order(name($1))) }
        return Dictionary(uniqueKeysWithValues: zip(found, wanted))
    }

    /// The layers that may be a classifier's, by index.
    static func candidates(_ layers: [SourceLayer], named names: [LookedUpNames.Name]) -> [Int] {
        layers.indices.filter { parts.contains(names[$0].part) && isLinear(layers[$0]) }
    }

    /// Whether a layer may be linear: one whose weight is gone still has its bias.
    private static func isLinear(_ layer: SourceLayer) -> Bool {
        layer.kind == .linear || layer.kind == .convolution || layer.kind == .other
    }

    /// The numbers in a name, by which the layers of a sequence are in order.
    private static func order(_ name: String) -> [Int] { name.parts(separatedBy: ".").compactMap { Int($0) } }
}
