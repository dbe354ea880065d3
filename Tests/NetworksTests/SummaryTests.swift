import Networks
import Testing

@Suite struct SummaryTests {
    /// torchvision's published counts; for the original form, with a bias on every convolution, Keras'.
    @Test(arguments: [
        (Architecture.resNet18, Architecture.Form.revised, 11_689_512, 1_814_073_344),
        (.resNet34, .revised, 21_797_672, 3_663_761_408),
        (.resNet50, .revised, 25_557_032, 4_089_184_256),
        (.resNet101, .revised, 44_549_160, 7_801_405_440),
        (.resNet152, .revised, 60_192_808, 11_513_626_624),
        (.resNet50, .original, 25_636_712 - 53_120, 3_857_973_248),
        (.resNet101, .original, 44_707_176 - 105_344, 7_570_194_432),
        (.resNet152, .original, 60_419_944 - 151_424, 11_282_415_616),
        (.vgg11, .revised, 132_863_336, 7_609_090_048),
        (.vgg13, .revised, 133_047_848, 11_308_466_176),
        (.vgg16, .revised, 138_357_544, 15_470_264_320),
        (.vgg19, .revised, 143_667_240, 19_632_062_464),
        (.vgg11BN, .revised, 132_868_840, 7_609_090_048),
        (.vgg13BN, .revised, 133_053_736, 11_308_466_176),
        (.vgg16BN, .revised, 138_365_992, 15_470_264_320),
        (.vgg19BN, .revised, 143_678_248, 19_632_062_464),
    ])
    func countsParametersAndMultiplyAddsOfImageNetNetworks(
        _ architecture: Architecture, _ form: Architecture.Form, _ parameters: Int, _ multiplyAdds: Int
    ) throws {
        let summary = try summary(architecture, .init(form: form, fullyConnected: true))
        #expect(summary.parameterCount == parameters)
        #expect(summary.multiplyAdds == multiplyAdds)
    }

    /// Counted by PyTorch in the published implementation; the paper's table 6 has 0.27 M to 1.7 M.
    @Test(arguments: [
        (Architecture.resNet20, 269_722, 40_551_040), (.resNet32, 464_154, 68_862_592),
        (.resNet44, 658_586, 97_174_144), (.resNet56, 853_018, 125_485_696), (.resNet110, 1_727_962, 252_887_680),
    ])
    func countsParametersAndMultiplyAddsOfCIFARNetworks(
        _ architecture: Architecture, _ parameters: Int, _ multiplyAdds: Int
    ) throws {
        let summary = try summary(architecture, .init(classCount: 10), side: 32)
        #expect(summary.parameterCount == parameters)
        #expect(summary.multiplyAdds == multiplyAdds)
    }

    /// Keras counts moving statistics among the parameters.
    @Test(arguments: [
        (Architecture.resNet50, 25_636_712), (.resNet101, 44_707_176), (.resNet152, 60_419_944),
    ])
    func countsStatisticsApart(_ architecture: Architecture, _ total: Int) throws {
        let summary = try summary(architecture, .init(form: .original))
        #expect(summary.parameterCount + summary.statisticCount == total)
    }

    @Test func dividesParametersIntoTrainableAndFrozen() throws {
        let summary = try summary(.resNet50, .init(classCount: 6), trainableStages: ["layer4", "head"])
        #expect(summary.trainableParameterCount == 14_964_736 + 6 * 2048 + 6)
        #expect(summary.frozenParameterCount == 25_557_032 - 2_049_000 - 14_964_736)
        #expect(try self.summary(.resNet50, .init()).frozenParameterCount == 0)
    }

    /// Araujo, Norris and Sim, “Computing receptive fields of convolutional neural networks”, Distill 2019, for the
    /// forms with the stride on a 1×1 and for VGG-16; the v1.5 values follow from the same recurrence.
    @Test(arguments: [
        (
            Architecture.resNet50, Architecture.Form.original,
            ["layer1": 35, "layer2": 99, "layer3": 291, "layer4": 483]
        ),
        (.resNet101, .original, ["layer4": 1027]),
        (.resNet152, .original, ["layer4": 1507]),
        (.resNet50, .revised, ["stem": 11, "layer1": 35, "layer2": 91, "layer3": 267, "layer4": 427]),
        (.vgg16, .revised, ["block1": 6, "block2": 16, "block3": 44, "block4": 100, "block5": 212]),
    ])
    func knowsReceptiveFields(_ architecture: Architecture, _ form: Architecture.Form, _ expected: [String: Int]) throws
    {
        let network = architecture.network(.init(form: form))
        let summary = try Summary(network, imageHeight: 224, imageWidth: 224, batchSize: 1)
        for (stage, side) in expected {
            let last = try #require(network.stage(named: stage)?.nodes.last)
            #expect(summary.layers[last - 1].receptiveField == side, "\(stage)")
        }
        #expect(summary.layers.last?.receptiveField == nil)
    }

