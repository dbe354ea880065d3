import Networks

/// One unit of work after fusing: an operation together with the batch norm, the residual sum and the activation that
/// follow it.
struct Layer {
    /// The name of the node it begins with.
    let name: String
    let stage: String
    let operation: Operation
    /// The names of its parameters by role; those of a fused batch norm included.
    var parameters: [ParameterDescription.Role: String]
    /// The epsilon of its batch norm, if there is one.
    var epsilon: Double?
    /// The activation that its output passes; one that limits values to a range, and does nothing else.
    var activation: Activation?
    /// The values that its operation reads. Value 0 is the network's input, value `i + 1` the output of layer `i`.
    var inputs: [Int]
    /// The value added before the activation: the shortcut of a residual block.
    var residual: Int?
    let inputShapes: [FeatureShape]
    let outputShape: FeatureShape

    /// The name of a parameter that the layer's operation always has.
    func parameter(_ role: ParameterDescription.Role) -> String {
        guard let name = parameters[role] else { preconditionFailure("\(name) has no \(role)") }
        return name
    }

    /// The value that its operation works on, of one that takes a single one.
    var input: Int { inputs[0] }
    /// The shape of that value.
    var inputShape: FeatureShape { inputShapes[0] }
    /// Every value it reads.
    var reads: [Int] { inputs + (residual.map { [$0] } ?? []) }

    /// The precision of its output where convolutions yield `activations`.
    ///
    /// Rows of features are small, so pooling and linear layers yield f32, and what follows them stays in it: the head's own
    /// rounding need not add to that of the convolutions.
    func outputPrecision(of inputs: [Precision], activations: Precision) -> Precision {
        switch operation {
        case .globalPool, .linear: .f32
        case .input, .convolution, .transposedConvolution: activations
        default: inputs.allSatisfy { $0 == .f32 } ? .f32 : activations
        }
    }
}

/// A network as fused layers.
struct LayerGraph {
    var layers: [Layer]
    /// The value that holds the output of each node of the whole network.
    let values: [Int]
    /// Where the first layer stands in the whole network.
    var firstLayer = 0

    /// The precision of every value where convolutions yield `activations`.
    /// - Parameter input: that of value 0.
    func precisions(input: Precision, activations: Precision) -> [Precision] {
        var precisions = [input]
        for layer in layers {
            precisions.append(layer.outputPrecision(of: layer.inputs.map { precisions[$0] }, activations: activations))
        }
        return precisions
    }

    /// Whether any layer is computed by oneDNN in the precision of its activations.
    func usesLibrary(activations: Precision) -> Bool {
        let precisions = precisions(input: activations, activations: activations)
        return layers.contains { layer in
            switch layer.operation {
            case .convolution, .transposedConvolution: true
            case .linear: precisions[layer.input] == activations
            default: false
            }
        }
    }
}

extension Network {
    /// Fuses batch norm, residual sum and activation into the layer before them, where that can take them, and leaves out
    /// what changes nothing: flattening, and what only acts in training where `actsInTraining` is false.
    ///
    /// A residual sum goes with its first operand; the second is the shortcut.
    ///
    /// - Parameter tapped: nodes whose outputs are wanted. Where one of them is fused into a layer, another layer that ends
    ///   with it stands before that one and computes it once more.
    /// - Throws: `ImageSizeError`, `UnequalShapesError` or `FlattenedSizeError`.
    func fused(
        height: Int, width: Int, tapped: Set<Int> = [], actsInTraining: (Node) -> Bool
    ) throws -> LayerGraph {
        let shapes = try shapes(height: height, width: width)
        var values = [Int](repeating: 0, count: nodes.count)
        var layers: [Layer] = []
        for chain in chains(shapes, tapped: tapped) {
            let node = nodes[chain.first]
            if chain.first == chain.last, node.yieldsItsInput(actsInTraining: actsInTraining) {
                values[chain.first] = values[node.inputs[0]]
                continue
            }
            var layer = Layer(
                name: node.name, stage: node.stage, operation: node.operation,
                parameters: Dictionary(uniqueKeysWithValues: node.parameters.map { ($0.role, $0.name) }),
                activation: chain.activation, inputs: node.inputs.map { values[$0] },
                inputShapes: node.inputs.map { shapes[$0] }, outputShape: shapes[chain.last])
            if let norm = chain.norm, case .batchNorm(let batchNorm) = nodes[norm].operation {
                layer.epsilon = batchNorm.epsilon
                for parameter in nodes[norm].parameters { layer.parameters[parameter.role] = parameter.name }
            }
            if let sum = chain.sum { layer.residual = values[nodes[sum].inputs[1]] }
            layers.append(layer)
            values[chain.last] = layers.count
        }
        return LayerGraph(layers: layers, values: values)
    }

    /// The nodes that each layer is made of, in the order of their last ones.
    private func chains(_ shapes: [FeatureShape], tapped: Set<Int>) -> [Chain] {
        var consumers = [[Int]](repeating: [], count: nodes.count)
        for (index, node) in nodes.enumerated() { for input in node.inputs { consumers[input].append(index) } }

        var chains: [Chain] = []
        var absorbed = Set<Int>()
        for (index, node) in nodes.enumerated() where index > 0 && !absorbed.contains(index) {
            var chain = Chain(first: index, last: index)
            /// The node that alone reads the chain's output, and its operation.
            func next() -> (node: Int, operation: Operation)? {
                guard consumers[chain.last].count == 1, let node = consumers[chain.last].first else { return nil }
                return (node, nodes[node].operation)
            }
            /// Takes the next node in; if what comes before it is tapped, that becomes a layer too.
            func extend(to node: Int) {
                if tapped.contains(chain.last) { chains.append(chain) }
                chain.last = node
                absorbed.insert(node)
            }
            if case .batchNorm = node.operation { chain.norm = index }
            if node.operation.takesBatchNorm, let (node, operation) = next(), case .batchNorm = operation {
                extend(to: node)
                chain.norm = node
            }
            if node.operation.takesSum, let (node, operation) = next(), case .sum = operation,
                nodes[node].inputs.count == 2, nodes[node].inputs[0] == chain.last,
                nodes[node].inputs.allSatisfy({ shapes[$0] == shapes[node] })
            {
                extend(to: node)
                chain.sum = node
            }
            if let (node, operation) = next(), case .activation(let activation) = operation,
                nodes[index].operation.takes(activation)
            {
                extend(to: node)
                chain.activation = activation
            }
            chains.append(chain)
        }
        return chains.sorted { $0.last < $1.last }
    }
}

/// The nodes that become one layer.
private struct Chain {
    var first, last: Int
    var norm, sum: Int?
    var activation: Activation?
}

// What a layer that begins with an operation can take in.
extension Operation {
    fileprivate var takesBatchNorm: Bool {
        switch self {
        case .convolution: true
        default: false
        }
    }

    fileprivate var takesSum: Bool { takesBatchNorm }

    fileprivate func takes(_ activation: Activation) -> Bool {
        switch self {
        case .convolution, .batchNorm, .sum: activation.range != nil
        case .linear: activation == .relu
        default: false
        }
    }
}

extension Node {
    /// Whether its output is its input, number by number.
    fileprivate func yieldsItsInput(actsInTraining: (Node) -> Bool) -> Bool {
        if case .flatten = operation { return true }
        return operation.traits.onlyActsInTraining && !actsInTraining(self)
    }
}
