import Networks

/// The small networks of `Scripts/goldens/operations.py`, each around one or a few operations.
package enum OperationCases {
    package typealias FeatureMap = NetworkBuilder.FeatureMap

    package static let (batch, height, width, channels, classes) = (2, 7, 6, 6, 3)

    /// The network of a case: a learnt scale, the operations, and a head on the square of what they yield.
    package static func network(_ name: String) throws -> Network {
        var net = NetworkBuilder(name: name, channels: channels)
        net.beginStage("stem")
        var x = net.scale("scale", net.input)
        net.beginStage("body")
        x = describe(name, &net, x)
        net.beginStage("head")
        x = net.globalAveragePool("mean", net.multiply("square", x, x))
        _ = net.linear("linear", x, inputs: x.channels, outputs: classes)
        return try net.network()
    }

    private static let activations: [String: Activation] = [
        "relu": .relu, "relu6": .relu6, "leaky-relu": .leakyReLU(slope: 0.2), "sigmoid": .sigmoid, "tanh": .tanh,
        "silu": .silu, "hard-sigmoid": .hardSigmoid, "hard-swish": .hardSwish, "gelu": .gelu,
    ]

    private static func describe(_ name: String, _ net: inout NetworkBuilder, _ x: FeatureMap) -> FeatureMap {
        if name.hasPrefix("wide-") {
            // More channels than loops take at a time.
            return describe(
                String(name.dropFirst("wide-".count)), &net,
                net.concatenate("wide", [FeatureMap](repeating: x, count: 12)))
        }
        if let activation = activations[name] {
            return net.activation("function", net.scale("twice", x, by: 2), activation)
        }
        func convolution(
            _ channels: Int, _ kernel: Extent, stride: Extent = 1, dilation: Extent = 1, padding: Padding = 0,
            groups: Int = 1, bias: Bool = true
        ) -> FeatureMap {
            net.convolution(
                "conv", x, channels: channels, kernel: kernel, stride: stride, dilation: dilation, padding: padding,
                groups: groups, bias: bias)
        }
        func insets(_ top: Int, _ left: Int, _ bottom: Int, _ right: Int) -> Padding {
            .insets(Insets(top: top, left: left, bottom: bottom, right: right))
        }
        switch name {
        case "rectangular": return convolution(8, Extent(3, 1), stride: Extent(2, 1), padding: insets(1, 0, 1, 0))
        case "rectangular-wide": return convolution(8, Extent(1, 5), padding: insets(0, 2, 0, 2))
        case "dilated": return convolution(8, 3, dilation: 2, padding: 2)
        case "dilated-uneven":
            return convolution(5, Extent(2, 3), dilation: Extent(3, 1), padding: insets(2, 1, 1, 1))
        case "groups": return convolution(8, 3, padding: 1, groups: 2)
        case "groups-strided": return convolution(9, 3, stride: 2, padding: 1, groups: 3, bias: false)
        case "depthwise": return convolution(6, 3, padding: 1, groups: 6)
        case "depthwise-strided": return convolution(6, 5, stride: 2, padding: 2, groups: 6, bias: false)
        case "depthwise-multiplied": return convolution(12, 3, padding: 1, groups: 6)
        case "asymmetric": return convolution(8, 3, padding: insets(0, 1, 2, 1))
        case "same": return convolution(8, 3, stride: 2, padding: .same)
        case "same-depthwise": return convolution(6, 4, stride: 2, padding: .same, groups: 6)
        case "transposed":
            return net.transposedConvolution("conv", x, channels: 5, kernel: 3, stride: 2, padding: 1, bias: true)
        case "transposed-uneven":
            return net.transposedConvolution(
                "conv", x, channels: 8, kernel: Extent(2, 3), stride: Extent(2, 1),
                padding: Insets(top: 0, left: 1, bottom: 1, right: 0), bias: false)
        case "convolution-relu6":
            let y = net.scale("thrice", net.scale("scale", x), by: 3)
            return net.activation(
                "relu6", net.convolution("conv", y, channels: 8, kernel: 3, padding: 1, bias: true), .relu6)
        case "residual-relu6":
            let x = net.scale("thrice", x, by: 3)
            let y = net.convolution("conv", x, channels: 6, kernel: 3, padding: 1, bias: true)
            return net.activation("relu6", net.add("sum", y, x), .relu6)
        case "convolution-silu":
            return net.activation("silu", net.batchNorm("norm", convolution(8, 3, padding: 1), epsilon: 1e-5), .silu)
        // The mean square of what a norm yields hardly depends on its input: gradients would be little but rounding.
        case "norm":
            return net.multiply("product", x, net.batchNorm("norm", net.activation("tanh", x, .tanh), epsilon: 1e-5))
        case "norm-relu6":
            let y = net.batchNorm("norm", net.activation("tanh", x, .tanh), epsilon: 1e-5)
            return net.multiply("product", x, net.activation("relu6", y, .relu6))
        case "sum":
            let y = convolution(6, 3, padding: 1)
            return net.relu("relu", net.add("sum", y, x, net.globalAveragePool("mean", x)))
        case "sum-relu6": return net.activation("relu6", net.add("sum", x, net.scale("scale", x)), .relu6)
        case "product": return net.multiply("product", x, net.scale("scale", x), net.globalAveragePool("mean", x))
        case "squeeze":
            var s = net.convolution("squeeze", net.globalAveragePool("mean", x), channels: 4, kernel: 1, bias: true)
            s = net.convolution("excite", net.relu("relu", s), channels: 6, kernel: 1, bias: true)
            return net.multiply("product", x, net.activation("gate", s, .hardSigmoid))
        case "squeeze-linear":
            let s = net.linear("excite", net.globalAveragePool("mean", x), inputs: 6, outputs: 6)
            return net.multiply("product", net.activation("gate", s, .sigmoid), x)
        case "concatenation":
            let sum = net.add("sum", net.globalAveragePool("mean", x), x)
            return net.concatenate("all", [sum, net.maxPool("pool", x, kernel: 3, stride: 1, padding: 1), x])
        case "dense": return dense(&net, x)
        case "inverted-residual": return invertedResidual(&net, x)
        case "max-pool":
            return net.maxPool("pool", x, kernel: Extent(3, 2), stride: Extent(2, 1), padding: insets(1, 0, 1, 0))
        case "max-pool-up": return net.maxPool("pool", x, kernel: 3, stride: 2, roundsUp: true)
        case "max-pool-same": return net.maxPool("pool", x, kernel: 3, stride: 2, padding: .same)
        case "average-pool": return net.averagePool("pool", x, kernel: 3, stride: 2, padding: 1)
        case "average-pool-inside":
            return net.averagePool("pool", x, kernel: 3, stride: 1, padding: 1, countsPadding: false)
        case "average-pool-up", "average-pool-up-inside":
            return net.averagePool(
                "pool", x, kernel: Extent(2, 3), stride: Extent(3, 2), padding: 1, roundsUp: true,
                countsPadding: name == "average-pool-up")
        case "average-pool-same":
            return net.averagePool("pool", x, kernel: 3, stride: 2, padding: .same, countsPadding: false)
        case "nearest-twice": return net.resize("resize", x, .factor(2), .nearest)
        case "nearest-uneven": return net.resize("resize", x, .exactly(Extent(5, 11)), .nearest)
        case "bilinear": return net.resize("resize", x, .exactly(Extent(13, 4)), .bilinear(alignsCorners: false))
        case "bilinear-aligned":
            return net.resize("resize", x, .exactly(Extent(4, 13)), .bilinear(alignsCorners: true))
        case "local-response": return net.localResponseNorm("norm", x, size: 5, alpha: 0.3, beta: 0.75, k: 2)
        case "local-response-even": return net.localResponseNorm("norm", x, size: 4, alpha: 0.5, beta: 0.6, k: 1)
        case "layer-norm": return net.layerNorm("norm", x, epsilon: 1e-6)
        case "scale": return net.scale("scale", net.scale("half", x, by: 0.5))
        default: preconditionFailure("no case is called \(name)")
        }
    }

    /// Two layers of DenseNet: the second norm stands behind a concatenation.
    private static func dense(_ net: inout NetworkBuilder, _ input: FeatureMap) -> FeatureMap {
        var x = input
        for index in 1...2 {
            let y = net.relu("relu\(index)", net.batchNorm("norm\(index)", x, epsilon: 1e-5))
            let new = net.convolution("conv\(index)", y, channels: 4, kernel: 3, padding: 1, bias: false)
            x = net.concatenate("all\(index)", [x, new])
        }
        return x
    }

    /// MobileNetV2's block.
    private static func invertedResidual(_ net: inout NetworkBuilder, _ x: FeatureMap) -> FeatureMap {
        var y = net.convolution("expand", x, channels: 12, kernel: 1, bias: false)
        y = net.activation("relu1", net.batchNorm("norm1", y, epsilon: 1e-5), .relu6)
        y = net.convolution("depthwise", y, channels: 12, kernel: 3, padding: 1, groups: 12, bias: false)
        y = net.activation("relu2", net.batchNorm("norm2", y, epsilon: 1e-5), .relu6)
        y = net.convolution("project", y, channels: 6, kernel: 1, bias: false)
        return net.add("sum", net.batchNorm("norm3", y, epsilon: 1e-5), x)
    }
}
