/// Puts a network together layer by layer, in the order of its paper.
///
/// Each method appends one node and returns it as a `FeatureMap`, which knows its channels. Names are given relative to
/// the current stage. What cannot be is told by `network()`.
package struct NetworkBuilder {
    /// The output of a node.
    package struct FeatureMap {
        fileprivate let node: Int
        package let channels: Int
    }

    private let name: String
    private let batchNormEpsilon: Double?
    private let side: Int?
    private var nodes: [Node]
    /// Of the last one.
    private var channels: Int
    private var stages: [Network.Stage] = []
    /// The first thing that cannot be.
    private var problem: NetworkError?

    /// - Parameters:
    ///   - channels: of the input images.
    ///   - side: of square images that the network is to take; nil where it is not known yet.
    ///   - batchNormEpsilon: the epsilon of every batch norm; nil for the one that each is built with.
    package init(name: String, channels: Int = 3, side: Int? = nil, batchNormEpsilon: Double? = nil) {
        self.name = name
        self.side = side
        self.batchNormEpsilon = batchNormEpsilon
        nodes = [
            Node(name: "input", operation: .input(Input(channels: channels)), inputs: [], stage: "", parameters: [])
        ]
        input = FeatureMap(node: 0, channels: channels)
        self.channels = channels
    }

    /// The input images.
    package let input: FeatureMap

    /// Begins a stage: nodes appended from here on belong to it.
    package mutating func beginStage(_ name: String) {
        stages.append(Network.Stage(name: name, nodes: nodes.count..<nodes.count))
    }

    /// The finished network; the last feature map appended, one position of a number for each class, is its logits.
    /// - Throws: `NetworkError` where a layer cannot take its inputs.
    package func network() throws -> Network {
        if let problem { throw problem }
        guard let last = nodes.last, last.operation.yieldsOnePosition else {
            throw NetworkError(
                network: name, layer: nodes.last?.name ?? name,
                reason: "a classifier ends in one row of numbers: in a linear layer, or a global pool")
        }
        let network = Network(
            name: name, stages: stages, nodes: nodes, parameters: nodes.flatMap(\.parameters), classCount: channels)
        if let side { _ = try network.shapes(height: side, width: side) }
        return network
    }

    /// Appends a node.
    package mutating func append(_ name: String, _ operation: Operation, _ inputs: [FeatureMap]) -> FeatureMap {
        guard let stage = stages.last else { preconditionFailure("a stage must begin before its first layer") }
        let fullName = "\(stage.name).\(name)"
        let traits = operation.traits
        nodes.append(
            Node(
                name: fullName, operation: operation, inputs: inputs.map(\.node), stage: stage.name,
                parameters: traits.parameters.map {
                    ParameterDescription(
                        name: "\(fullName).\($0.role.rawValue)", role: $0.role, shape: $0.shape, stage: stage.name)
                }))
        stages[stages.count - 1] = Network.Stage(name: stage.name, nodes: stage.nodes.lowerBound..<nodes.count)
        var channels = inputs.first?.channels ?? 0
        do throws(DescriptionProblem) {
            guard traits.inputCount.contains(inputs.count) else { throw .inputCount(inputs.count) }
            channels = try traits.outputChannels(of: inputs.map(\.channels))
        } catch {
            problem = problem ?? NetworkError(network: self.name, layer: fullName, operation, error)
        }
        self.channels = channels
        return FeatureMap(node: nodes.count - 1, channels: channels)
    }
}

extension Operation {
    /// Whether its output is one row of numbers, whatever the size of its input.
    fileprivate var yieldsOnePosition: Bool {
        switch self {
        case .linear, .globalPool: true
        default: false
        }
    }
}

// One method for each operation, with the arguments that papers give.
extension NetworkBuilder {
    package mutating func convolution(
        _ name: String, _ input: FeatureMap, channels: Int, kernel: Extent, stride: Extent = 1, dilation: Extent = 1,
        padding: Padding = 0, groups: Int = 1, bias: Bool
    ) -> FeatureMap {
        let convolution = Convolution(
            inputChannels: input.channels, outputChannels: channels,
            window: Window(kernel, stride: stride, dilation: dilation, padding: padding), groups: groups, hasBias: bias)
        return append(name, .convolution(convolution), [input])
    }

    /// - Parameter padding: what is cut off the output.
    package mutating func transposedConvolution(
        _ name: String, _ input: FeatureMap, channels: Int, kernel: Extent, stride: Extent, padding: Insets = 0,
        bias: Bool
    ) -> FeatureMap {
        let convolution = TransposedConvolution(
            inputChannels: input.channels, outputChannels: channels, kernel: kernel, stride: stride, padding: padding,
            hasBias: bias)
        return append(name, .transposedConvolution(convolution), [input])
    }

    package mutating func batchNorm(_ name: String, _ input: FeatureMap, epsilon: Double) -> FeatureMap {
        append(name, .batchNorm(BatchNorm(channels: input.channels, epsilon: batchNormEpsilon ?? epsilon)), [input])
    }

