// He, Zhang, Ren and Sun, “Deep residual learning for image recognition”, 2015 (arXiv:1512.03385).

extension Architecture {
    public static let resNet18 = ResNet.architecture("resnet18", .basic, [2, 2, 2, 2])
    public static let resNet34 = ResNet.architecture("resnet34", .basic, [3, 4, 6, 3])
    public static let resNet50 = ResNet.architecture("resnet50", .bottleneck, [3, 4, 6, 3])
    public static let resNet101 = ResNet.architecture("resnet101", .bottleneck, [3, 4, 23, 3])
    public static let resNet152 = ResNet.architecture("resnet152", .bottleneck, [3, 8, 36, 3])
}

/// The forms of the ImageNet ResNets. Basic blocks (ResNet-18 and -34) are the same in `v1.5` and `caffe`.
extension Architecture.Form {
    /// As in the paper and in Keras: a bottleneck halves the feature map in its first 1×1 convolution; convolutions have
    /// biases; epsilon is 1.001e-5.
    public static let original = Self("original", owners: "Keras'")
    /// As in torchvision (“v1.5”): a bottleneck halves the feature map in its 3×3 convolution; no biases; epsilon 1e-5.
    public static let revised = Self("v1.5", owners: "torchvision's")
    /// As in the authors' Caffe models and in Detectron: a bottleneck halves the feature map in its first 1×1 convolution;
    /// no biases; epsilon 1e-5.
    public static let caffe = Self("caffe", owners: "MSRA's, Caffe's and Detectron's")

    /// Whether a bottleneck halves the feature map in its first convolution, not in its second.
    fileprivate var stridesFirst: Bool { self != .revised }
    fileprivate var hasBias: Bool { self == .original }
    fileprivate var epsilon: Double { self == .original ? 1.001e-5 : 1e-5 }
}

/// The ResNets for ImageNet.
enum ResNet {
    static let all: [Architecture] = [.resNet18, .resNet34, .resNet50, .resNet101, .resNet152]

    // Tensors tell biases, but not where a bottleneck strides.
    private static let family = Architecture.Family(
        forms: [.revised, .original, .caffe],
        keras: .init(
            preprocessing: .caffe, forms: [.revised, .original], rarerForms: [.caffe], layerNames: kerasNames),
        torch: .init(
            preprocessing: .torch, forms: [.revised, .original], rarerForms: [.caffe], layerNames: torchNames))

    /// The residual function of a block.
    enum Block {
        /// Two 3×3 convolutions.
        case basic
        /// 1×1, 3×3, 1×1; the last one widens fourfold.
        case bottleneck
    }

    /// Table 1 of the paper: a 7×7 stem and four stages of `blocks`.
    static func architecture(_ name: String, _ block: Block, _ blocks: [Int]) -> Architecture {
        Architecture(name, family, input: FeatureShape(height: 224, width: 224, channels: 3)) { net, form in
            let form = form ?? .revised
            net.beginStage("stem")
            var x = net.convolution(
                "conv", net.input, channels: 64, kernel: 7, stride: 2, padding: 3, bias: form.hasBias)
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
                    case .bottleneck:
                        x = net.bottleneckBlock("block\(index + 1)", x, width: width, stride: stride, form)
                    }
                }
            }
            return x
        }
    }
}

/// How a shortcut bridges a change of shape; where the shape stays it is the identity.
enum Shortcut {
    /// Option A: every second position, new channels zero.
    case padded
    /// Option B: a 1×1 convolution and batch norm.
    case projection
}

extension NetworkBuilder {
    mutating func basicBlock(
        _ name: String, _ input: FeatureMap, width: Int, stride: Extent, _ form: Architecture.Form,
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
        _ name: String, _ input: FeatureMap, width: Int, stride: Extent, _ form: Architecture.Form
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
        _ name: String, _ input: FeatureMap, _ kind: Shortcut, channels: Int, stride: Extent, _ form: Architecture.Form
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

// MARK: Names

extension ResNet {
    /// A convolution or norm in a block, numbered from 1; 0 for the shortcut's.
    private static func layer(_ place: BlockPlace) -> (isConvolution: Bool, position: Int)? {
        guard let last = place.rest.last, let kind = ["conv", "norm"].first(where: last.hasPrefix) else { return nil }
        return (kind == "conv", last.number(after: kind) ?? 0)
    }

    /// torchvision's: `layer2.0.conv3`, `layer2.0.downsample.0`, which the usual CIFAR ResNets call `shortcut`; and those of
    /// transformers, behind its `resnet.encoder`: `stages.1.layers.0.layer.2.convolution`.
    @Sendable static func torchNames(_ network: Network, _ index: Int) -> [String] {
        let node = network.nodes[index].name
        switch node {
        case "stem.conv": return ["conv1", "embedder.embedder.convolution"]
        case "stem.norm": return ["bn1", "embedder.embedder.normalization"]
        default: break
        }
        guard let place = BlockPlace(node), let (isConvolution, position) = layer(place) else { return [] }
        let prefix = "layer\(place.stage).\(place.block - 1)"
        let (long, kind) = (
            "stages.\(place.stage - 1).layers.\(place.block - 1)", isConvolution ? "convolution" : "normalization"
        )
        guard position > 0 else {
            return ["downsample", "shortcut"].map { "\(prefix).\($0).\(isConvolution ? 0 : 1)" }
                + ["\(long).shortcut.\(kind)"]
        }
        return ["\(prefix).\(isConvolution ? "conv" : "bn")\(position)", "\(long).layer.\(position - 1).\(kind)"]
    }

    /// Those of Keras' applications: `conv3_block1_2_conv`, where 0 is the shortcut; in 2016 `res3a_branch2b` and `bn…`,
    /// `branch1` the shortcut, in which blocks of deep networks are `a`, `b1`, `b2`, ….
    @Sendable static func kerasNames(_ network: Network, _ index: Int) -> [String] {
        let node = network.nodes[index].name
        switch node {
        case "stem.conv": return ["conv1_conv", "conv1"]
        case "stem.norm": return ["conv1_bn", "bn_conv1"]
        case "stem.pool": return ["pool1_pool", "pool1_pad"]
        case "head.linear": return ["predictions", "probs", "fc1000"]
        default: break
        }
        guard let place = BlockPlace(node), let (isConvolution, position) = layer(place) else { return [] }
        let stage = place.stage + 1
        let today = "conv\(stage)_block\(place.block)_\(position)_\(isConvolution ? "conv" : "bn")"
        let branch = ["branch1", "branch2a", "branch2b", "branch2c"][position]
        let letter = (1...26).contains(place.block) ? String(UnicodeScalar(UInt8(96 + place.block))) : nil
        let number = place.block > 1 ? "b\(place.block - 1)" : nil
        return [today]
            + [letter, number].compactMap(\.self).map { "\(isConvolution ? "res" : "bn")\(stage)\($0)_\(branch)" }
    }
}
