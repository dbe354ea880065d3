import Networks

/// Names the layers of a Keras file by their position, where their own names are automatic (`conv2d_53`) or absent.
///
/// The order is that of `model.layers`: by depth in the graph. In a block that has a shortcut, the shortcut's convolution
/// stands before the last one of the main branch, and so do their batch norms.
enum KerasPositions {
    /// Layers that Keras counts together.
    private enum Kind: CaseIterable {
        case convolution, depthwise, norm, linear

        func holds(_ layer: SourceLayer) -> Bool {
            switch self {
            case .convolution: layer.kind == .convolution && !layer.isDepthwise
            case .depthwise: layer.isDepthwise
            case .norm: layer.kind == .norm
            case .linear: layer.kind == .linear
            }
        }

        func holds(_ operation: Operation) -> Bool {
            switch (self, operation) {
            case (.convolution, .convolution(let convolution)): !convolution.isDepthwise
            case (.depthwise, .convolution(let convolution)): convolution.isDepthwise
            case (.norm, .batchNorm), (.linear, .linear): true
            default: false
            }
        }
    }

    /// The nodes by index of layer; layers that the network has no place for are absent.
    static func nodes(of layers: [SourceLayer], in network: Network) -> [Int: String] {
        guard let container = trunk(of: layers) else { return [:] }
        let indices = layers.indices.filter { layers[$0].container == container }
        var result: [Int: String] = [:]
        for kind in Kind.allCases {
            // A classifier may stand behind a nested trunk, in a container around it.
            let places =
                kind == .linear
                ? layers.indices.filter { kind.holds(layers[$0]) && container.hasPrefix(layers[$0].container) }
                : indices.filter { kind.holds(layers[$0]) }
            let nodes = names(of: kind, in: network)
            // One classifier alone is the head, whatever stands before it.
            if kind == .linear, places.count == 1, let place = places.first {
                result[place] = network.classifier.name
                continue
            }
            // Which of several classifiers' layers is which cannot be known.
            if kind == .linear, places.count != nodes.count { continue }
            // More layers than nodes: not this network. The rest is named so that it counts against it.
            for (position, place) in places.enumerated() {
                result[place] = position < nodes.count ? nodes[position] : "position\(position + 1)"
            }
        }
        return result
    }

    /// The container with the most convolutions.
    private static func trunk(of layers: [SourceLayer]) -> String? {
        var counts: [String: Int] = [:]
        for layer in layers where layer.kind == .convolution { counts[layer.container, default: 0] += 1 }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }

    /// The network's nodes of a kind in Keras' order.
    private static func names(of kind: Kind, in network: Network) -> [String] {
        let nodes = network.nodes.filter { kind.holds($0.operation) }
        // Our builder describes a block's shortcut first.
        var names: [String] = []
        var shortcut: String?
        for (index, node) in nodes.enumerated() {
            if node.name.contains(".shortcut.") {
                shortcut = node.name
                continue
            }
            let endsBlock = index + 1 == nodes.count || block(of: nodes[index + 1].name) != block(of: node.name)
            if endsBlock, let waiting = shortcut {
                names.append(waiting)
                shortcut = nil
            }
            names.append(node.name)
        }
        return names
    }

    private static func block(of name: String) -> Substring {
        name.split(separator: ".").prefix(2).joined(separator: ".")[...]
    }
}

extension SourceLayer {
    /// Whether its kernel, H×W×I×O, is that of a depthwise convolution, whose outputs Keras calls inputs.
    fileprivate var isDepthwise: Bool {
        guard let shape = tensors.first(where: { $0.role == .weight })?.entry.shape, shape.count == 4 else {
            return false
        }
        return shape[2] > 1 && shape[3] == 1
    }
}
