/// Puts a network together layer by layer, in the order of its paper.
///
/// Each method appends one node and returns it as a `FeatureMap`, which knows its channels. Names are given relative to
/// the current stage.
package struct NetworkBuilder {
    /// The output of a node.
    package struct FeatureMap {
        fileprivate let node: Int
        package let channels: Int
    }

    private let name: String
    private let batchNormEpsilon: Double?
    private var nodes: [Node]
    private var stages: [Network.Stage] = []

    /// - Parameter batchNormEpsilon: the epsilon of every batch norm; nil for the one that each is built with.
    package init(name: String, batchNormEpsilon: Double? = nil) {
        self.name = name
        self.batchNormEpsilon = batchNormEpsilon
        nodes = [Node(name: "input", operation: .input, inputs: [], stage: "", parameters: [])]
    }

    /// The input images: three channels.
    package var input: FeatureMap { FeatureMap(node: 0, channels: 3) }

    /// Begins a stage: nodes appended from here on belong to it.
    package mutating func beginStage(_ name: String) {
        stages.append(Network.Stage(name: name, nodes: nodes.count..<nodes.count))
    }

    package mutating func convolution(
        _ name: String, _ input: FeatureMap, channels: Int, kernel: Int, stride: Int = 1, padding: Int = 0, bias: Bool
    ) -> FeatureMap {
        let geometry = Convolution(
            inputChannels: input.channels, outputChannels: channels, kernel: kernel, stride: stride, padding: padding,
            hasBias: bias)
        var parameters: [(ParameterDescription.Role, [Int])] = [(.weight, [channels, kernel, kernel, input.channels])]
        if bias { parameters.append((.bias, [channels])) }
        return append(name, .convolution(geometry), [input], channels, parameters)
    }

    package mutating func batchNorm(_ name: String, _ input: FeatureMap, epsilon: Double) -> FeatureMap {
        append(
            name, .batchNorm(epsilon: batchNormEpsilon ?? epsilon), [input], input.channels,
            [.scale, .shift, .mean, .variance].map { ($0, [input.channels]) })
    }

    package mutating func relu(_ name: String, _ input: FeatureMap) -> FeatureMap {
        append(name, .relu, [input], input.channels)
    }

    package mutating func add(_ name: String, _ first: FeatureMap, _ second: FeatureMap) -> FeatureMap {
        precondition(first.channels == second.channels, "a sum needs equal channels")
        return append(name, .add, [first, second], first.channels)
    }

    package mutating func maxPool(
        _ name: String, _ input: FeatureMap, kernel: Int, stride: Int, padding: Int = 0
    ) -> FeatureMap {
        append(name, .maxPool(kernel: kernel, stride: stride, padding: padding), [input], input.channels)
    }

    package mutating func globalAveragePool(_ name: String, _ input: FeatureMap) -> FeatureMap {
        append(name, .globalAveragePool, [input], input.channels)
    }

    package mutating func globalMaxPool(_ name: String, _ input: FeatureMap) -> FeatureMap {
        append(name, .globalMaxPool, [input], input.channels)
    }

    /// - Parameters:
    ///   - height: the height of the feature map, the only one that the network takes here.
    ///   - width: its width, likewise.
    package mutating func flatten(_ name: String, _ input: FeatureMap, height: Int, width: Int) -> FeatureMap {
        append(name, .flatten(height: height, width: width), [input], height * width * input.channels)
    }

    package mutating func adaptiveAveragePool(_ name: String, _ input: FeatureMap, side: Int) -> FeatureMap {
        append(name, .adaptiveAveragePool(rows: side, columns: side), [input], input.channels)
    }

    package mutating func paddedShortcut(
        _ name: String, _ input: FeatureMap, stride: Int, channels: Int
    ) -> FeatureMap {
        append(name, .paddedShortcut(stride: stride, outputChannels: channels), [input], channels)
    }

    package mutating func dropout(_ name: String, _ input: FeatureMap, rate: Double) -> FeatureMap {
        append(name, .dropout(rate: rate), [input], input.channels)
    }

    /// - Parameter inputs: the number of values an image has here, H·W·C.
    package mutating func linear(_ name: String, _ input: FeatureMap, inputs: Int, outputs: Int) -> FeatureMap {
        append(
            name, .linear(outputs: outputs), [input], outputs, [(.weight, [outputs, inputs]), (.bias, [outputs])])
    }

    /// The finished network; the last feature map appended is its logits.
    package func network() -> Network {
        guard let last = nodes.last, case .linear(let classCount) = last.operation else {
            preconditionFailure("a classifier ends in a linear layer")
        }
        return Network(
            name: name, stages: stages, nodes: nodes, parameters: nodes.flatMap(\.parameters), classCount: classCount)
    }

    private mutating func append(
        _ name: String, _ operation: Operation, _ inputs: [FeatureMap], _ channels: Int,
        _ parameters: [(role: ParameterDescription.Role, shape: [Int])] = []
    ) -> FeatureMap {
        guard let stage = stages.last else { preconditionFailure("a stage must begin before its first layer") }
        let fullName = "\(stage.name).\(name)"
        nodes.append(
            Node(
                name: fullName, operation: operation, inputs: inputs.map(\.node), stage: stage.name,
                parameters: parameters.map {
                    ParameterDescription(
                        name: "\(fullName).\($0.role.rawValue)", role: $0.role, shape: $0.shape, stage: stage.name)
                }))
        stages[stages.count - 1] = Network.Stage(name: stage.name, nodes: stage.nodes.lowerBound..<nodes.count)
        return FeatureMap(node: nodes.count - 1, channels: channels)
    }
}
