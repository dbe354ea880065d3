import Engine
import Networks
import TestSupport
import Testing

/// Sums whose shortcut is what the convolution reads, as none of our networks has them.
@Suite(.serialized) struct ResidualTests {
    /// A stem, and relu(x + conv(x)).
    private func network(channels: Int, kernel: Extent) throws -> Network {
        var net = NetworkBuilder(name: "shortcut")
        net.beginStage("stem")
        var x = net.convolution("conv", net.input, channels: channels, kernel: 3, padding: 1, bias: true)
        x = net.relu("relu", x)
        net.beginStage("block")
        let y = net.convolution(
            "conv", x, channels: channels, kernel: kernel, padding: Padding(side: kernel.height / 2), bias: true)
        x = net.relu("relu", net.add("add", y, x))
        net.beginStage("head")
        _ = net.linear("linear", net.globalAveragePool("mean", x), inputs: channels, outputs: 3)
        return try net.network()
    }

    /// 32 channels go through Winograd's method where there are vectors for it.
    @Test(arguments: [(12, 3), (32, 3), (32, 1)] as [(Int, Extent)], Precision.allCases.filter(\.isSupported))
    func theShortcutIsReadBeforeItIsOverwritten(_ shape: (channels: Int, kernel: Extent), _ precision: Precision) throws
    {
        let network = try network(channels: shape.channels, kernel: shape.kernel)
        let store = ParameterStore(network)
        FormulaWeights.fill(store)
        let taps = ["stem.relu", "block.conv", "block.relu"]
        func outputs(_ taps: [String]) throws -> [[Float]] {
            try maps(of: network, store, height: 21, width: 19, precision, at: taps)
        }
        let parts = try outputs(taps)
        let expected = zip(parts[0], parts[1]).map { max($0 + $1, 0) }
        let limit = precision == .bf16 ? 1e-2 : 1e-6
        #expect(relativeDifference(parts[2], expected) < limit)
        // Alone it is computed in the same way.
        #expect(try outputs(["block.relu"])[0] == parts[2])
    }

    @Test func sumsOfUnequalShapesAreNamed() throws {
        var net = NetworkBuilder(name: "uneven")
        net.beginStage("stem")
        let x = net.convolution("conv", net.input, channels: 4, kernel: 3, stride: 2, padding: 1, bias: false)
        let y = net.convolution("narrow", net.input, channels: 4, kernel: 2, stride: 2, bias: false)
        let sum = net.add("add", x, y)
        net.beginStage("head")
        _ = net.linear("linear", net.globalAveragePool("mean", sum), inputs: 4, outputs: 2)
        let network = try net.network()
        #expect(try network.shapes(height: 8, width: 8)[3] == FeatureShape(height: 4, width: 4, channels: 4))
        for (height, width, words) in [(9, 8, "5×4×4 and 4×4×4"), (8, 9, "4×5×4 and 4×4×4")] {
            #expect {
                try network.shapes(height: height, width: width)
            } throws: {
                "\($0)"
                    == "uneven cannot take images of \(height)×\(width): stem.add (sum) would get \(words); use images of another size"
            }
        }
    }

    /// The gradient of a 1×1 convolution on a padded input, against differences of a loss that is linear in the weights.
    @Test(arguments: Precision.allCases.filter(\.isSupported))
    func paddedPointwiseWeightGradients(_ precision: Precision) throws {
        var net = NetworkBuilder(name: "padded")
        net.beginStage("stem")
        let x = net.convolution("conv", net.input, channels: 4, kernel: 1, padding: 1, bias: false)
        net.beginStage("head")
        _ = net.linear("linear", net.globalAveragePool("mean", x), inputs: 4, outputs: 3)
        let network = try net.network()
        let store = ParameterStore(network)
        FormulaWeights.fill(store)
        let plan = try Plan(
            network: network, parameters: store, preprocessing: .torch,
            configuration: .init(batch: 2, height: 5, width: 6, precision: precision, trainableStages: ["stem"]))
        plan.fillPixels()
        let direction: [Float] = [1, -2, 3, -1, 0.5, 2]
        func loss() throws -> Float {
            try plan.parametersChanged()
            try plan.forward()
            return zip(plan.output("logits"), direction).reduce(0) { $0 + $1.0 * $1.1 }
        }
        _ = try loss()
        try direction.withUnsafeBufferPointer { try plan.backward($0) }
        let gradient = Array(try #require(plan.gradients.first).values)
        let weight = store["stem.conv.weight"]
        var measured: [Float] = []
        for i in weight.indices {
            let before = weight[i]
            weight[i] = before + 4
            let above = try loss()
            weight[i] = before - 4
            measured.append((above - (try loss())) / 8)
            weight[i] = before
        }
        #expect(relativeDifference(gradient, measured) < (precision == .bf16 ? 2e-2 : 1e-4))
    }
}
