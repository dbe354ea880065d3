extension Network {
    /// The stages before the head that hold convolutions, from input to output: those whose output is a feature map.
    package var featureMapStages: [String] {
        stages.filter { stage in
            stage.name != Self.headStage && nodes[stage.nodes].contains(where: \.operation.isConvolution)
        }
        .map(\.name)
    }

    /// Everything that `featureMap(named:)` knows: stages, and the blocks and convolutions in them.
    package var featureMapNames: [String] {
        var names: [String] = []
        for node in nodes where featureMapStages.contains(node.stage) {
            let parts = node.name.split(separator: ".")
            for count in 1..<parts.count { names.append(parts.prefix(count).joined(separator: ".")) }
            if node.operation.isConvolution { names.append(node.name) }
        }
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }

    /// The node that yields the feature map of a stage, a block or a layer: `layer4`, `layer4.block2`, `block5.conv3`.
    ///
    /// A stage that ends in a max pool has its feature map before it. Nil where nothing of that name yields one.
    package func featureMap(named name: String) -> Int? {
        let stages = featureMapStages
        return nodes.lastIndex { node in
            if node.operation.isPool { return false }
            return stages.contains(node.stage) && (node.name == name || node.name.hasPrefix("\(name)."))
        }
    }
}

extension Operation {
    /// Whether it is a convolution, transposed or not.
    package var isConvolution: Bool {
        switch self {
        case .convolution, .transposedConvolution: true
        default: false
        }
    }

    /// Whether it is a pool with a moving window.
    fileprivate var isPool: Bool {
        switch self {
        case .maxPool, .averagePool: true
        default: false
        }
    }
}
