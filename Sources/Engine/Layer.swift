import Networks

/// One unit of work after fusing: an operation together with the batch norm, the residual sum and the ReLU that follow it.
struct Layer {
    /// The name of the node it begins with.
    let name: String
    let stage: String
    let operation: Operation
    /// The names of its parameters by role; those of a fused batch norm included.
    var parameters: [ParameterDescription.Role: String]
    /// The epsilon of the fused batch norm, if there is one.
    var epsilon: Double?
    /// Whether its output passes a ReLU.
    var hasReLU = false
    /// The value it works on. Value 0 is the network's input, value `i + 1` the output of layer `i`.
    var input: Int
    /// The value added before the ReLU: the shortcut of a residual block.
    var residual: Int?
    let inputShape: FeatureShape
    let outputShape: FeatureShape

    /// The name of a parameter that the layer's operation always has.
    func parameter(_ role: ParameterDescription.Role) -> String {
        guard let name = parameters[role] else { preconditionFailure("\(name) has no \(role)") }
        return name
    }

    /// Every value it reads.
    var inputs: [Int] { [input] + (residual.map { [$0] } ?? []) }
}

/// A network as fused layers.
struct LayerGraph {
    var layers: [Layer]
    /// The value that holds the output of each node of the whole network.
    let values: [Int]
    /// Where the first layer stands in the whole network.
    var firstLayer = 0
}

extension Network {
    /// Fuses batch norm, residual sum and ReLU into the convolution or linear layer before them, and leaves out what
    /// changes nothing: dropout for which `keepsDropout` is false, and flattening.
    ///
    /// A residual sum goes with its first operand; the second is the shortcut.
    ///
    /// - Parameter tapped: nodes whose outputs are wanted. Where one of them is fused into a layer, another layer that ends
    ///   with it stands before that one and computes it once more.
    func fused(
        height: Int, width: Int, tapped: Set<Int> = [], keepsDropout: (Node) -> Bool
    ) throws -> LayerGraph {
        let shapes = try shapes(height: height, width: width)
        var consumers = [[Int]](repeating: [], count: nodes.count)
        for (index, node) in nodes.enumerated() { for input in node.inputs { consumers[input].append(index) } }

        /// The only node that reads `node`, if there is just one.
        func successor(_ node: Int) -> Int? { consumers[node].count == 1 ? consumers[node][0] : nil }

        // The nodes that each layer is made of, keyed by its first.
        typealias Chain = (first: Int, last: Int, norm: Int?, sum: Int?, relu: Bool)
        var chains: [Chain] = []
        var absorbed = Set<Int>()
        for (index, node) in nodes.enumerated() where index > 0 && !absorbed.contains(index) {
            var chain: Chain = (first: index, last: index, norm: nil, sum: nil, relu: false)
            /// Takes the next node in; if what comes before it is tapped, that becomes a layer too.
            func extend(to next: Int) {
                if tapped.contains(chain.last) { chains.append(chain) }
                chain.last = next
                absorbed.insert(next)
            }
            switch node.operation {
            case .convolution, .linear:
                if let next = successor(chain.last), case .batchNorm = nodes[next].operation {
                    extend(to: next)
                    chain.norm = next
                }
                if let next = successor(chain.last), nodes[next].operation == .add, nodes[next].inputs[0] == chain.last
                {
                    extend(to: next)
                    chain.sum = next
                }
                if let next = successor(chain.last), nodes[next].operation == .relu {
                    extend(to: next)
                    chain.relu = true
                }
            case .batchNorm, .add, .relu:
                preconditionFailure("\(node.name) follows no convolution")
            case .input, .maxPool, .globalAveragePool, .globalMaxPool, .adaptiveAveragePool, .paddedShortcut, .flatten,
                .dropout:
                break
            }
            chains.append(chain)
        }
        chains.sort { $0.last < $1.last }

        var values = [Int](repeating: 0, count: nodes.count)
        var layers: [Layer] = []
        for chain in chains {
            let node = nodes[chain.first]
            if node.yieldsItsInput(keepsDropout: keepsDropout) {
                values[chain.first] = values[node.inputs[0]]
                continue
            }
            var layer = Layer(
                name: node.name, stage: node.stage, operation: node.operation,
                parameters: Dictionary(uniqueKeysWithValues: node.parameters.map { ($0.role, $0.name) }),
                hasReLU: chain.relu, input: values[node.inputs[0]], inputShape: shapes[node.inputs[0]],
                outputShape: shapes[chain.last])
            if let norm = chain.norm, case .batchNorm(let epsilon) = nodes[norm].operation {
                layer.epsilon = epsilon
                for parameter in nodes[norm].parameters { layer.parameters[parameter.role] = parameter.name }
            }
            if let sum = chain.sum { layer.residual = values[nodes[sum].inputs[1]] }
            layers.append(layer)
            values[chain.last] = layers.count
        }
        return LayerGraph(layers: layers, values: values)
    }
}

extension Node {
    /// Whether its output is its input, number by number.
    fileprivate func yieldsItsInput(keepsDropout: (Node) -> Bool) -> Bool {
        switch operation {
        case .dropout: !keepsDropout(self)
        case .flatten: true
        default: false
        }
    }
}
