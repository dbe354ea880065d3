import Networks
import Testing

/// What operations say of themselves.
@Suite struct OperationTests {
    private func shape(_ height: Int, _ width: Int, _ channels: Int = 4) -> FeatureShape {
        FeatureShape(height: height, width: width, channels: channels)
    }

    /// By the rules of TensorFlow (`same`) and PyTorch (`ceil_mode`).
    @Test(arguments: [
        (Window(3, stride: 2, padding: 1), 7, 8, Extent(4, 4)),
        (Window(3, stride: 2), 7, 8, Extent(3, 3)),
        (Window(3, stride: 2, roundsUp: true), 7, 8, Extent(3, 4)),
        // The last window would begin behind the input.
        (Window(2, stride: 3, padding: 1, roundsUp: true), 7, 8, Extent(3, 3)),
        (
            Window(Extent(3, 1), stride: Extent(1, 2), padding: .insets(Insets(top: 1, left: 0, bottom: 0, right: 1))),
            5, 5, Extent(4, 3)
        ),
        (Window(3, dilation: 2), 7, 5, Extent(3, 1)),
        (Window(3, dilation: 2), 7, 4, Extent(3, 0)),
        (Window(3, stride: 2, padding: .same), 7, 8, Extent(4, 4)),
        (Window(5, stride: 3, padding: .same), 7, 9, Extent(3, 3)),
        (Window(1, stride: 2, padding: .same), 7, 8, Extent(4, 4)),
    ])
    func windowsTakeSoManyPositions(_ window: Window, _ height: Int, _ width: Int, _ expected: Extent) {
        #expect(window.positions(on: shape(height, width)) == expected)
    }

    @Test func theOddRowOfTensorFlowsPaddingStandsBehind() {
        let window = Window(3, stride: 2, padding: .same)
        #expect(window.insets(around: shape(7, 8)) == Insets(top: 1, left: 0, bottom: 1, right: 1))
        #expect(Window(4, padding: .same).insets(around: shape(9, 9)) == Insets(top: 1, left: 1, bottom: 2, right: 2))
    }

    @Test func transposedConvolutionsEnlarge() throws {
        let convolution = TransposedConvolution(
            inputChannels: 4, outputChannels: 3, kernel: 3, stride: 2,
            padding: Insets(top: 1, left: 1, bottom: 0, right: 1), hasBias: true)
        #expect(try convolution.outputShape(of: [shape(5, 6)]) == shape(10, 11, 3))
        #expect(convolution.parameters.map(\.shape) == [[4, 3, 3, 3], [3]])
        #expect(convolution.multiplyAdds(from: [shape(5, 6)], to: shape(10, 11, 3)) == 5 * 6 * 4 * 9 * 3)
    }

    @Test func groupsShareTheWork() {
        let depthwise = Convolution(inputChannels: 8, outputChannels: 8, window: Window(3), groups: 8, hasBias: false)
        #expect(depthwise.parameters.map(\.shape) == [[8, 3, 3, 1]])
        #expect(depthwise.multiplyAdds(from: [shape(9, 9, 8)], to: shape(7, 7, 8)) == 7 * 7 * 8 * 9)
        #expect(depthwise.words == "depthwise convolution 3×3")
        let grouped = Convolution(
            inputChannels: 8, outputChannels: 16, window: Window(Extent(1, 7), stride: Extent(1, 2), dilation: 2),
            groups: 2, hasBias: false)
        #expect(grouped.words == "convolution 1×7 /1×2 dilated 2 in 2 groups")
    }

