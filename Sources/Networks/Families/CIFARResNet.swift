// Section 4.2 of He, Zhang, Ren and Sun, “Deep residual learning for image recognition”, 2015 (arXiv:1512.03385).

extension Architecture {
    public static let resNet20 = CIFARResNet.architecture("resnet20", blocksPerStage: 3)
    public static let resNet32 = CIFARResNet.architecture("resnet32", blocksPerStage: 5)
    public static let resNet44 = CIFARResNet.architecture("resnet44", blocksPerStage: 7)
    public static let resNet56 = CIFARResNet.architecture("resnet56", blocksPerStage: 9)
    public static let resNet110 = CIFARResNet.architecture("resnet110", blocksPerStage: 18)
}

/// The ResNets for CIFAR-10: a network of 6n + 2 layers has n blocks a stage.
enum CIFARResNet {
    static let all: [Architecture] = [.resNet20, .resNet32, .resNet44, .resNet56, .resNet110]

    private static let family = Architecture.Family(
        keras: .init(preprocessing: .caffe, layerNames: ResNet.kerasNames),
        torch: .init(preprocessing: .torch, layerNames: ResNet.torchNames))

    /// A 3×3 stem and three stages of 16, 32 and 64 channels, shortcuts without parameters.
    static func architecture(_ name: String, blocksPerStage: Int) -> Architecture {
        Architecture(name, family, input: FeatureShape(height: 32, width: 32, channels: 3)) { net, _ in
            net.beginStage("stem")
            var x = net.convolution("conv", net.input, channels: 16, kernel: 3, padding: 1, bias: false)
            x = net.batchNorm("norm", x, epsilon: 1e-5)
            x = net.relu("relu", x)

            for stage in 0..<3 {
                net.beginStage("layer\(stage + 1)")
                for index in 0..<blocksPerStage {
                    let stride: Extent = stage > 0 && index == 0 ? 2 : 1
                    x = net.basicBlock(
                        "block\(index + 1)", x, width: 16 << stage, stride: stride, .revised, shortcut: .padded)
                }
            }
            return x
        }
    }
}
