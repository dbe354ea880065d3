// Simonyan and Zisserman, “Very deep convolutional networks for large-scale image recognition”, 2014 (arXiv:1409.1556).

extension Architecture {
    public static let vgg11 = VGG.architecture("vgg11", [1, 1, 2, 2, 2])
    public static let vgg13 = VGG.architecture("vgg13", [2, 2, 2, 2, 2])
    public static let vgg16 = VGG.architecture("vgg16", [2, 2, 3, 3, 3])
    public static let vgg19 = VGG.architecture("vgg19", [2, 2, 4, 4, 4])
    public static let vgg11BN = VGG.architecture("vgg11_bn", [1, 1, 2, 2, 2], batchNorm: true)
    public static let vgg13BN = VGG.architecture("vgg13_bn", [2, 2, 2, 2, 2], batchNorm: true)
    public static let vgg16BN = VGG.architecture("vgg16_bn", [2, 2, 3, 3, 3], batchNorm: true)
    public static let vgg19BN = VGG.architecture("vgg19_bn", [2, 2, 4, 4, 4], batchNorm: true)
}

enum VGG {
    static let all: [Architecture] = [
        .vgg11, .vgg13, .vgg16, .vgg19, .vgg11BN, .vgg13BN, .vgg16BN, .vgg19BN,
    ]

    private static let family = Architecture.Family(
        keras: .init(preprocessing: .caffe, layerNames: kerasNames),
        torch: .init(preprocessing: .torch, layerNames: torchNames))

    /// Table 1 of the paper: five blocks of 3×3 convolutions, each closed by a max pool, and the fully connected layers.
    ///
    /// With batch norm as in torchvision, convolutions keep their biases.
    static func architecture(_ name: String, _ convolutions: [Int], batchNorm: Bool = false) -> Architecture {
        Architecture(
            name, family, input: FeatureShape(height: 224, width: 224, channels: 3),
            fullyConnected: FullyConnectedLayers(side: 7, units: [4096, 4096], dropout: .behind)
        ) { net, _ in
            var x = net.input
            for (block, count) in convolutions.enumerated() {
                net.beginStage("block\(block + 1)")
                for index in 1...count {
                    x = net.convolution(
                        "conv\(index)", x, channels: min(64 << block, 512), kernel: 3, padding: 1, bias: true)
                    if batchNorm { x = net.batchNorm("norm\(index)", x, epsilon: 1e-5) }
                    x = net.relu("relu\(index)", x)
                }
                x = net.maxPool("pool", x, kernel: 2, stride: 2)
            }
            return x
        }
    }

    // MARK: Names

    /// torchvision numbers the layers of the trunk, and our nodes stand in the same order after the input; timm calls the
    /// fully connected layers `pre_logits`.
    @Sendable private static func torchNames(_ network: Network, _ index: Int) -> [String] {
        switch network.nodes[index].name {
        case "fc.linear1": ["classifier.0", "pre_logits.fc1"]
        case "fc.linear2": ["classifier.3", "pre_logits.fc2"]
        case "head.linear": ["classifier.6"]
        case let node: node.hasPrefix("block") ? ["features.\(index - 1)"] : []
        }
    }

    /// Those of Keras' applications: `block3_conv2`.
    @Sendable private static func kerasNames(_ network: Network, _ index: Int) -> [String] {
        switch network.nodes[index].name {
        case "fc.linear1": ["fc1"]
        case "fc.linear2": ["fc2"]
        case "head.linear": ["predictions"]
        case let node: node.hasPrefix("block") ? [node.replacing(".", with: "_")] : []
        }
    }
}