    @Test func mapsOfOnePositionCountForAll() throws {
        let shapes = [shape(1, 1), shape(5, 6), shape(5, 6)]
        #expect(try Sum().outputShape(of: shapes) == shape(5, 6))
        #expect(try Product().outputShape(of: shapes) == shape(5, 6))
        #expect(throws: ShapeProblem.unequal([shape(5, 6), shape(6, 5)])) {
            try Product().outputShape(of: [shape(5, 6), shape(6, 5)])
        }
        #expect(try Concatenation().outputShape(of: [shape(5, 6, 2), shape(5, 6, 7)]) == shape(5, 6, 9))
        #expect(throws: ShapeProblem.unequal([shape(5, 6), shape(1, 1)])) {
            try Concatenation().outputShape(of: [shape(5, 6), shape(1, 1)])
        }
    }

    /// Each is told when the network is described, by the layer's name.
    @Test(arguments: [
        ("sum", "stage.layer (sum): it cannot take 6 and 3 channels"),
        ("groups", "stage.layer (convolution 3×3 in 4 groups): its numbers make no sense"),
        ("stride", "stage.layer (convolution 3×3 /0): its numbers make no sense"),
        ("pool", "stage.layer (max pool 2×2 /2): its numbers make no sense"),
        ("alone", "stage.layer (sum): it cannot take 1 feature maps"),
        ("linear", "stage.layer (linear): it cannot take 6 channels"),
        ("no classifier", "stage.first: a classifier ends in one row of numbers: in a linear layer, or a global pool"),
    ])
    func impossibleNetworksAreErrors(_ kind: String, _ reason: String) {
        var net = NetworkBuilder(name: "net")
        net.beginStage("stage")
        let x = net.convolution("first", net.input, channels: 6, kernel: 1, bias: true)
        var y = x
        switch kind {
        case "sum": y = net.add("layer", x, net.input)
        case "groups": y = net.convolution("layer", x, channels: 8, kernel: 3, groups: 4, bias: true)
        case "stride": y = net.convolution("layer", x, channels: 8, kernel: 3, stride: 0, bias: true)
        case "pool": y = net.maxPool("layer", x, kernel: 2, stride: 2, padding: 2)
        case "alone": y = net.add("layer", x)
        case "linear": y = net.linear("layer", x, inputs: 8, outputs: 3)
        default: break
        }
        if kind != "no classifier" { _ = net.linear("end", y, inputs: y.channels, outputs: 2) }
        let error = #expect(throws: NetworkError.self) { try net.network() }
        #expect(error?.description == "net cannot be: \(reason)")
    }

    /// With the side of its images known, sizes that do not meet are told as well.
    @Test func impossibleSizesAreErrors() {
        var net = NetworkBuilder(name: "net", side: 8)
        net.beginStage("stage")
        let x = net.convolution("halved", net.input, channels: 3, kernel: 3, stride: 2, padding: 1, bias: true)
        let sum = net.add("sum", x, net.input)
        _ = net.linear("linear", net.globalAveragePool("mean", sum), inputs: 3, outputs: 2)
        let error = #expect(throws: UnequalShapesError.self) { try net.network() }
        #expect(
            error?.description
                == "net cannot take images of 8×8: stage.sum (sum) would get 4×4×3 and 8×8×3; use images of another size"
        )
    }

    /// The receptive field of a stack as in Araujo, Norris and Sim, “Computing receptive fields of convolutional neural
    /// networks” (2019).
    @Test func receptiveFieldsFollowEachAxis() throws {
        var net = NetworkBuilder(name: "net")
        net.beginStage("stage")
        var x = net.convolution("tall", net.input, channels: 3, kernel: Extent(7, 1), bias: true)
        x = net.convolution("wide", x, channels: 3, kernel: Extent(1, 3), stride: 2, dilation: 2, bias: true)
        x = net.maxPool("pool", x, kernel: 2, stride: 2)
        let joined = net.concatenate("joined", [x, x])
        _ = net.linear("linear", net.globalAveragePool("mean", joined), inputs: 6, outputs: 2)
        let layers = try Summary(net.network(), imageHeight: 32, imageWidth: 32, batchSize: 1).layers
        #expect(layers.map(\.receptiveField) == [7, 7, 9, 9, nil, nil])
    }
}
