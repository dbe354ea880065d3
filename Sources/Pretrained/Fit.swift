import Archives
import Files
import Networks

/// How well a file fits a network: which tensor feeds which parameter, and what is left over on either side.
struct Fit {
    let architecture: Architecture
    let options: Architecture.Options
    let network: Network
    /// The tensor for each parameter found, by the parameter's name.
    private(set) var sources: [String: TensorEntry] = [:]
    /// The tensors that parameters are computed from, not copied, by the parameter's name.
    private(set) var derived: [String: [TensorEntry]] = [:]
    /// Tensors of another shape than their parameter's.
    private(set) var misshapen: [(parameter: ParameterDescription, tensor: TensorEntry)] = []
    /// Tensors whose elements are no floating-point numbers.
    private(set) var discrete: [(parameter: ParameterDescription, tensor: TensorEntry)] = []
    /// Two tensors for one parameter.
    private(set) var repeated: [(parameter: ParameterDescription, first: TensorEntry, second: TensorEntry)] = []
    /// Tensors within the network's trunk that no parameter takes.
    private(set) var surplus: [TensorEntry] = []
    /// Tensors of the layer that feeds the head that no parameter takes.
    private(set) var headSurplus: [TensorEntry] = []
    /// Tensors of other layers of the file's classifier: the head cannot be what the file holds.
    private(set) var otherClassifier: [TensorEntry] = []
    /// Tensors that mean nothing to this network.
    private(set) var unused: [TensorEntry] = []
    /// Tensors that are known to be no weights of the network.
    private(set) var baggage: [Baggage: [TensorEntry]] = [:]

    init(
        _ file: WeightFile, to architecture: Architecture, _ options: Architecture.Options, _ network: Network,
        named names: LookedUpNames, nameMap: NameMap
    ) {
        self.architecture = architecture
        self.options = options
        self.network = network
        let parameters = Dictionary(uniqueKeysWithValues: network.parameters.map { ($0.name, $0) })
        let norms = Set(network.nodes.filter { $0.batchNormEpsilon != nil }.map(\.name))
        let nodes = names.naming.nodes(of: file, names, in: architecture, network)
        let regions = FileRegions(names, nodes: nodes, network: network)
        for tensor in file.ignored { baggage[file.baggage(tensor) ?? .trainingState, default: []].append(tensor) }

        for (index, layer) in file.layers.enumerated() {
            for tensor in layer.tensors where !setAside(tensor.entry, of: layer, nameMap) {
                let named = nameMap.parameter(for: tensor.entry).flatMap { parameters[$0] }
                let parameter = nodes[index].flatMap { node in
                    let role = norms.contains(node) ? tensor.role.ofBatchNorm : tensor.role
                    return parameters["\(node).\(role.rawValue)"]
                }
                if let parameter = named ?? parameter {
                    add(tensor.entry, to: parameter, file.layout.axes)
                } else {
                    leave(tensor.entry, file, in: regions.region(ofLayer: index))
                }
            }
        }
        for (index, tensor) in file.strays.enumerated() where !setAside(tensor, of: nil, nameMap) {
            if let name = nameMap.parameter(for: tensor), let parameter = parameters[name] {
                add(tensor, to: parameter, file.layout.axes)
            } else {
                leave(tensor, file, in: regions.region(ofStray: index))
            }
        }
        if file.layout.axes == .keras { takeUnusedForClassifier() } else { takeBridgesForClassifier(file) }
    }

    private mutating func setAside(_ tensor: TensorEntry, of layer: SourceLayer?, _ nameMap: NameMap) -> Bool {
        guard nameMap.setsAside(tensor, of: layer) else { return false }
        baggage[.unwanted, default: []].append(tensor)
        return true
    }

    private mutating func add(_ tensor: TensorEntry, to parameter: ParameterDescription, _ axes: AxisOrder) {
        if let first = sources[parameter.name] {
            repeated.append((parameter, first, tensor))
            return
        }
        sources[parameter.name] = tensor
        if !axes.accepts(tensor.shape, for: parameter) {
            misshapen.append((parameter, tensor))
        } else if !tensor.elementType.isFloatingPoint {
            discrete.append((parameter, tensor))
        }
    }

    private mutating func leave(_ tensor: TensorEntry, _ file: WeightFile, in region: FileRegions.Region) {
        let kind = file.baggage(tensor)
        switch region {
        case .trunk where kind == .counters, .headLayer where kind == .counters:
            baggage[.counters, default: []].append(tensor)
        case .trunk: surplus.append(tensor)
        case .headLayer: headSurplus.append(tensor)
        case .classifier: otherClassifier.append(tensor)
        case .elsewhere:
            if let kind {
                baggage[kind, default: []].append(tensor)
            } else {
                unused.append(tensor)
            }
        }
    }

    // MARK: The classifier

    /// In a Keras model every layer lies on the way from images to classes: one that is not taken leaves the classifier
    /// without its features.
    private mutating func takeUnusedForClassifier() {
        guard classifierSource(.weight) != nil else { return }
        otherClassifier += unused
        unused = []
    }

    /// A layer that keeps the number of features, a square linear one or a norm, may lie between trunk and classifier.
    private mutating func takeBridgesForClassifier(_ file: WeightFile) {
        guard classifierSource(.weight) != nil, let width = classifierWidth else { return }
        let bridges = Set(file.layers.filter { $0.keepsWidth(width) }.flatMap { $0.tensors.map(\.entry) })
        otherClassifier += unused.filter(bridges.contains)
        unused.removeAll(where: bridges.contains)
    }

