// Krizhevsky, “One weird trick for parallelizing convolutional neural networks”, 2014 (arXiv:1404.5997): the network of
// Krizhevsky, Sutskever and Hinton, “ImageNet classification with deep convolutional neural networks”, 2012, in one column
// and without local response normalisation.

extension Architecture {
    public static let alexNet = AlexNet.architecture
}

enum AlexNet {
    static let all: [Architecture] = [architecture]

    private static let family = Architecture.Family(
        keras: .init(preprocessing: .caffe) { _, _ in [] },
        torch: .init(preprocessing: .torch, layerNames: torchNames))

    /// Five convolutions, a max pool after the first, the second and the last, and the fully connected layers.
    static let architecture = Architecture(
        "alexnet", family, input: FeatureShape(height: 224, width: 224, channels: 3),
        fullyConnected: FullyConnectedLayers(side: 6, units: [4096, 4096], dropout: .before)
    ) { net, _ in
        var x = net.input
        func block(_ number: Int, channels: Int, kernel: Extent, stride: Extent = 1, padding: Padding, pool: Bool) {
            net.beginStage("block\(number)")
            x = net.convolution(
                "conv", x, channels: channels, kernel: kernel, stride: stride, padding: padding, bias: true)
            x = net.relu("relu", x)
            if pool { x = net.maxPool("pool", x, kernel: 3, stride: 2) }
        }
        block(1, channels: 64, kernel: 11, stride: 4, padding: 2, pool: true)
        block(2, channels: 192, kernel: 5, padding: 2, pool: true)
        block(3, channels: 384, kernel: 3, padding: 1, pool: false)
        block(4, channels: 256, kernel: 3, padding: 1, pool: false)
        block(5, channels: 256, kernel: 3, padding: 1, pool: true)
        return x
    }

    // MARK: Names

    /// torchvision numbers the layers of the trunk, and our nodes stand in the same order after the input.
    @Sendable private static func torchNames(_ network: Network, _ index: Int) -> [String] {
        switch network.nodes[index].name {
        case "fc.linear1": ["classifier.1"]
        case "fc.linear2": ["classifier.4"]
        case "head.linear": ["classifier.6"]
        case let node: node.hasPrefix("block") ? ["features.\(index - 1)"] : []
        }
    }
}
