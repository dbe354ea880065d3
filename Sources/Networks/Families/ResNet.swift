// He, Zhang, Ren and Sun, “Deep residual learning for image recognition”, 2015 (arXiv:1512.03385).

/// The published forms of the ImageNet ResNets. Basic blocks (ResNet-18 and -34) are the same in `v1.5` and `caffe`.
public enum ResNetForm: String, CaseIterable, Sendable {
    /// As in the paper and in Keras: a bottleneck halves the feature map in its first 1×1 convolution; convolutions have
    /// biases; epsilon is 1.001e-5.
    case original
    /// As in torchvision (“v1.5”): a bottleneck halves the feature map in its 3×3 convolution; no biases; epsilon 1e-5.
    case revised = "v1.5"
    /// As in the authors' Caffe models and in Detectron: a bottleneck halves the feature map in its first 1×1 convolution;
    /// no biases; epsilon 1e-5.
    case caffe

    /// Whether a bottleneck halves the feature map in its first convolution, not in its second.
    var stridesFirst: Bool { self != .revised }
    var hasBias: Bool { self == .original }
    var epsilon: Double { self == .original ? 1.001e-5 : 1e-5 }
}

/// The residual function of a block.
enum ResidualBlock {
    /// Two 3×3 convolutions.
    case basic
    /// 1×1, 3×3, 1×1; the last one widens fourfold.
    case bottleneck
}

extension Architecture {
    /// Table 1 of the paper: a 7×7 stem, four stages of `blocks`, global average pooling, one linear layer.
    func resNet(_ block: ResidualBlock, _ blocks: [Int], _ options: Options) throws -> Network {
        let form = options.form
        var net = NetworkBuilder(name: rawValue, batchNormEpsilon: options.batchNormEpsilon)

        net.beginStage("stem")
        var x = net.convolution("conv", net.input, channels: 64, kernel: 7, stride: 2, padding: 3, bias: form.hasBias)
        x = net.batchNorm("norm", x, epsilon: form.epsilon)
        x = net.relu("relu", x)
        x = net.maxPool("pool", x, kernel: 3, stride: 2, padding: 1)

        for (stage, count) in blocks.enumerated() {
            net.beginStage("layer\(stage + 1)")
            for index in 0..<count {
                let stride: Extent = stage > 0 && index == 0 ? 2 : 1
                let width = 64 << stage
                switch block {
                case .basic: x = net.basicBlock("block\(index + 1)", x, width: width, stride: stride, form)
                case .bottleneck: x = net.bottleneckBlock("block\(index + 1)", x, width: width, stride: stride, form)
                }
            }
        }
        return try net.finish(x, options)
    }

    /// Section 4.2 of the paper: a 3×3 stem and three stages of 16, 32 and 64 channels, shortcuts without parameters.
    func cifarResNet(blocksPerStage: Int, _ options: Options) throws -> Network {
        var net = NetworkBuilder(name: rawValue, batchNormEpsilon: options.batchNormEpsilon)

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
        return try net.finish(x, options)
    }
}

/// How a shortcut bridges a change of shape; where the shape stays it is the identity.
private enum Shortcut {
    /// Option A: every second position, new channels zero.
    case padded
    /// Option B: a 1×1 convolution and batch norm.
    case projection
}

extension NetworkBuilder {
    fileprivate mutating func basicBlock(
        _ name: String, _ input: FeatureMap, width: Int, stride: Extent, _ form: ResNetForm,
        shortcut kind: Shortcut = .projection
    ) -> FeatureMap {
        let shortcut = shortcut(name, input, kind, channels: width, stride: stride, form)
        var x = convolution(
            "\(name).conv1", input, channels: width, kernel: 3, stride: stride, padding: 1, bias: form.hasBias)
        x = batchNorm("\(name).norm1", x, epsilon: form.epsilon)
        x = relu("\(name).relu1", x)
        x = convolution("\(name).conv2", x, channels: width, kernel: 3, padding: 1, bias: form.hasBias)
        x = batchNorm("\(name).norm2", x, epsilon: form.epsilon)
        x = add("\(name).add", x, shortcut)
        return relu("\(name).relu2", x)
    }

    fileprivate mutating func bottleneckBlock(
        _ name: String, _ input: FeatureMap, width: Int, stride: Extent, _ form: ResNetForm
    ) -> FeatureMap {
        let (firstStride, secondStride): (Extent, Extent) = form.stridesFirst ? (stride, 1) : (1, stride)
        let shortcut = shortcut(name, input, .projection, channels: 4 * width, stride: stride, form)
        var x = convolution(
            "\(name).conv1", input, channels: width, kernel: 1, stride: firstStride, bias: form.hasBias)
        x = batchNorm("\(name).norm1", x, epsilon: form.epsilon)
        x = relu("\(name).relu1", x)
        x = convolution(
            "\(name).conv2", x, channels: width, kernel: 3, stride: secondStride, padding: 1, bias: form.hasBias)
        x = batchNorm("\(name).norm2", x, epsilon: form.epsilon)
        x = relu("\(name).relu2", x)
        x = convolution("\(name).conv3", x, channels: 4 * width, kernel: 1, bias: form.hasBias)
        x = batchNorm("\(name).norm3", x, epsilon: form.epsilon)
        x = add("\(name).add", x, shortcut)
        return relu("\(name).relu3", x)
    }

    private mutating func shortcut(
        _ name: String, _ input: FeatureMap, _ kind: Shortcut, channels: Int, stride: Extent, _ form: ResNetForm
    ) -> FeatureMap {
        if input.channels == channels && stride == 1 { return input }
        switch kind {
        case .padded:
            return paddedShortcut("\(name).shortcut", input, stride: stride.height, channels: channels)
        case .projection:
            let x = convolution(
                "\(name).shortcut.conv", input, channels: channels, kernel: 1, stride: stride, bias: form.hasBias)
            return batchNorm("\(name).shortcut.norm", x, epsilon: form.epsilon)
        }
    }
}