    @Test func describesEachLayer() throws {
        let layers = try summary(.resNet50, .init()).layers
        let convolution = try #require(layers.first { $0.name == "layer2.block1.conv2" })
        #expect(convolution.operation == "convolution 3×3 /2")
        #expect(convolution.output == FeatureShape(height: 28, width: 28, channels: 128))
        #expect(convolution.parameterCount == 128 * 128 * 9)
        #expect(convolution.multiplyAdds == 28 * 28 * 128 * 128 * 9)
        let norm = try #require(layers.first { $0.name == "layer2.block1.norm2" })
        #expect(norm.parameterCount == 256)
        #expect(norm.multiplyAdds == 0)
        #expect(Set(layers.map(\.name)).count == layers.count)
    }

    /// A VGG-11 at 32×32 by hand: the forward pass needs most where block1's convolution meets its pool.
    @Test func estimatesActivationMemory() throws {
        let summary = try summary(.vgg11, .init(classCount: 10), side: 32, batchSize: 2, trainableStages: ["head"])
        let (convolution, pool) = (32 * 32 * 64, 16 * 16 * 64)
        #expect(summary.forwardActivationBytes == 4 * 2 * (convolution + pool))
        #expect(summary.trainingActivationBytes == summary.forwardActivationBytes)

        let whole = try self.summary(.vgg11, .init(classCount: 10), side: 32, batchSize: 2)
        let block2 = (16 * 16 + 8 * 8) * 128
        let block3 = (2 * 8 * 8 + 4 * 4) * 256
        let block4 = (2 * 4 * 4 + 2 * 2) * 512
        let block5 = (2 * 2 * 2 + 1) * 512
        let kept = 32 * 32 * 3 + convolution + pool + block2 + block3 + block4 + block5 + 512 + 10
        #expect(whole.trainingActivationBytes == 4 * 2 * (kept + convolution + 16 * 16 * 128))
    }

    @Test func keepsTheShortcutAliveThroughABlock() throws {
        let summary = try summary(.resNet20, .init(classCount: 10), side: 32)
        // In layer1's blocks: the shortcut, a convolution's input and its output.
        #expect(summary.forwardActivationBytes == 4 * 3 * 32 * 32 * 16)
    }

    @Test func rendersATable() throws {
        let text = try summary(.resNet20, .init(classCount: 10), side: 32, batchSize: 8, trainableStages: ["head"]).text
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0] == "resnet20 for images of 32×32")
        #expect(
            lines[2]
                == "layer                   operation              output  parameters  multiply-adds  receptive field"
        )
        #expect(
            lines[3]
                == "stem.conv               convolution 3×3      32×32×16         432        442,368                3"
        )
        #expect(lines.contains { $0.hasPrefix("head.linear ") && $0.hasSuffix("image") })
        #expect(
            lines.suffix(4).map { String($0) } == [
                "parameters     269,722: 650 trainable, 269,072 frozen; and 1,376 running statistics",
                "multiply-adds  40,551,040 an image",
                "activations    1.5 MiB forward, 1.5 MiB training, estimated for 8 images in 32-bit floats",
                "",
            ])
    }

    @Test func refusesImagesTooSmall() {
        #expect(throws: ImageSizeError.self) { try self.summary(.vgg16, .init(), side: 31) }
    }

    private func summary(
        _ architecture: Architecture, _ options: Architecture.Options, side: Int = 224, batchSize: Int = 1,
        trainableStages: Set<String>? = nil
    ) throws -> Summary {
        try Summary(
            architecture.network(options), imageHeight: side, imageWidth: side, batchSize: batchSize,
            trainableStages: trainableStages)
    }
}
