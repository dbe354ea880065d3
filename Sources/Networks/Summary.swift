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
        /// The longer side of the rectangle of input pixels that one output value depends on, padding included; nil once it
        /// depends on the whole image.
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
                multiplyAdds: node.operation.traits.multiplyAdds(
                    from: node.inputs.map { shapes[$0] }, to: shapes[index]),
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

extension Network {
    /// The receptive field of every node by index; nil where it is the whole image.
    fileprivate var receptiveFields: [Int?] {
        var fields: [ReceptiveField?] = [ReceptiveField()]
        for node in nodes.dropFirst() {
            let known = node.inputs.compactMap { fields[$0] }
            fields.append(
                known.count == node.inputs.count ? ReceptiveField(known).behind(node.operation.traits.reach) : nil)
        }
        return fields.map { field in field.map { max($0.size.height, $0.size.width) } }
    }
}

/// The rectangle of input pixels that one value depends on.
private struct ReceptiveField {
    var size: Extent = 1
    /// The distance in input pixels between neighbouring positions.
    var step: Extent = 1

    init() {}

    /// What holds all of them.
    init(_ fields: [ReceptiveField]) {
        for field in fields {
            size = Extent(max(size.height, field.size.height), max(size.width, field.size.width))
            step = Extent(max(step.height, field.step.height), max(step.width, field.step.width))
        }
    }

    /// That of a value which depends so on values with this one; nil for the whole image.
    func behind(_ reach: Reach) -> ReceptiveField? {
        switch reach {
        case .position: return self
        case .image: return nil
        case .window(let kernel, let stride):
            var field = self
            field.size.height += (kernel.height - 1) * step.height
            field.size.width += (kernel.width - 1) * step.width
            field.step.height *= stride.height
            field.step.width *= stride.width
            return field
        }
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
            owners.append(node.operation.traits.worksInPlace ? owners[node.inputs[0]] : index)
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
