// Iandola and others, “SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size”, 2016
// (arXiv:1602.07360).

extension Architecture {
    public static let squeezeNet11 = SqueezeNet.architecture
}

enum SqueezeNet {
    static let all: [Architecture] = [architecture]

    // In the form `torch` a pool takes windows that reach beyond the map, as in Caffe; in `keras` it does not.
    private static let family = Architecture.Family(
        forms: [.torch, .keras],
        keras: .init(preprocessing: .caffe, forms: [.keras], layerNames: kerasNames),
        torch: .init(preprocessing: .torch, forms: [.torch], layerNames: torchNames))

    /// Version 1.1 of the authors' repository: a smaller stem, earlier pools, the same accuracy.
    static let architecture = Architecture(
        "squeezenet1_1", family, input: FeatureShape(height: 224, width: 224, channels: 3),
        head: Head(pooling: .ofLogits)
    ) { net, form in
        let roundsUp = form != .keras
        net.beginStage("stem")
        var x = net.convolution("conv", net.input, channels: 64, kernel: 3, stride: 2, bias: true)
        x = net.relu("relu", x)
        x = net.maxPool("pool", x, kernel: 3, stride: 2, roundsUp: roundsUp)

        for (number, squeezed) in zip(2..., [16, 16, 32, 32, 48, 48, 64, 64]) {
            net.beginStage("fire\(number)")
            x = net.fire(x, squeezed: squeezed, expanded: 4 * squeezed)
            if number == 3 || number == 5 { x = net.maxPool("pool", x, kernel: 3, stride: 2, roundsUp: roundsUp) }
        }
        return x
    }

    // MARK: Names

    private static let kerasNodes = [
        "conv": "conv1", "squeeze": "squeeze1x1", "expand1": "expand1x1", "expand3": "expand3x3",
        "relu": "relu_conv1", "squeeze_relu": "relu_squeeze1x1", "relu1": "relu_expand1x1", "relu3": "relu_expand3x3",
        "concat": "concat",
    ]

    /// Those of the usual Keras files, converted from Caffe: `fire2/squeeze1x1`.
    @Sendable private static func kerasNames(_ network: Network, _ index: Int) -> [String] {
        let node = network.nodes[index]
        let layer = String(node.name.dropFirst(node.stage.count + 1))
        switch node.name {
        case "stem.pool": return ["pool1"]
        case "fire3.pool": return ["pool3"]
        case "fire5.pool": return ["pool5"]
        case "head.conv": return ["conv10"]
        // With its dropout, which does nothing in prediction.
        case "head.relu": return ["relu_conv10", "drop9"]
        case "head.mean": return ["global_average_pooling2d_1", "globalaveragepooling2d_1", "loss"]
        default: break
        }
        guard let name = kerasNodes[layer] else { return [] }
        return [node.stage == "stem" ? name : "\(node.stage)/\(name)"]
    }

    /// torchvision numbers stem, pools and modules: `features.3.squeeze`.
    @Sendable private static func torchNames(_ network: Network, _ index: Int) -> [String] {
        let node = network.nodes[index]
        switch node.name {
        case "stem.conv": return ["features.0"]
        case "head.conv": return ["classifier.1"]
        default: break
        }
        guard let fire = node.stage[...].number(after: "fire") else { return [] }
        // Three layers of the stem, and the pools behind `fire3` and `fire5`, come before.
        let number = fire + 1 + (fire > 3 ? 1 : 0) + (fire > 5 ? 1 : 0)
        let layers = ["squeeze": "squeeze", "expand1": "expand1x1", "expand3": "expand3x3"]
        return layers[String(node.name.dropFirst(node.stage.count + 1))].map { ["features.\(number).\($0)"] } ?? []
    }
}

extension NetworkBuilder {
    /// A fire module: few 1×1 filters, then 1×1 and 3×3 ones side by side.
    fileprivate mutating func fire(_ input: FeatureMap, squeezed: Int, expanded: Int) -> FeatureMap {
        var x = convolution("squeeze", input, channels: squeezed, kernel: 1, bias: true)
        x = relu("squeeze_relu", x)
        var one = convolution("expand1", x, channels: expanded, kernel: 1, bias: true)
        one = relu("relu1", one)
        var three = convolution("expand3", x, channels: expanded, kernel: 3, padding: 1, bias: true)
        three = relu("relu3", three)
        return concatenate("concat", [one, three])
    }
}
