// Simonyan and Zisserman, “Very deep convolutional networks for large-scale image recognition”, 2014 (arXiv:1409.1556).

extension Architecture {
    /// Table 1 of the paper: five blocks of 3×3 convolutions, each closed by a max pool, and the fully connected layers.
    ///
    /// With batch norm as in torchvision, convolutions keep their biases.
    func vgg(_ convolutions: [Int], batchNorm: Bool, _ options: Options) throws -> Network {
        var net = NetworkBuilder(name: rawValue, batchNormEpsilon: options.batchNormEpsilon)
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

        guard options.fullyConnected else { return try net.finish(x, options) }
        net.beginStage("pool")
        x = net.adaptiveAveragePool("grid", x, side: 7)
        net.beginStage("fc")
        x = net.linear("linear1", x, inputs: 7 * 7 * x.channels, outputs: 4096)
        x = net.relu("relu1", x)
        x = net.dropout("dropout1", x, rate: 0.5)
        x = net.linear("linear2", x, inputs: 4096, outputs: 4096)
        x = net.relu("relu2", x)
        x = net.dropout("dropout2", x, rate: 0.5)
        net.addHead(x, inputs: 4096, options)
        return try net.network()
    }
}
