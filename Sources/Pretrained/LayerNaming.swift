import Archives
import Networks

/// A way to tell which node a file's layer feeds.
enum LayerNaming: Equatable, Sendable {
    /// Our own names.
    case own
    /// The names of Keras' applications.
    case keras
    /// The order of Keras' layers.
    case kerasPositions
    /// The order of convolutions under `block1`…`block5`.
    case blockPositions
    /// torchvision's names.
    case torch
    /// What the file says of itself: the node of each layer by its index.
    case described([Int: String])

    /// The ways that suit a layout, best first.
    static func ways(for layout: WeightLayout) -> [LayerNaming] {
        switch layout {
        case .finetune: [.own]
        case .kerasLegacy, .kerasWholeModel, .keras3, .keras3Model: [.keras, .kerasPositions, .blockPositions]
        case .torch: [.torch, .blockPositions]
        }
    }

    /// The node of each layer, by the layer's index. A person's map comes before all else.
    func nodes(
        of file: WeightFile, _ names: LookedUpNames, in architecture: Architecture, _ network: Network
    ) -> [Int: String] {
        let positions: [Int: String] =
            switch self {
            case .kerasPositions: KerasPositions.nodes(of: file.layers, in: network)
            case .blockPositions: BlockPositions.nodes(names.blocks, in: network)
            case .torch: TorchHead.nodes(names, in: architecture, network)
            case .described(let nodes): nodes
            case .keras: KerasNames.hiddenNodes(of: file.layers, in: network)
            case .own: [:]
            }
        let ownNames = Set(network.nodes.map(\.name))
        let known = knownNodes(architecture)
        func node(_ name: String, at index: Int) -> String? {
            positions[index] ?? (self == .own ? name : known[name])
        }
        var result: [Int: String] = [:]
        for (index, name) in names.layers.map(\.text).enumerated() {
            if let map = names.mapped[index] {
                // A layer named in full and sent nowhere is kept, so that it is reported.
                result[index] =
                    ownNames.contains(name)
                    ? name : node(name, at: index) ?? (map.isWhole ? name : nil)
            } else {
                result[index] = node(name, at: index)
            }
        }
        return result
    }

    /// The framework whose names count; nil where names do not.
    var framework: Architecture.Framework? {
        switch self {
        case .keras: .keras
        case .torch: .torch
        case .own, .kerasPositions, .blockPositions, .described: nil
        }
    }

    /// The nodes that names of the framework alone tell.
    private func knownNodes(_ architecture: Architecture) -> [String: String] {
        guard let framework else { return [:] }
        let nodes = architecture.nodes(namedBy: framework)
        // Authors call a classifier as they like.
        return self == .torch ? nodes.filter { !Network.isOfClassifier($0.value) } : nodes
    }

    /// A layer's name without what wrappers put before it.
    func name(of layer: String) -> String { self == .torch ? TorchNames.strippingPrefixes(layer) : layer }

    /// The part of a network that a layer's name speaks of: `layer2` in `layer2.0.conv1`, `conv3` in
    /// `conv3_block1_1_conv`; the layer alone where its name is none that people agree on.
    func part(of layer: String) -> Substring {
        switch self {
        case .own, .torch: layer[..<(layer.utf8.firstIndex(of: UInt8(ascii: ".")) ?? layer.endIndex)]
        case .keras: KerasNames.part(of: layer)
        case .kerasPositions, .blockPositions, .described: layer[...]
        }
    }
}
