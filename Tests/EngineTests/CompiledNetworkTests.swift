import Engine
import Networks
import TestSupport
import Testing

@Suite struct CompiledNetworkTests {
    private let network = Architecture.resNet20.network(.init(classCount: 10))
    private let store: ParameterStore
    private let compiled: CompiledNetwork

    init() {
        store = ParameterStore(network)
        FormulaWeights.fill(store)
        compiled = CompiledNetwork(network: network, parameters: store, preprocessing: .raw)
    }

    private func configuration(batch: Int) -> Plan.Configuration { .init(batch: batch, height: 32, width: 32) }

    private func logits(_ plan: Plan) throws -> [Float] {
        try plan.forward(preprocessed: formulaImages(plan.configuration.batch, side: 32))
        return Array(plan.output("logits"))
    }

    @Test func aPlanIsCompiledOnce() throws {
        let plan = try compiled.plan(configuration(batch: 4))
        #expect(try compiled.plan(configuration(batch: 4)) === plan)
        #expect(try compiled.plan(forAtLeast: configuration(batch: 3)) === plan)
        #expect(try compiled.plan(configuration(batch: 3)) !== plan)
        #expect(try compiled.plan(forAtLeast: configuration(batch: 5)) !== plan)
        var other = configuration(batch: 4)
        other.taps = ["pool"]
        #expect(try compiled.plan(forAtLeast: other) !== plan)
    }

    @Test func plansOfOtherSizesTakeLittleMemory() throws {
        _ = try compiled.plan(configuration(batch: 8))
        let bytes = compiled.memoryBytes
        _ = try compiled.plan(configuration(batch: 7))
        #expect(compiled.memoryBytes < bytes * 3 / 2)
        compiled.removePlans()
        #expect(compiled.memoryBytes == 0)
    }

    /// Whichever plan is asked for first, and whatever it shares with others.
    @Test func everyPlanTakesOverWhatHasChanged() throws {
        let sizes = [4, 2, 3]
        let before = try sizes.map { try logits(compiled.plan(configuration(batch: $0))) }
        for name in ["stem.conv.weight", "layer2.block1.conv1.weight", "head.linear.bias"] {
            for i in store[name].indices { store[name][i] *= 1.5 }
        }
        compiled.parametersChanged(in: ["stem", "layer2", "head"])
        let fresh = CompiledNetwork(network: network, parameters: store, preprocessing: .raw)
        for (size, before) in zip(sizes, before).reversed() {
            let after = try logits(compiled.plan(configuration(batch: size)))
            #expect(after != before)
            #expect(try after == logits(fresh.plan(configuration(batch: size))))
        }
    }

    /// A part that only the newest plan computes keeps that plan when others must go.
    @Test func aPlanMayShareTheNewestOnesMemory() throws {
        for batch in 1...5 { _ = try compiled.plan(configuration(batch: batch)) }
        let cut = try #require(try network.cut(height: 32, width: 32, precision: .f32, trained: ["layer3", "head"]))
        for batch in 1...3 {
            var suffix = configuration(batch: batch)
            suffix.part = .suffix(cut)
            #expect(try compiled.plan(suffix).configuration.batch == batch)
        }
    }

    /// However many sizes come, and none is wrong once others have been forgotten.
    @Test func fewPlansAreKept() throws {
        let reference = try logits(compiled.plan(configuration(batch: 12)))
        for batch in 1...11 {
            #expect(try logits(compiled.plan(configuration(batch: batch)))[..<10] == reference[..<10])
        }
        let first = try compiled.plan(configuration(batch: 1))
        #expect(try logits(first)[...] == reference[..<10])
        #expect(try compiled.plan(configuration(batch: 1)) === first)
    }
}
