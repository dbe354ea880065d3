/// The networks that `finetune` knows, by the names that recipes and the command line use.
public enum Architecture: String, CaseIterable, Sendable {
    case resNet18 = "resnet18"
    case resNet34 = "resnet34"
    case resNet50 = "resnet50"
    case resNet101 = "resnet101"
    case resNet152 = "resnet152"
    case resNet20 = "resnet20"
    case resNet32 = "resnet32"
    case resNet44 = "resnet44"
    case resNet56 = "resnet56"
    case resNet110 = "resnet110"
    case vgg11 = "vgg11"
    case vgg13 = "vgg13"
    case vgg16 = "vgg16"
    case vgg19 = "vgg19"
    case vgg11BN = "vgg11_bn"
    case vgg13BN = "vgg13_bn"
    case vgg16BN = "vgg16_bn"
    case vgg19BN = "vgg19_bn"

    /// What may vary between two networks of one architecture.
    public struct Options: Hashable, Sendable {
        /// How many classes the head tells apart.
        public var classCount: Int
        /// Which of the published forms an ImageNet ResNet takes; ignored by the others.
        public var form: ResNetForm
        /// Whether a VGG keeps its two fully connected layers of 4,096; without them the head follows the last feature
        /// map. Ignored by ResNets.
        public var fullyConnected: Bool
        /// The dropout rate before the last linear layer, in `0..<1`.
        public var dropout: Double
        /// What batch norm adds to variances, in `batchNormEpsilons`; nil for what was published.
        public var batchNormEpsilon: Double?
        /// The epsilons that make sense.
        package static let batchNormEpsilons = 1e-12...1.0
        /// What stands between the trunk and the logits. Ignored by a VGG with its fully connected layers.
        public var head: Head

        public init(
            classCount: Int = 1000, form: ResNetForm = .revised, fullyConnected: Bool = false, dropout: Double = 0,
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

    /// Describes the network.
    public func network(_ options: Options = Options()) -> Network {
        do {
            return try describe(options)
        } catch {
            preconditionFailure("\(error)")
        }
    }

    private func describe(_ options: Options) throws -> Network {
        switch self {
        case .resNet18: try resNet(.basic, [2, 2, 2, 2], options)
        case .resNet34: try resNet(.basic, [3, 4, 6, 3], options)
        case .resNet50: try resNet(.bottleneck, [3, 4, 6, 3], options)
        case .resNet101: try resNet(.bottleneck, [3, 4, 23, 3], options)
        case .resNet152: try resNet(.bottleneck, [3, 8, 36, 3], options)
        case .resNet20: try cifarResNet(blocksPerStage: 3, options)
        case .resNet32: try cifarResNet(blocksPerStage: 5, options)
        case .resNet44: try cifarResNet(blocksPerStage: 7, options)
        case .resNet56: try cifarResNet(blocksPerStage: 9, options)
        case .resNet110: try cifarResNet(blocksPerStage: 18, options)
        case .vgg11: try vgg([1, 1, 2, 2, 2], batchNorm: false, options)
        case .vgg13: try vgg([2, 2, 2, 2, 2], batchNorm: false, options)
        case .vgg16: try vgg([2, 2, 3, 3, 3], batchNorm: false, options)
        case .vgg19: try vgg([2, 2, 4, 4, 4], batchNorm: false, options)
        case .vgg11BN: try vgg([1, 1, 2, 2, 2], batchNorm: true, options)
        case .vgg13BN: try vgg([2, 2, 2, 2, 2], batchNorm: true, options)
        case .vgg16BN: try vgg([2, 2, 3, 3, 3], batchNorm: true, options)
        case .vgg19BN: try vgg([2, 2, 4, 4, 4], batchNorm: true, options)
        }
    }

    /// The side of the images that the published weights were trained on, in pixels.
    public var publishedImageSize: Int {
        switch family {
        case .cifarResNet: 32
        case .resNet, .vgg: 224
        }
    }

    package enum Family: Sendable { case resNet, cifarResNet, vgg }

    package var family: Family {
        switch self {
        case .resNet18, .resNet34, .resNet50, .resNet101, .resNet152: .resNet
        case .resNet20, .resNet32, .resNet44, .resNet56, .resNet110: .cifarResNet
        case .vgg11, .vgg13, .vgg16, .vgg19, .vgg11BN, .vgg13BN, .vgg16BN, .vgg19BN: .vgg
        }
    }
}
