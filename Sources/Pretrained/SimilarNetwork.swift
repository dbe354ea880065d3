import Archives

/// Published networks that have most names of one of ours and are another network: what differs, for a person.
///
/// What cannot be told from names and shapes, `config.json` tells.
enum SimilarNetwork {
    /// The shape of each layer's weight, by the layer's name without wrappers.
    private typealias Shapes = [String: [Int]]

    private struct Kin {
        let name: String
        let difference: String
        let isOne: @Sendable (Shapes) -> Bool
    }

    private static let deepStem = "its stem has three 3×3 convolutions where ResNet has one of 7×7"

    private static let kin: [Kin] = [
        Kin(
            name: "wide_resnet50_2 or wide_resnet101_2",
            difference: "the convolutions inside of its blocks are twice as wide as ResNet's"
        ) { $0["layer1.0.conv2"] == [128, 128, 3, 3] },
        Kin(
            name: "a ResNeXt",
            difference: "its 3×3 convolutions have 32 or 64 groups where ResNet's have one"
        ) { [[128, 4, 3, 3], [256, 8, 3, 3], [256, 4, 3, 3]].contains($0["layer1.0.conv2"]) },
        Kin(
            name: "an SE-ResNet (timm's seresnet50, or legacy_seresnet50 of Caffe's heritage)",
            difference: "its blocks end in squeeze-and-excitation, which ResNet's have not"
        ) { $0["layer1.0.se.fc1"] != nil || $0["layer1.0.se_module.fc1"] != nil },
        Kin(
            name: "an ECA-ResNet (timm's ecaresnet50)",
            difference: "its blocks end in channel attention, which ResNet's have not"
        ) { $0["layer1.0.se.conv"] != nil },
        Kin(
            name: "a ResNet-D (timm's resnet50d and its kin)",
            difference: "\(deepStem), and its shortcuts average first"
        ) { $0["conv1.3"] != nil && $0["layer2.0.downsample.1"]?.count == 4 },
        Kin(name: "a ResNet with a deep stem (timm's resnet50c, resnet50s and their kin)", difference: deepStem) {
            $0["conv1.3"] != nil
        },
        Kin(
            name: "resnet26", difference: "its stages have two bottleneck blocks each, those of resnet50 3, 4, 6 and 3"
        ) { shapes in
            let stages = (1...4).map { "layer\($0)" }
            return stages.allSatisfy { shapes["\($0).1.conv3"]?.count == 4 && shapes["\($0).2.conv3"] == nil }
        },
        Kin(
            name: "a ResNet V2 (BiT)", difference: "its blocks normalise groups of channels before they convolve"
        ) { $0["stages.0.blocks.0.norm1"] != nil && $0["stem.conv"] != nil },
        Kin(
            name: "a MobileNetV2 of another width (timm's mobilenetv2_050, mobilenetv2_140)",
            difference: "its layers are narrower or wider than those of mobilenet_v2, whose width is 1"
        ) { shapes in
            guard let stem = shapes["conv_stem"] ?? shapes["features.0.0"], stem.count == 4 else { return false }
            let isInverted = shapes["blocks.1.0.conv_pwl"] != nil || shapes["features.2.conv.2"] != nil
            return isInverted && shapes["blocks.1.0.se.conv_reduce"] == nil && stem[0] != 32
        },
        Kin(
            name: "squeezenet1_0",
            difference: "its stem has 96 filters of 7×7 where squeezenet1_1 has 64 of 3×3, and its pools come later"
        ) { $0["features.0"] == [96, 3, 7, 7] && $0["features.3.squeeze"] != nil },
        Kin(name: "a DenseNet", difference: "its layers read all layers before them") { $0["features.conv0"] != nil },
        Kin(name: "GoogLeNet", difference: "its blocks have four branches") { $0["inception3a.branch1.conv"] != nil },
        Kin(name: "Inception-v3", difference: "its blocks have branches of unlike shapes") {
            $0["Mixed_5b.branch1x1.conv"] != nil
        },
    ]

    /// Which of them a file of PyTorch's names holds, and what makes it another; nil for none.
    static func words(of file: WeightFile) -> String? {
        guard file.layout == .torch else { return nil }
        var shapes: Shapes = [:]
        for layer in file.layers {
            for tensor in layer.tensors where tensor.role == .weight { shapes[layer.name] = tensor.entry.shape }
        }
        return kin.first { $0.isOne(shapes) }.map { "\($0.name): \($0.difference)" }
    }
}
