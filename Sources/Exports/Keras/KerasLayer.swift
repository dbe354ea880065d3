import Networks
import Pretrained

/// A layer of Keras with the parameters of a node.
struct KerasLayer {
    let name: String
    let node: Node

    /// Those of a model's network, in the order of `model.layers`.
    /// - Throws: `ExportError` where Keras builds another network.
    static func layers(of model: Model) throws -> [KerasLayer] {
        _ = try Library.keras.requireName(of: model)
        try checkGrid(of: model)
        return inOrder(model.network.nodes.filter { !$0.parameters.isEmpty }).map {
            KerasLayer(name: name(of: $0, model), node: $0)
        }
    }

    /// What Keras' applications call it, or its own name where they have none such.
    static func name(of node: Node, _ model: Model) -> String {
        let index = model.network.nodes.firstIndex { $0.name == node.name } ?? 0
        let names = model.architecture.family.publication(for: .keras).layerNames(model.network, index)
        return names.first ?? KerasNames.ownName(of: node.name)
    }

    /// What Keras calls a parameter.
    func word(for parameter: ParameterDescription) -> String {
        switch parameter.role {
        case .weight: node.isDepthwise ? "depthwise_kernel" : "kernel"
        case .bias: "bias"
        case .scale: "gamma"
        case .shift: "beta"
        case .mean: "moving_mean"
        case .variance: "moving_variance"
        }
    }

    /// Keras has no pool to a grid: the large linear layers of its VGG read the map as it is.
    private static func checkGrid(of model: Model) throws {
        guard model.options.fullyConnected, let side = model.architecture.fullyConnected?.side else { return }
        let shape = try model.network.shapes(height: model.imageSize, width: model.imageSize)[model.network.trunkEnd]
        guard (shape.height, shape.width) != (side, side) else { return }
        throw ExportError(
            """
            Keras' \(model.architecture.rawValue) with its fully connected layers takes no images of \(model.imageSize)×\
            \(model.imageSize): they yield a map of \(shape), not of \(side)×\(side); export to onnx, safetensors or torch
            """)
    }

    /// `model.layers` is sorted by depth: of the layers of one kind that end a block and its shortcut, the shortcut's is
    /// the first. Our builder describes the shortcut before all else in the block.
    private static func inOrder(_ nodes: [Node]) -> [Node] {
        var waiting: [Node] = []
        var ordered: [Node] = []
        for node in nodes.reversed() {
            if node.name.contains(".shortcut.") { waiting.append(node) } else { ordered.append(node) }
        }
        for node in waiting {
            let block = node.name.split(separator: ".").prefix(2).joined(separator: ".")
            let last = ordered.firstIndex { $0.name.hasPrefix("\(block).") && $0.isOfKind(of: node) }
            ordered.insert(node, at: (last ?? -1) + 1)
        }
        return ordered.reversed()
    }
}

extension Node {
    fileprivate var isDepthwise: Bool {
        if case .convolution(let convolution) = operation { convolution.isDepthwise } else { false }
    }

    /// Whether both are convolutions, or both norms.
    fileprivate func isOfKind(of other: Node) -> Bool {
        operation.isConvolution == other.operation.isConvolution
    }
}
