/// A network that is known by a name: what it is built of, and what people publish of it.
///
/// `catalogue` has them all. Two architectures of one name are the same.
public struct Architecture: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// By what recipes, the command line and model files call it, such as `resnet50`.
    public let rawValue: String
    package let family: Family
    /// The images that the published weights were trained on.
    public let input: FeatureShape
    /// What stands between the trunk and the classifier in the published network, beside the head: VGG's large linear
    /// layers; nil for none.
    package let fullyConnected: FullyConnectedLayers?
    /// The head of the published network. A new head is `Head()`.
    package let head: Head
    /// Appends everything from the input images to the last feature map.
    let trunk: @Sendable (inout NetworkBuilder, Form?) -> NetworkBuilder.FeatureMap

    /// - Parameters:
    ///   - name: unique in the catalogue.
    ///   - trunk: describes the layers up to the last feature map in one of the family's forms; nil where it has none.
    init(
        _ name: String, _ family: Family, input: FeatureShape, fullyConnected: FullyConnectedLayers? = nil,
        head: Head = Head(), trunk: @escaping @Sendable (inout NetworkBuilder, Form?) -> NetworkBuilder.FeatureMap
    ) {
        rawValue = name
        self.family = family
        self.input = input
        self.fullyConnected = fullyConnected
        self.head = head
        self.trunk = trunk
    }

    /// The architecture of a name; nil where the catalogue has none.
    public init?(rawValue: String) {
        guard let known = Self.catalogue.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = known
    }

    public static func == (one: Self, other: Self) -> Bool { one.rawValue == other.rawValue }
    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }

    public var description: String { rawValue }

    /// The side of the images that the published weights were trained on, in pixels.
    public var publishedImageSize: Int { input.height }

    /// What may vary between two networks of one architecture.
    public struct Options: Hashable, Sendable {
        /// How many classes the head tells apart.
        public var classCount: Int
        /// Which of the forms that the family was published in; nil for the usual one, or where there is but one.
        public var form: Form?
        /// Whether the network keeps the large linear layers that it was published with. Ignored where it has none.
        public var fullyConnected: Bool
        /// The dropout rate before the last linear layer, in `0..<1`.
        public var dropout: Double
        /// What batch norm adds to variances, in `batchNormEpsilons`; nil for what was published.
        public var batchNormEpsilon: Double?
        /// The epsilons that make sense.
        package static let batchNormEpsilons = 1e-12...1.0
        /// What stands between the trunk and the logits. Ignored by a network with its large linear layers.
        public var head: Head

        public init(
            classCount: Int = 1000, form: Form? = nil, fullyConnected: Bool = false, dropout: Double = 0,
            batchNormEpsilon: Double? = nil, head: Head = Head()
        ) {
            self.classCount = classCount
            self.form = form
            self.fullyConnected = fullyConnected
            self.dropout = dropout
            self.batchNormEpsilon = batchNormEpsilon
            self.head = head
        }
    }

    /// Options in which the form is said, and nothing that this architecture has not.
    package func settled(_ options: Options) -> Options {
        var options = options
        options.form = family.forms.first { $0 == options.form } ?? family.forms.first
        options.fullyConnected = options.fullyConnected && fullyConnected != nil
        return options
    }

    /// Describes the network.
    public func network(_ options: Options = Options()) -> Network {
        let options = settled(options)
        var net = NetworkBuilder(
            name: rawValue, channels: input.channels, batchNormEpsilon: options.batchNormEpsilon)
        let features = trunk(&net, options.form)
        do {
            if options.fullyConnected, let layers = fullyConnected {
                return try net.finish(features, layers, options)
            }
            return try net.finish(features, options)
        } catch {
            preconditionFailure("\(error)")
        }
    }

    /// The published network, with everything that stands before and in its head.
    package var publishedNetwork: Network { network(Options(fullyConnected: true, head: head)) }
}
