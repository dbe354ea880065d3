/// What stands between the trunk's last feature map and the logits: a pooling, hidden linear layers if any, and the linear
/// layer that yields the logits.
public struct Head: Hashable, Sendable {
    /// How the feature map, H×W×C, becomes the row of numbers that the first linear layer reads.
    public enum Pooling: Hashable, Sendable {
        /// The mean over all positions: C numbers.
        case average
        /// The maximum over all positions: C numbers.
        case maximum
        /// None: all H·W·C numbers in this order. It fixes the size of the images to one that yields this map.
        case flatten(height: Int, width: Int)
        /// None here: the last layer is a 1×1 convolution with a ReLU, and the logits are the means of its output over all
        /// positions (SqueezeNet). No hidden layers stand before it.
        case ofLogits
    }

    /// A linear layer before the last one.
    public struct HiddenLayer: Hashable, Sendable {
        /// How many numbers it yields.
        public var units: Int
        /// Whether a ReLU follows it.
        public var hasReLU: Bool

        public init(units: Int, hasReLU: Bool) {
            self.units = units
            self.hasReLU = hasReLU
        }
    }

    /// What comes first.
    public var pooling: Pooling
    /// From the pooling to the classifier. Their nodes are `head.hidden1`, `head.hidden2`, ….
    public var hiddenLayers: [HiddenLayer]

    /// Without anything said, a global average pool and one linear layer.
    public init(pooling: Pooling = .average, hiddenLayers: [HiddenLayer] = []) {
        self.pooling = pooling
        self.hiddenLayers = hiddenLayers
    }
}

/// The large linear layers that early networks were published with, on a feature map averaged to a fixed size: the stages
/// `pool` and `fc`. Each has a ReLU, and half of its inputs or outputs are dropped in training.
package struct FullyConnectedLayers: Hashable, Sendable {
    package enum DropoutPlace: Hashable, Sendable { case before, behind }

    /// The stage that they are.
    static let stage = "fc"
    /// Whether a node, by its name, is one of such layers.
    package static func contain(_ node: String) -> Bool { node.hasPrefix("\(stage).") }

    /// The side of the map that the first one reads.
    package var side: Int
    /// What each of them yields. Their nodes are `fc.linear1`, `fc.linear2`, ….
    package var units: [Int]
    /// Whether inputs or outputs are dropped.
    package var dropout: DropoutPlace

    /// The same layers as a head reads them from a map of this size.
    package var asHead: Head {
        Head(
            pooling: .flatten(height: side, width: side),
            hiddenLayers: units.map { Head.HiddenLayer(units: $0, hasReLU: true) })
    }
}

extension NetworkBuilder {
    /// The stages `pool` and `head`, which end the network.
    /// - Throws: `NetworkError` where a layer cannot take its inputs.
    package mutating func finish(_ features: FeatureMap, _ options: Architecture.Options) throws -> Network {
        let head = options.head
        guard head.pooling != .ofLogits else { return try classifyPositions(features, options) }
        beginStage("pool")
        var (x, count) = (features, features.channels)
        switch head.pooling {
        case .average: x = globalAveragePool("mean", features)
        case .maximum: x = globalMaxPool("maximum", features)
        case .flatten(let height, let width):
            x = flatten("flatten", features, height: height, width: width)
            count *= height * width
        case .ofLogits: break
        }
        beginStage(Network.headStage)
        for (index, layer) in head.hiddenLayers.enumerated() {
            x = linear("hidden\(index + 1)", x, inputs: count, outputs: layer.units)
            if layer.hasReLU { x = relu("relu\(index + 1)", x) }
            count = layer.units
        }
        return try classify(x, inputs: count, options)
    }

    /// The stages `pool`, `fc` and `head`, which end the network.
    /// - Throws: `NetworkError` where a layer cannot take its inputs.
    mutating func finish(
        _ features: FeatureMap, _ layers: FullyConnectedLayers, _ options: Architecture.Options
    ) throws -> Network {
        beginStage("pool")
        var x = adaptiveAveragePool("grid", features, side: layers.side)
        var count = layers.side * layers.side * features.channels
        beginStage(FullyConnectedLayers.stage)
        for (index, units) in layers.units.enumerated() {
            if layers.dropout == .before { x = dropout("dropout\(index + 1)", x, rate: 0.5) }
            x = linear("linear\(index + 1)", x, inputs: count, outputs: units)
            x = relu("relu\(index + 1)", x)
            if layers.dropout == .behind { x = dropout("dropout\(index + 1)", x, rate: 0.5) }
            count = units
        }
        beginStage(Network.headStage)
        return try classify(x, inputs: count, options)
    }

    /// The stage `head` of a network that classifies each position and averages the logits.
    private mutating func classifyPositions(
        _ features: FeatureMap, _ options: Architecture.Options
    ) throws -> Network {
        beginStage(Network.headStage)
        var x = features
        if options.dropout > 0 { x = dropout("dropout", x, rate: options.dropout) }
        x = convolution("conv", x, channels: options.classCount, kernel: 1, bias: true)
        x = relu("relu", x)
        _ = globalAveragePool("mean", x)
        return try network()
    }

    /// Dropout if any, and the linear layer that yields the logits.
    private mutating func classify(
        _ features: FeatureMap, inputs: Int, _ options: Architecture.Options
    ) throws -> Network {
        var x = features
        if options.dropout > 0 { x = dropout("dropout", x, rate: options.dropout) }
        _ = linear("linear", x, inputs: inputs, outputs: options.classCount)
        return try network()
    }
}
