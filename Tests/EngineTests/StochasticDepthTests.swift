import Engine
import Networks
import Testing

/// Maps of whole images that are left out while a network trains.
@Suite(.serialized) struct StochasticDepthTests {
    private static let (batch, channels) = (64, 4)

    private func network(rate: Double) throws -> Network {
        var net = NetworkBuilder(name: "net", channels: Self.channels)
        net.beginStage("stem")
        let x = net.stochasticDepth("depth", net.scale("scale", net.input), rate: rate)
        net.beginStage("head")
        _ = net.linear("linear", net.globalAveragePool("mean", x), inputs: Self.channels, outputs: 2)
        return try net.network()
    }

    private func plan(_ store: ParameterStore, _ network: Network, seed: UInt64) throws -> Plan {
        let ones = [Float](repeating: 1, count: Self.channels)
        return try Plan(
            network: network, parameters: store,
            preprocessing: Preprocessing(channelOrder: .rgb, mean: ones, standardDeviation: ones),
            configuration: .init(
                batch: Self.batch, height: 1, width: 2, trainableStages: ["stem", "head"],
                taps: ["stem", "logits"], seed: seed))
    }

    /// What the stem yields for each image of ones.
    private func outputs(_ plan: Plan, training: Bool, step: Int = 0) throws -> [Float] {
        try plan.forward(
            preprocessed: [Float](repeating: 1, count: Self.batch * 2 * Self.channels), training: training, step: step)
        return Array(plan.output("stem"))
    }

    @Test func wholeImagesAreLeftOutInTrainingOnly() throws {
        let network = try network(rate: 0.25)
        let store = ParameterStore(network)
        store.initialize(stages: ["stem", "head"], seed: 1)
        let plan = try plan(store, network, seed: 5)
        #expect(try outputs(plan, training: false).allSatisfy { $0 == 1 })

        let trained = try outputs(plan, training: true)
        let images = (0..<Self.batch).map { trained[$0 * Self.channels..<($0 + 1) * Self.channels] }
        #expect(images.allSatisfy { image in image.allSatisfy { $0 == image[image.startIndex] } }, "all or nothing")
        #expect(Set(trained) == [0, Float(1 / 0.75)])
        // Binomial: 48 of 64 are expected to stay, with a deviation of 3.5.
        #expect((34...62).contains(images.count { $0[$0.startIndex] > 0 }))
        #expect(try outputs(plan, training: true) == trained, "a function of seed and step")
        #expect(try outputs(plan, training: true, step: 1) != trained)
        #expect(try outputs(self.plan(store, network, seed: 6), training: true) != trained)
    }

    /// What was left out has no gradient.
    @Test func gradientsPassTheSameMask() throws {
        let network = try network(rate: 0.5)
        let store = ParameterStore(network)
        store.initialize(stages: ["stem", "head"], seed: 1)
        let plan = try plan(store, network, seed: 5)
        let mask = try outputs(plan, training: true)
        let upstream = [Float](repeating: 1, count: Self.batch * 2)
        try upstream.withUnsafeBufferPointer { try plan.backward($0) }
        let weight = store["head.linear.weight"]
        let gradient = try #require(plan.gradients.first { $0.name == "stem.scale.scale" }).values
        for channel in 0..<Self.channels {
            let kept = (0..<Self.batch).reduce(0) { $0 + mask[$1 * Self.channels + channel] }
            let expected = kept * (weight[channel] + weight[Self.channels + channel])
            #expect(abs(gradient[channel] - expected) <= 1e-4 * max(abs(expected), 1))
        }
    }
}
