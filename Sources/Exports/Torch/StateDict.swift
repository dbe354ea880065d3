import Networks
import Pretrained
import Tensors

/// Whose names a state dict has.
package enum TensorNames: String, CaseIterable, Sendable {
    case torchvision, timm
}

/// A network's tensors as PyTorch's state dicts have them, in the order of the layers.
struct StateDict {
    struct Entry {
        let name: String
        let shape: [Int]
        /// Nil for `num_batches_tracked`, a whole number of 64 bits, which is 0: nobody counted.
        let parameter: ParameterDescription?

        var byteCount: Int { parameter == nil ? 8 : 4 * shape.product }
    }

    let entries: [Entry]
    private let parameters: ParameterStore
    private let positions: [String: Int]

    /// - Throws: `ExportError` where the library whose names are wanted builds another network.
    init(_ export: Export) throws {
        switch export.names {
        case .timm: _ = try Library.timm.requireName(of: export.model)
        case .torchvision where Library.torchvision.name(of: export.model.architecture) != nil:
            _ = try Library.torchvision.requireName(of: export.model)
        // The CIFAR ResNets are nobody's, but their names are agreed on.
        case .torchvision: break
        }
        try self.init(export.model, export.names)
    }

    /// The same without looking whether anybody builds this network.
    init(_ model: Model, _ names: TensorNames) throws {
        let network = model.network
        let modules = try Self.modules(of: model, names)
        positions = try network.linearInputPositions(height: model.imageSize, width: model.imageSize)
        parameters = model.parameters
        entries = network.nodes.enumerated().flatMap { index, node -> [Entry] in
            let own = node.parameters.map { parameter in
                Entry(
                    name: "\(modules[index]).\(Self.suffix(of: parameter.role))",
                    shape: Self.shape(of: parameter, model, names), parameter: parameter)
            }
            guard case .batchNorm = node.operation else { return own }
            return own + [Entry(name: "\(modules[index]).num_batches_tracked", shape: [], parameter: nil)]
        }
    }

    /// The numbers of an entry that has a parameter.
    func values(of parameter: ParameterDescription) -> [Float] {
        let node = parameter.name.dropLast(parameter.role.rawValue.count + 1)
        return AxisOrder.torch.stored(parameter, of: parameters, positions: positions[String(node)] ?? 1).values
    }

    /// The name of the module of each node; empty for one without parameters.
    private static func modules(of model: Model, _ names: TensorNames) throws -> [String] {
        let head = names == .timm ? try HeadModules(timm: model) : HeadModules(torchvision: model)
        let known = model.architecture.family.publication(for: .torch).layerNames
        return model.network.nodes.enumerated().map { index, node in
            guard !node.parameters.isEmpty else { return "" }
            if let module = head.modules[node.name] { return module }
            let all = known(model.network, index)
            // timm's MobileNetV2 has names of its own, of which these are all and no others.
            let ofTimm = all.first { $0.hasPrefix("blocks.") || timmNames.contains($0) }
            return (names == .timm && model.architecture == .mobileNetV2 ? ofTimm : nil) ?? all.first ?? node.name
        }
    }

    private static let timmNames: Set<String> = ["conv_stem", "bn1", "conv_head", "bn2"]

    private static func suffix(of role: ParameterDescription.Role) -> String {
        switch role {
        case .weight, .scale: "weight"
        case .bias, .shift: "bias"
        case .mean: "running_mean"
        case .variance: "running_var"
        }
    }

    /// timm's VGG has its large linear layers as convolutions, of 7×7 positions and of one.
    private static func shape(of parameter: ParameterDescription, _ model: Model, _ names: TensorNames) -> [Int] {
        let shape = AxisOrder.torch.storedShape(of: parameter)
        guard names == .timm, FullyConnectedLayers.contain(parameter.name), shape.count == 2 else { return shape }
        let isFirst = parameter.name.hasPrefix("fc.linear1.")
        let side = isFirst ? model.architecture.fullyConnected?.side ?? 1 : 1
        return [shape[0], shape[1] / (side * side), side, side]
    }
}
