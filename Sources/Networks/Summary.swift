/// What a network costs at an image size and a batch size: one row for each layer, and totals.
package struct Summary: Sendable {
    package struct Layer: Hashable, Sendable {
        /// The node's name.
        package let name: String
        /// What it computes, such as `convolution 3×3 /2`.
        package let operation: String
        /// The feature map of one image.
        package let output: FeatureShape
        /// Weights, biases, scales and shifts; running statistics do not count.
        package let parameterCount: Int
        /// Multiplications of a weight with an activation, for one image.
        package let multiplyAdds: Int
        /// The side of the square of input pixels that one output value depends on, padding included; nil once it depends
        /// on the whole image.
        package let receptiveField: Int?
    }

    package let network: String
    package let imageHeight: Int
    package let imageWidth: Int
    package let batchSize: Int
    /// Every layer in the network's order, without the input.
    package let layers: [Layer]
    /// The numbers that an optimiser moves.
    package let trainableParameterCount: Int
    /// The weights, biases, scales and shifts of the stages that stay as they are.
    package let frozenParameterCount: Int
    /// The running means and variances of batch norm.
    package let statisticCount: Int
    /// An estimate of the memory for feature maps in a forward pass, in 32-bit floats: the largest sum of feature maps
    /// alive at one time, where batch norm, ReLU, dropout and sums work in place.
    package let forwardActivationBytes: Int
    /// An estimate of the memory for feature maps in a training step, in 32-bit floats: every feature map that differs
    /// from its input by more than an in-place operation is kept from the lowest trained stage on, the input of that
    /// stage included, and gradients need the two largest of them again. No less than a forward pass.
    package let trainingActivationBytes: Int

    package var parameterCount: Int { trainableParameterCount + frozenParameterCount }
    /// For one image.
    package var multiplyAdds: Int { layers.map(\.multiplyAdds).reduce(0, +) }

    /// - Parameter trainableStages: the stages that would train; all if nil.
    /// - Throws: `ImageSizeError` for images too small for the network.
    package init(
        _ network: Network, imageHeight: Int, imageWidth: Int, batchSize: Int, trainableStages: Set<String>? = nil
    ) throws {
        let shapes = try network.shapes(height: imageHeight, width: imageWidth)
        let receptiveFields = network.receptiveFields
        self.network = network.name
        self.imageHeight = imageHeight
        self.imageWidth = imageWidth
        self.batchSize = batchSize
        layers = network.nodes.indices.dropFirst().map { index in
            let node = network.nodes[index]
            return Layer(
                name: node.name,
                operation: node.operation.description,
                output: shapes[index],
                parameterCount: node.parameters.filter { !$0.isStatistic }.elementCount,
                multiplyAdds: node.operation.multiplyAdds(from: shapes[node.inputs[0]], to: shapes[index]),
                receptiveField: receptiveFields[index])
        }

        let stages = trainableStages ?? Set(network.trainableStageNames)
        let learned = network.parameters.filter { !$0.isStatistic }
        trainableParameterCount = learned.filter { stages.contains($0.stage) }.elementCount
        frozenParameterCount = learned.elementCount - trainableParameterCount
        statisticCount = network.parameters.filter(\.isStatistic).elementCount

        let activations = ActivationMemory(network, shapes)
        let bytesPerValue = batchSize * MemoryLayout<Float>.stride
        forwardActivationBytes = activations.forwardPeak * bytesPerValue
        trainingActivationBytes = max(activations.forwardPeak, activations.training(stages)) * bytesPerValue
    }
}

extension Sequence<ParameterDescription> {
    fileprivate var elementCount: Int { reduce(0) { $0 + $1.shape.reduce(1, *) } }
}

