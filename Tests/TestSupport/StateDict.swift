import Archives
import Networks
import Tensors

/// A state dict as PyTorch has it, for tests to spoil: torchvision's keys, those of the usual CIFAR ResNets, and a VGG
/// without its fully connected layers whose classifier is called `classifier`.
package struct StateDict {
    package var tensors: [String: Tensor] = [:]

    /// The keys and axis order of PyTorch, the numbers of the formula under our names; of networks whose linear layers
    /// take pooled features.
    package init(_ architecture: Architecture = .resNet20, classCount: Int = 10, form: Architecture.Form = .revised) {
        let network = architecture.network(.init(classCount: classCount, form: form))
        let store = ParameterStore(network)
        FormulaWeights.fill(store)
        for parameter in network.parameters {
            guard let tensor = store.tensor(parameter.name) else { continue }
            tensors[Self.key(of: parameter, in: network)] =
                tensor.shape.count == 4 ? tensor.transposed([0, 3, 1, 2]) : tensor
        }
    }

    /// What PyTorch calls a parameter: `layer1.block2.norm1.scale` is `layer1.1.bn1.weight`.
    package static func key(of parameter: ParameterDescription, in network: Network) -> String {
        let roles: [ParameterDescription.Role: String] = [
            .scale: "weight", .shift: "bias", .mean: "running_mean", .variance: "running_var",
        ]
        let node = parameter.name.split(separator: ".").dropLast().joined(separator: ".")
        return "\(module(node, in: network)).\(roles[parameter.role] ?? parameter.role.rawValue)"
    }

    private static func module(_ node: String, in network: Network) -> String {
        let isVGG = network.name.hasPrefix("vgg")
        let isLarge = network.stage(named: "fc") != nil
        let fixed = [
            "stem.conv": "conv1", "stem.norm": "bn1", "fc.linear1": "classifier.0", "fc.linear2": "classifier.3",
            "head.linear": isLarge
                ? "classifier.6" : isVGG ? "classifier" : network.stage(named: "layer4") == nil ? "linear" : "fc",
        ]
        if !isVGG, !network.name.hasPrefix("resnet") { return publishedModule(node, in: network) }
        if let module = fixed[node] { return module }
        if isVGG { return "features.\((network.nodes.firstIndex { $0.name == node } ?? 0) - 1)" }
        var parts = node.split(separator: ".").map(String.init)
        parts[1] = String((Int(parts[1].dropFirst("block".count)) ?? 0) - 1)
        if parts[2] == "shortcut" { return "\(parts[0]).\(parts[1]).downsample.\(parts[3] == "conv" ? 0 : 1)" }
        return "\(parts[0]).\(parts[1]).\(parts[2].replacing("norm", with: "bn"))"
    }

    /// What torchvision calls it, as far as the catalogue is right: files of torchvision's own test that.
    private static func publishedModule(_ node: String, in network: Network) -> String {
        let names = Architecture(rawValue: network.name)?.nodes(namedBy: .torch) ?? [:]
        return names.filter { $0.value == node && (node != "head.linear" || network.stage(named: "fc") != nil) }
            .keys.min { ($0.hasPrefix("features") ? 0 : 1, $0) < ($1.hasPrefix("features") ? 0 : 1, $1) }
            ?? "classifier"
    }

    package mutating func rename(_ rename: (String) -> String) {
        tensors = Dictionary(uniqueKeysWithValues: tensors.map { (rename($0.key), $0.value) })
    }

    package func write(to path: String) throws {
        let writer = try HDF5Writer(path: path)
        for (key, tensor) in tensors.sorted(by: { $0.key < $1.key }) { try writer.write(key, tensor) }
        try writer.close()
    }
}
