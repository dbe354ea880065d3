import Archives
import Networks

/// How well a file fits a network: which tensor feeds which parameter, and what is left over on either side.
struct Fit {
    let architecture: Architecture
    let options: Architecture.Options
    let network: Network
    /// The tensor for each parameter found, by the parameter's name.
    private(set) var sources: [String: TensorEntry] = [:]
    /// Tensors of another shape than their parameter's.
    private(set) var misshapen: [(parameter: ParameterDescription, tensor: TensorEntry)] = []
    /// Two tensors for one parameter.
    private(set) var repeated: [(parameter: String, first: TensorEntry, second: TensorEntry)] = []
    /// Tensors of layers that the network ought to have and has not.
    private(set) var surplus: [TensorEntry] = []
    /// Tensors that mean nothing to this network.
    private(set) var unused: [TensorEntry] = []

    init(
        _ file: WeightFile, to architecture: Architecture, _ options: Architecture.Options, naming: LayerNaming,
        nameMap: NameMap
    ) {
        self.architecture = architecture
        self.options = options
        network = architecture.network(options)
        let parameters = Dictionary(uniqueKeysWithValues: network.parameters.map { ($0.name, $0) })
        let norms = Set(network.nodes.filter(\.isBatchNorm).map(\.name))
        let nodes = naming.nodes(of: file, in: network, nameMap)

        for (index, layer) in file.layers.enumerated() {
            for tensor in layer.tensors {
                if let name = nameMap.parameter(for: tensor.entry), let parameter = parameters[name] {
                    add(tensor.entry, to: parameter, file.layout.axes)
                } else if let node = nodes[index] {
                    let role = norms.contains(node) ? tensor.role.ofBatchNorm : tensor.role
                    if let parameter = parameters["\(node).\(role.rawValue)"] {
                        add(tensor.entry, to: parameter, file.layout.axes)
                    } else {
                        leave(tensor.entry, for: node)
                    }
                } else {
                    unused.append(tensor.entry)
                }
            }
        }
        for tensor in file.strays {
            if let name = nameMap.parameter(for: tensor), let parameter = parameters[name] {
                add(tensor, to: parameter, file.layout.axes)
            } else {
                unused.append(tensor)
            }
        }
    }

    private mutating func add(_ tensor: TensorEntry, to parameter: ParameterDescription, _ axes: AxisOrder) {
        if let first = sources[parameter.name] {
            repeated.append((parameter.name, first, tensor))
            return
        }
        sources[parameter.name] = tensor
        if !axes.accepts(tensor.shape, for: parameter) { misshapen.append((parameter, tensor)) }
    }

    /// A classifier that the network does not have is left out in silence; a layer of the trunk is not.
    private mutating func leave(_ tensor: TensorEntry, for node: String) {
        if node.hasPrefix("fc.") || node.hasPrefix("head.") { unused.append(tensor) } else { surplus.append(tensor) }
    }

    /// The parameters that no tensor feeds.
    var missing: [ParameterDescription] { network.parameters.filter { sources[$0.name] == nil } }

    /// Leaves the file's classifier aside: the head will be new.
    mutating func dropHead() {
        for parameter in network.parameters where parameter.stage == "head" { sources[parameter.name] = nil }
        misshapen.removeAll { $0.parameter.stage == "head" }
    }

    /// Parameters of the trunk that are fed with tensors of their shape.
    var fittingTrunkParameters: Int {
        network.parameters.count { $0.stage != "head" && sources[$0.name] != nil }
            - misshapen.count { $0.parameter.stage != "head" }
    }

    /// What does not fit, smaller is better; the head does not count.
    var faults: Int {
        network.parameters.count { $0.stage != "head" && sources[$0.name] == nil }
            + misshapen.count { $0.parameter.stage != "head" } + surplus.count + unused.count + repeated.count
    }
}

extension Node {
    fileprivate var isBatchNorm: Bool {
        if case .batchNorm = operation { return true }
        return false
    }
}

extension ParameterDescription.Role {
    /// What PyTorch calls weight and bias of a batch norm.
    fileprivate var ofBatchNorm: Self {
        switch self {
        case .weight: .scale
        case .bias: .shift
        default: self
        }
    }
}