    package mutating func layerNorm(_ name: String, _ input: FeatureMap, epsilon: Double) -> FeatureMap {
        append(name, .layerNorm(LayerNorm(channels: input.channels, epsilon: epsilon)), [input])
    }

    package mutating func localResponseNorm(
        _ name: String, _ input: FeatureMap, size: Int, alpha: Double, beta: Double, k: Double
    ) -> FeatureMap {
        append(name, .localResponseNorm(LocalResponseNorm(size: size, alpha: alpha, beta: beta, k: k)), [input])
    }

    package mutating func activation(_ name: String, _ input: FeatureMap, _ activation: Activation) -> FeatureMap {
        append(name, .activation(activation), [input])
    }

    package mutating func relu(_ name: String, _ input: FeatureMap) -> FeatureMap { activation(name, input, .relu) }

    /// The same number for all values.
    package mutating func scale(_ name: String, _ input: FeatureMap, by factor: Double) -> FeatureMap {
        append(name, .scale(.constant(factor)), [input])
    }

    /// A learnt number for each channel.
    package mutating func scale(_ name: String, _ input: FeatureMap) -> FeatureMap {
        append(name, .scale(.learnt(channels: input.channels)), [input])
    }

    package mutating func add(_ name: String, _ inputs: FeatureMap...) -> FeatureMap {
        append(name, .sum(Sum()), inputs)
    }

    package mutating func multiply(_ name: String, _ inputs: FeatureMap...) -> FeatureMap {
        append(name, .product(Product()), inputs)
    }

    package mutating func concatenate(_ name: String, _ inputs: [FeatureMap]) -> FeatureMap {
        append(name, .concatenation(Concatenation()), inputs)
    }

    /// - Parameter roundsUp: whether a window may reach beyond the input: PyTorch's `ceil_mode`.
    package mutating func maxPool(
        _ name: String, _ input: FeatureMap, kernel: Extent, stride: Extent, padding: Padding = 0,
        roundsUp: Bool = false
    ) -> FeatureMap {
        let window = Window(kernel, stride: stride, padding: padding, roundsUp: roundsUp)
        return append(name, .maxPool(MaxPool(window: window)), [input])
    }

    /// - Parameters:
    ///   - roundsUp: whether a window may reach beyond the input: PyTorch's `ceil_mode`.
    ///   - countsPadding: whether zeros around the input count in the mean.
    package mutating func averagePool(
        _ name: String, _ input: FeatureMap, kernel: Extent, stride: Extent, padding: Padding = 0,
        roundsUp: Bool = false, countsPadding: Bool = true
    ) -> FeatureMap {
        let window = Window(kernel, stride: stride, padding: padding, roundsUp: roundsUp)
        return append(name, .averagePool(AveragePool(window: window, countsPadding: countsPadding)), [input])
    }

    package mutating func adaptiveAveragePool(_ name: String, _ input: FeatureMap, side: Int) -> FeatureMap {
        append(name, .adaptiveAveragePool(AdaptiveAveragePool(rows: side, columns: side)), [input])
    }

    package mutating func globalAveragePool(_ name: String, _ input: FeatureMap) -> FeatureMap {
        append(name, .globalPool(.average), [input])
    }

    package mutating func globalMaxPool(_ name: String, _ input: FeatureMap) -> FeatureMap {
        append(name, .globalPool(.maximum), [input])
    }

    /// - Parameters:
    ///   - height: the height of the feature map, the only one that the network takes here.
    ///   - width: its width, likewise.
    package mutating func flatten(_ name: String, _ input: FeatureMap, height: Int, width: Int) -> FeatureMap {
        append(name, .flatten(Flatten(height: height, width: width)), [input])
    }

    package mutating func paddedShortcut(
        _ name: String, _ input: FeatureMap, stride: Int, channels: Int
    ) -> FeatureMap {
        append(name, .paddedShortcut(PaddedShortcut(stride: stride, outputChannels: channels)), [input])
    }

    package mutating func resize(
        _ name: String, _ input: FeatureMap, _ size: Resize.Size, _ sampling: Resize.Sampling
    ) -> FeatureMap {
        append(name, .resize(Resize(size, sampling)), [input])
    }

    package mutating func dropout(_ name: String, _ input: FeatureMap, rate: Double) -> FeatureMap {
        append(name, .dropout(Dropout(rate: rate)), [input])
    }

    package mutating func stochasticDepth(_ name: String, _ input: FeatureMap, rate: Double) -> FeatureMap {
        append(name, .dropout(Dropout(rate: rate, unit: .image)), [input])
    }

    /// - Parameter inputs: the number of values an image has here, H·W·C.
    package mutating func linear(_ name: String, _ input: FeatureMap, inputs: Int, outputs: Int) -> FeatureMap {
        append(name, .linear(Linear(inputs: inputs, outputs: outputs)), [input])
    }
}
