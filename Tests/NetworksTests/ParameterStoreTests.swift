import Networks
import Tensors
import TestSupport
import Testing

@Suite struct ParameterStoreTests {
    @Test func startsAtZero() {
        let store = ParameterStore(Architecture.resNet20.network())
        #expect(store.descriptions.allSatisfy { description in store[description.name].allSatisfy { $0 == 0 } })
    }

    @Test func initializesTheNamedStagesOnly() {
        let store = ParameterStore(Architecture.resNet20.network())
        store.initialize(stages: ["layer2", "head"], seed: 1)
        #expect(store["stem.conv.weight"].allSatisfy { $0 == 0 })
        #expect(store["layer2.block1.norm1.scale"].allSatisfy { $0 == 1 })
        #expect(store["layer2.block1.norm1.variance"].allSatisfy { $0 == 1 })
        #expect(store["layer2.block1.norm1.shift"].allSatisfy { $0 == 0 })
        #expect(store["head.linear.bias"].allSatisfy { $0 == 0 })
    }

    @Test func drawsWeightsFromTheirDistributions() {
        let store = ParameterStore(Architecture.resNet20.network())
        store.initialize(stages: ["layer3", "head"], seed: 7)
        // 3×3 convolutions of 64 channels: variance 2 / (9 · 64), within four standard errors of 36,864 draws.
        let weights = store["layer3.block2.conv1.weight"].map(Double.init)
        let count = Double(weights.count)
        let standardized = weights.map { $0 * Double(288).squareRoot() }
        let mean = standardized.reduce(0, +) / count
        let variance = standardized.reduce(0) { $0 + $1 * $1 } / count
        #expect(abs(mean) < 4 / count.squareRoot())
        #expect(abs(variance - 1) < 4 * (2 / count).squareRoot())
        let limit: Float = 1 / 8
        #expect(store["head.linear.weight"].allSatisfy { abs($0) <= limit })
        #expect(store["head.linear.weight"].contains { abs($0) > 0.9 * limit })
    }

    @Test func drawsTheSameForOneSeedWhateverElseIsDrawn() {
        let network = Architecture.resNet20.network()
        let (some, all, other) = (ParameterStore(network), ParameterStore(network), ParameterStore(network))
        some.initialize(stages: ["head"], seed: 3)
        all.initialize(stages: Set(network.trainableStageNames), seed: 3)
        other.initialize(stages: ["head"], seed: 4)
        #expect(some.tensor("head.linear.weight") == all.tensor("head.linear.weight"))
        #expect(some.tensor("head.linear.weight") != other.tensor("head.linear.weight"))
    }

    @Test func copiesAndAssignsTensors() throws {
        let store = ParameterStore(Architecture.resNet20.network(.init(classCount: 2)))
        let bias = Tensor(shape: [2], values: [1, -2])
        store.assign(bias, to: "head.linear.bias")
        #expect(store.tensor("head.linear.bias") == bias)
        #expect(store.tensor("head.linear.weight")?.shape == [2, 64])
        #expect(store.tensor("nothing") == nil)
    }

    /// Values that `Scripts/goldens/formula.py` computes.
    @Test func formulaEqualsThatOfTheGoldens() throws {
        let store = ParameterStore(Architecture.resNet18.network(.init(classCount: 10)))
        FormulaWeights.fill(store)
        let convolution = store["layer1.block1.conv1.weight"]
        #expect(convolution[0] == 0.0057459166 as Float)
        #expect(convolution[36_863] == -0.08394643 as Float)
        #expect(store["layer1.block1.norm1.scale"][7] == 0.7760086 as Float)
        #expect(store["layer1.block1.norm2.scale"][7] == 0.15774463 as Float)

        var input = [Float](repeating: 0, count: 5_000_000)
        input.withUnsafeMutableBufferPointer { FormulaWeights.fill($0, name: "input", low: -2, high: 2) }
        #expect([input[0], input[3], input[4_999_999]] == [1.1961324, 0.005231619, 0.482749])
    }
}