    /// What the file's last layer is compared with where that is a projection of momentum contrast, no classifier: a queue
    /// whose entries are as long as its outputs are many. Nil where it may be a classifier.
    func queue(ofOutputs counts: [Int]) -> TensorEntry? {
        baggage[.queues]?.first { queue in
            queue.shape.count == 2 && counts.contains { queue.shape.contains($0) }
        }
    }

    /// Why the head's answers are not the model's where the file holds numbers that nobody here knows: a pooling with an
    /// exponent, a mean taken from the pixels, one more convolution. Nil where it does not.
    var leftoverDoubt: String? {
        let numbers = unused.filter(\.elementType.isFloatingPoint)
        guard !numbers.isEmpty else { return nil }
        return """
            it holds \(numbers.map(\.described).listed(most: 6)) besides, of which nothing tells what it does to the \
            answers; --name-map NAME=\(NameMap.unused) sets aside what does nothing to them
            """
    }

    /// Weights among what means nothing that could be a classifier, those that take the trunk's features first.
    /// - Parameter axes: of the file.
    func classifierCandidates(_ axes: AxisOrder) -> [TensorEntry] {
        let matrices = unused.filter { $0.shape.count == 2 && $0.elementType.isFloatingPoint }
        let fitting = matrices.filter { (axes == .keras ? $0.shape.first : $0.shape.last) == classifierWidth }
        return fitting.isEmpty ? matrices : fitting
    }

    /// The tensors that feed the head, in the network's order.
    var headSources: [TensorEntry] { network.parameters.filter { $0.isInHead }.compactMap { sources[$0.name] } }

    /// How many classes the file's classifier tells apart, by its biases and by its weights: two numbers where it is
    /// damaged.
    func classCounts(in axes: AxisOrder) -> [Int] {
        let weights = classifierSource(.weight)?.shape
        return [classifierSource(.bias)?.shape.first, axes == .keras ? weights?.last : weights?.first]
            .compactMap(\.self).filter { $0 > 0 }
    }

    /// The tensor that feeds a parameter of the layer that yields the logits.
    func classifierSource(_ role: ParameterDescription.Role) -> TensorEntry? {
        network.classifier.parameter(role).flatMap { sources[$0.name] }
    }

    /// How many numbers the layer that yields the logits reads.
    private var classifierWidth: Int? { network.classifier.parameter(.weight)?.shape.last }

    /// Whether a layer has the name of the published classifier for ImageNet.
    func isPublishedClassifier(_ layer: String, in framework: Architecture.Framework) -> Bool {
        architecture.nodes(namedBy: framework)[layer].map(Network.isInHead) ?? false
    }

    /// Takes tensors for what is computed from them: parameters, or where there are none something else.
    mutating func derive(_ parameters: [String], from tensors: [TensorEntry]) {
        for parameter in parameters {
            sources[parameter] = nil
            derived[parameter] = tensors
        }
        misshapen.removeAll { parameters.contains($0.parameter.name) }
        let names = Set(tensors.map(\.name))
        func isTaken(_ tensor: TensorEntry) -> Bool { names.contains(tensor.name) }
        unused.removeAll(where: isTaken)
        headSurplus.removeAll(where: isTaken)
        otherClassifier.removeAll(where: isTaken)
    }

    /// The tensors that feed something, whether copied or not.
    var loadedTensors: Set<TensorEntry> { Set(sources.values).union(derived.values.joined()) }

    /// The parameters that no tensor feeds.
    var missing: [ParameterDescription] {
        network.parameters.filter { sources[$0.name] == nil && derived[$0.name] == nil }
    }

    /// Leaves the file's classifier aside: the head will be new.
    mutating func dropHead() {
        unused += headSurplus + otherClassifier
        (headSurplus, otherClassifier) = ([], [])
        for parameter in network.parameters where parameter.isInHead { sources[parameter.name] = nil }
        misshapen.removeAll { $0.parameter.isInHead }
        discrete.removeAll { $0.parameter.isInHead }
        repeated.removeAll { $0.parameter.isInHead }
    }

    // MARK: How well it fits

    /// Parameters of the trunk that are fed with tensors of their shape.
    var fittingTrunkParameters: Int {
        network.parameters.count { !$0.isInHead && sources[$0.name] != nil }
            - misshapen.count { !$0.parameter.isInHead }
    }

    /// What does not fit, smaller is better; of the head only a layer of another kind counts, which tells heads apart.
    var faults: Int {
        network.parameters.count { !$0.isInHead && sources[$0.name] == nil }
            + misshapen.count { !$0.parameter.isInHead || $0.parameter.shape.count != $0.tensor.shape.count }
            + surplus.count + otherClassifier.count + unused.count
            + repeated.count
    }
}

extension SourceLayer {
    /// Whether what it yields has as many values as what it takes, `width`.
    fileprivate func keepsWidth(_ width: Int) -> Bool {
        guard let shape = tensors.first(where: { $0.role == .weight })?.entry.shape else { return false }
        return shape == [width, width] || shape == [width]
    }
}

extension TensorEntry.ElementType {
    fileprivate var isFloatingPoint: Bool {
        switch self {
        case .float16, .bfloat16, .float32, .float64: true
        case .integer, .other: false
        }
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
