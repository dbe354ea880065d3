import Networks

/// A way to tell which node a file's layer feeds.
enum LayerNaming: Sendable {
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

    /// The ways that suit a layout, best first.
    static func ways(for layout: WeightLayout) -> [LayerNaming] {
        switch layout {
        case .finetune: [.own]
        case .kerasLegacy, .kerasWholeModel, .keras3: [.keras, .kerasPositions, .blockPositions]
        case .torch: [.torch, .blockPositions]
        }
    }

    /// The node of each layer, by the layer's index. A person's map comes before all else.
    func nodes(of file: WeightFile, in network: Network, _ nameMap: NameMap) -> [Int: String] {
        let positions: [Int: String] =
            switch self {
            case .kerasPositions: KerasPositions.nodes(of: file.layers, in: network)
            case .blockPositions: BlockPositions.nodes(of: file.layers)
            case .own, .keras, .torch: [:]
            }
        let ownNames = Set(network.nodes.map(\.name))
        var result: [Int: String] = [:]
        for (index, layer) in file.layers.enumerated() {
            if let (name, isWhole) = nameMap.name(for: layer) {
                // A layer named in full and sent nowhere is kept, so that it is reported.
                result[index] = ownNames.contains(name) ? name : node(name, in: network) ?? (isWhole ? name : nil)
            } else {
                result[index] = positions[index] ?? node(layer.name, in: network)
            }
        }
        return result
    }

    private func node(_ name: String, in network: Network) -> String? {
        switch self {
        case .own: name
        case .keras: KerasNames.node(name)
        case .torch: TorchNames.node(name, in: network)
        case .kerasPositions, .blockPositions: nil
        }
    }
}