extension Operation: CustomStringConvertible {
    package var description: String {
        func window(_ name: String, _ kernel: Int, _ stride: Int) -> String {
            "\(name) \(kernel)×\(kernel)" + (stride == 1 ? "" : " /\(stride)")
        }
        switch self {
        case .input: return "input"
        case .convolution(let c): return window("convolution", c.kernel, c.stride)
        case .batchNorm: return "batch norm"
        case .relu: return "ReLU"
        case .add: return "sum"
        case .maxPool(let kernel, let stride, _): return window("max pool", kernel, stride)
        case .globalAveragePool: return "global average pool"
        case .globalMaxPool: return "global max pool"
        case .flatten: return "flatten"
        case .adaptiveAveragePool(let rows, let columns): return "average pool to \(rows)×\(columns)"
        case .paddedShortcut(let stride, _): return "padded shortcut" + (stride == 1 ? "" : " /\(stride)")
        case .dropout(let rate): return "dropout \(rate)"
        case .linear: return "linear"
        }
    }

    fileprivate func multiplyAdds(from input: FeatureShape, to output: FeatureShape) -> Int {
        switch self {
        case .convolution(let c): output.count * c.kernel * c.kernel * c.inputChannels
        case .linear(let outputs): input.count * outputs
        default: 0
        }
    }

    /// Whether the output may overwrite the first input.
    fileprivate var worksInPlace: Bool {
        switch self {
        case .batchNorm, .relu, .add, .dropout, .flatten: true
        default: false
        }
    }
}

extension Network {
    /// The receptive field of every node by index; nil where it is the whole image.
    fileprivate var receptiveFields: [Int?] {
        // Side, and the distance in input pixels between neighbouring positions.
        var fields: [(side: Int, step: Int)?] = []
        for node in nodes {
            guard !node.inputs.isEmpty else {
                fields.append((side: 1, step: 1))
                continue
            }
            let inputs = node.inputs.map { fields[$0] }
            guard case let known = inputs.compactMap({ $0 }), known.count == inputs.count,
                let widest = known.max(by: { $0.side < $1.side })
            else {
                fields.append(nil)
                continue
            }
            func windowed(_ kernel: Int, _ stride: Int) -> (side: Int, step: Int) {
                (widest.side + (kernel - 1) * widest.step, widest.step * stride)
            }
            switch node.operation {
            case .convolution(let c): fields.append(windowed(c.kernel, c.stride))
            case .maxPool(let kernel, let stride, _): fields.append(windowed(kernel, stride))
            case .paddedShortcut(let stride, _): fields.append(windowed(1, stride))
            case .globalAveragePool, .globalMaxPool, .adaptiveAveragePool, .linear: fields.append(nil)
            case .flatten: fields.append(nil)
            case .input, .batchNorm, .relu, .add, .dropout: fields.append(widest)
            }
        }
        return fields.map { $0?.side }
    }
}

/// Counts the feature-map values of one image that are alive together.
private struct ActivationMemory {
    private let network: Network
    private let counts: [Int]
    /// The node in whose memory each node's output lies.
    private let owners: [Int]

    init(_ network: Network, _ shapes: [FeatureShape]) {
        self.network = network
        counts = shapes.map(\.count)
        var owners: [Int] = []
        for (index, node) in network.nodes.enumerated() {
            owners.append(node.operation.worksInPlace ? owners[node.inputs[0]] : index)
        }
        self.owners = owners
    }

    var forwardPeak: Int {
        var lastUse = Array(counts.indices)
        for (index, node) in network.nodes.enumerated() {
            for input in node.inputs { lastUse[owners[input]] = index }
        }
        var alive = 0
        var peak = 0
        for index in counts.indices {
            if owners[index] == index { alive += counts[index] }
            peak = max(peak, alive)
            for owner in Set(network.nodes[index].inputs.map { owners[$0] }) where lastUse[owner] == index {
                alive -= counts[owner]
            }
        }
        return peak
    }

    func training(_ stages: Set<String>) -> Int {
        guard let first = network.stages.first(where: { stages.contains($0.name) })?.nodes.lowerBound else { return 0 }
        let inputs = network.nodes[first...].flatMap(\.inputs).filter { $0 < first }
        let kept = Set(inputs.map { owners[$0] } + owners[first...])
        let sizes = kept.map { counts[$0] }.sorted(by: >)
        return sizes.reduce(0, +) + sizes.prefix(2).reduce(0, +)
    }
}
