import Archives
import Images
import Networks

/// Turns a whole Keras model that describes itself into a model of ours.
struct KerasImport {
    let file: WeightFile
    let keras: KerasModel
    let options: ImportOptions
    let nameMap: NameMap

    /// The network and what feeds it; its head is the file's where that is wanted and can be expressed.
    func fit() -> Fit {
        var choice = Architecture.Options(
            classCount: options.classCount ?? keras.head?.classCount ?? 1000, form: keras.form,
            fullyConnected: hasFullyConnectedLayers, dropout: options.dropout, batchNormEpsilon: batchNormEpsilon)
        if !choice.fullyConnected, let head = keras.head, takesHead || head.linears.isEmpty {
            choice.head = head.description
        }
        var fit = Fit(
            file, to: keras.architecture, choice, keras.architecture.network(choice),
            named: LookedUpNames(file, .described(keras.nodes), nameMap), nameMap: nameMap)
        if let weights = headWeights {
            for (linear, node) in zip(keras.head?.linears ?? [], linearNodes) {
                let isWanted = takesHead || FullyConnectedLayers.contain(node)
                fit.derive(isWanted ? ["\(node).weight", "\(node).bias"] : [], from: weights.tensors(of: linear))
            }
        }
        fit.derive([], from: keras.preprocessingTensors)
        return fit
    }

    /// Where the head's numbers come from.
    var headOrigin: HeadOrigin {
        if let problem = keras.headProblem { return .inexpressible(problem) }
        guard let classCount = keras.head?.classCount else { return .absent(candidates: []) }
        return options.classCount ?? classCount == classCount ? .file : .otherClasses(classCount)
    }

    private var takesHead: Bool { !headOrigin.isNew }

    /// Makes sure that what is not simply copied can be computed, before the network is given memory.
    /// - Throws: `WeightError` where weights of the head are missing or misshapen.
    func checkDerived(_ fit: Fit) throws {
        try headWeights?.check(for: fit.network, nodes: derivedNodes(fit))
    }

    /// Fills what is not simply copied.
    /// - Throws: `WeightError` where a tensor of the head is missing, misshapen or holds no numbers.
    func fillDerived(_ fit: Fit, _ store: ParameterStore) throws {
        try headWeights?.fill(store, nodes: derivedNodes(fit))
        guard options.batchNormEpsilon == nil else { return }
        for node in fit.network.nodes {
            guard let epsilon = node.batchNormEpsilon, let trained = keras.epsilons[node.name] else { continue }
            let variance = store["\(node.name).variance"]
            for i in variance.indices { variance[i] = Float(Double(variance[i]) + trained - epsilon) }
        }
    }

    /// The least of the file's epsilons: what others are more goes into their variances. Nil where it is the published one.
    private var batchNormEpsilon: Double? {
        guard options.batchNormEpsilon == nil else { return options.batchNormEpsilon }
        let least = keras.epsilons.values.min()
        let published = keras.architecture.network(.init(form: keras.form)).nodes.lazy.compactMap(\.batchNormEpsilon)
            .first
        return least == published ? nil : least
    }

    /// Whether the head has the large linear layers that the network was published with.
    private var hasFullyConnectedLayers: Bool {
        guard let layers = keras.architecture.fullyConnected else { return false }
        return options.fullyConnected ?? (keras.head?.description == layers.asHead)
    }

    /// The nodes that the file's linear layers feed, in order.
    private var linearNodes: [String] {
        guard let head = keras.head, !head.linears.isEmpty else { return [] }
        let network = keras.architecture.network(
            Architecture.Options(fullyConnected: hasFullyConnectedLayers, head: head.description))
        return network.nodes.filter { if case .linear = $0.operation { true } else { false } }.map(\.name)
    }

    private func derivedNodes(_ fit: Fit) -> [String] { linearNodes.filter { fit.derived["\($0).weight"] != nil } }

    private var headWeights: KerasHeadWeights? {
        keras.head.map { KerasHeadWeights(file: file, head: $0, sources: keras.sources) }
    }
}
