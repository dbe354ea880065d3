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

    /// How many numbers the pooling yields of a feature map with `channels`.
    func inputCount(channels: Int) -> Int {
        guard case .flatten(let height, let width) = pooling else { return channels }
        return height * width * channels
    }
}

extension NetworkBuilder {
    /// The stages `pool` and `head`, which end the network.
    package mutating func finish(_ features: FeatureMap, _ options: Architecture.Options) throws -> Network {
        let head = options.head
        beginStage("pool")
        let pooled =
            switch head.pooling {
            case .average: globalAveragePool("mean", features)
            case .maximum: globalMaxPool("maximum", features)
            case .flatten(let height, let width): flatten("flatten", features, height: height, width: width)
            }
        addHead(pooled, inputs: head.inputCount(channels: features.channels), options, head.hiddenLayers)
        return try network()
    }

    /// The stage `head`: hidden linear layers, dropout if any, and the linear layer that yields the logits.
    mutating func addHead(
        _ features: FeatureMap, inputs: Int, _ options: Architecture.Options, _ hiddenLayers: [Head.HiddenLayer] = []
    ) {
        beginStage("head")
        var (x, count) = (features, inputs)
        for (index, layer) in hiddenLayers.enumerated() {
            x = linear("hidden\(index + 1)", x, inputs: count, outputs: layer.units)
            if layer.hasReLU { x = relu("relu\(index + 1)", x) }
            count = layer.units
        }
        if options.dropout > 0 { x = dropout("dropout", x, rate: options.dropout) }
        _ = linear("linear", x, inputs: count, outputs: options.classCount)
    }
}
