import Networks

/// How many faults a fit has at least, counted without comparing the file with the network tensor by tensor.
struct LeastFaults {
    private let names: LookedUpNames
    private let framework: Architecture.Framework
    /// How many tensors each layer has.
    private let counts: [Int]
    /// How many tensors are faults where they feed nothing, whatever the network.
    private let counting: Int

    /// Nil where tensors may be taken otherwise than by names that are known here.
    /// - Parameter derived: how many tensors are computed with, though no parameter takes them.
    init?(_ file: WeightFile, _ names: LookedUpNames, _ nameMap: NameMap, derived: Int) {
        guard let framework = file.layout.framework, nameMap.isEmpty else { return nil }
        (self.names, self.framework) = (names, framework)
        counts = file.layers.map(\.tensors.count)
        let inLayers = zip(file.layers, names.layers).map { layer, name in
            layer.tensors.count { file.baggage($0.entry) == nil && Self.counts($0, of: layer, name, framework) }
        }
        let inNoLayer = zip(file.strays, names.layersAround).count { $1.isEmpty && file.baggage($0) == nil }
        counting = inLayers.reduce(inNoLayer, +) - derived
    }

    /// What the layers of a head leave over counts for nothing.
    private static func counts(
        _ tensor: SourceTensor, of layer: SourceLayer, _ name: LookedUpNames.Name, _ framework: Architecture.Framework
    ) -> Bool {
        switch framework {
        case .torch: !TorchHead.parts.contains(name.part)
        case .keras:
            layer.kind != .linear && name.region != .classifier
                && (tensor.role == .weight || layer.kind != .convolution)
        }
    }

    /// - Parameter network: of `architecture`.
    func count(_ architecture: Architecture, _ network: Network) -> Int {
        let fed = feeding(architecture)
        let trunk = network.parameters.count { !$0.isInHead }
        return max(0, trunk - fed) + max(0, counting - min(fed, network.parameters.count))
    }

    /// How many tensors may feed something.
    private func feeding(_ architecture: Architecture) -> Int {
        let known = architecture.nodes(namedBy: framework)
        func sum(_ isFeeding: (LookedUpNames.Name) -> Bool) -> Int {
            zip(names.layers, counts).reduce(0) { $0 + (isFeeding($1.0) ? $1.1 : 0) }
        }
        return switch names.naming {
        case .blockPositions: names.blocks.reduce(0) { $0 + counts[$1.layer] }
        case .torch: sum { TorchHead.parts.contains($0.part) || known[$0.text] != nil }
        case .keras: sum { known[$0.text] != nil }
        case .own, .kerasPositions, .described: sum { _ in true }
        }
    }
}
