// Sandler and others, “MobileNetV2: Inverted residuals and linear bottlenecks”, 2018 (arXiv:1801.04381).

extension Architecture {
    public static let mobileNetV2 = MobileNetV2.architecture
}

enum MobileNetV2 {
    static let all: [Architecture] = [architecture]

    // In the form `keras` strided convolutions are padded as TensorFlow's `same`, mostly behind, and epsilon is 1e-3.
    private static let family = Architecture.Family(
        forms: [.torch, .keras],
        keras: .init(preprocessing: .tf, forms: [.keras], layerNames: kerasNames),
        torch: .init(preprocessing: .torch, forms: [.torch], layerNames: torchNames))

    /// Table 2 of the paper: each row is a stage of `count` blocks, of which the first has the stride.
    static let rows: [(expansion: Int, channels: Int, count: Int, stride: Int)] = [
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
    ]

    static let architecture = Architecture(
        "mobilenet_v2", family, input: FeatureShape(height: 224, width: 224, channels: 3)
    ) { net, form in
        let style = form == .keras ? Style.keras : Style.torch
        net.beginStage("stem")
        var x = net.normalizedConvolution("", net.input, channels: 32, kernel: 3, stride: 2, style)
        for (index, row) in rows.enumerated() {
            net.beginStage("layer\(index + 1)")
            for block in 1...row.count {
                x = net.invertedResidual(
                    "block\(block)", x, channels: row.channels, stride: block == 1 ? row.stride : 1,
                    expansion: row.expansion, style)
            }
        }
        net.beginStage("top")
        return net.normalizedConvolution("", x, channels: 1280, kernel: 1, style)
    }

    // MARK: Names

    /// The number of a block among all, from 0, by its place in its stage.
    private static func number(_ place: BlockPlace) -> Int {
        rows[..<(place.stage - 1)].map(\.count).reduce(0, +) + place.block - 1
    }

    /// Those of Keras' applications: `block_1_expand`, `block_1_expand_BN`; the first block's are `expanded_conv_…`.
    @Sendable private static func kerasNames(_ network: Network, _ index: Int) -> [String] {
        let node = network.nodes[index].name
        switch node {
        case "stem.conv": return ["Conv1"]
        case "stem.norm": return ["bn_Conv1"]
        case "top.conv": return ["Conv_1"]
        case "top.norm": return ["Conv_1_bn"]
        case "top.relu": return ["out_relu"]
        case "head.linear": return ["predictions", "Logits"]
        default: break
        }
        guard let place = BlockPlace(node), place.rest.count == 2 else { return [] }
        let number = number(place)
        let prefix = "\(number == 0 ? "expanded_conv" : "block_\(number)")_\(place.rest[0])"
        return ["conv": [prefix], "norm": ["\(prefix)_BN"]][place.rest[1]] ?? []
    }

    /// torchvision's, which numbers blocks from 1 and what is in them: `features.2.conv.0.0`; and timm's, which keeps the
    /// paper's rows: `blocks.1.0.conv_pw`.
    @Sendable private static func torchNames(_ network: Network, _ index: Int) -> [String] {
        let node = network.nodes[index].name
        switch node {
        case "stem.conv": return ["features.0.0", "conv_stem"]
        case "stem.norm": return ["features.0.1", "bn1"]
        case "top.conv": return ["features.18.0", "conv_head"]
        case "top.norm": return ["features.18.1", "bn2"]
        case "head.linear": return ["classifier.1", "classifier"]
        default: break
        }
        guard let place = BlockPlace(node), place.rest.count == 2, place.rest[1] != "relu" else { return [] }
        let number = number(place)
        let parts = number == 0 ? ["depthwise", "project"] : ["expand", "depthwise", "project"]
        guard let position = parts.firstIndex(of: String(place.rest[0])) else { return [] }
        let isNorm = place.rest[1] == "norm"
        // The last convolution and its norm stand by themselves, those before in pairs.
        let isLast = position == parts.count - 1
        let ours = isLast ? "\(position + (isNorm ? 1 : 0))" : "\(position).\(isNorm ? 1 : 0)"
        let convolutions = number == 0 ? ["conv_dw", "conv_pw"] : ["conv_pw", "conv_dw", "conv_pwl"]
        let timm = isNorm ? "bn\(position + 1)" : convolutions[position]
        return ["features.\(number + 1).conv.\(ours)", "blocks.\(place.stage - 1).\(place.block - 1).\(timm)"]
    }
}

/// What differs between the forms.
private struct Style {
    let epsilon: Double
    let padsAsTensorFlow: Bool

    static let torch = Style(epsilon: 1e-5, padsAsTensorFlow: false)
    static let keras = Style(epsilon: 1e-3, padsAsTensorFlow: true)

    /// Of a 3×3 or 1×1 convolution.
    func padding(kernel: Int) -> Padding { padsAsTensorFlow ? .same : Padding(side: kernel / 2) }
}

extension NetworkBuilder {
    /// A convolution, batch norm, and ReLU6 unless `isLinear`.
    fileprivate mutating func normalizedConvolution(
        _ name: String, _ input: FeatureMap, channels: Int, kernel: Int, stride: Int = 1, groups: Int = 1,
        isLinear: Bool = false, _ style: Style
    ) -> FeatureMap {
        let prefix = name.isEmpty ? "" : "\(name)."
        var x = convolution(
            "\(prefix)conv", input, channels: channels, kernel: Extent(side: kernel), stride: Extent(side: stride),
            padding: style.padding(kernel: kernel), groups: groups, bias: false)
        x = batchNorm("\(prefix)norm", x, epsilon: style.epsilon)
        return isLinear ? x : activation("\(prefix)relu", x, .relu6)
    }

    /// A wide depthwise convolution between narrow ends, and a sum where these are alike.
    fileprivate mutating func invertedResidual(
        _ name: String, _ input: FeatureMap, channels: Int, stride: Int, expansion: Int, _ style: Style
    ) -> FeatureMap {
        let width = expansion * input.channels
        var x = input
        if expansion > 1 { x = normalizedConvolution("\(name).expand", x, channels: width, kernel: 1, style) }
        x = normalizedConvolution(
            "\(name).depthwise", x, channels: width, kernel: 3, stride: stride, groups: width, style)
        x = normalizedConvolution("\(name).project", x, channels: channels, kernel: 1, isLinear: true, style)
        return stride == 1 && input.channels == channels ? add("\(name).add", x, input) : x
    }
}
