import Engine
import Networks
import TestSupport
import Testing

@Suite(.serialized) struct CutTests {
    private let network = Architecture.resNet20.network(.init(classCount: 10, dropout: 0.5))
    private let store: ParameterStore

    init() {
        store = ParameterStore(network)
        FormulaWeights.fill(store)
    }

    private func plan(
        batch: Int = 4, _ stages: Set<String>, _ precision: Precision, _ part: Plan.Part = .whole,
        mode: BatchNormMode = .frozen, partner: Plan? = nil
    ) throws -> Plan {
        var configuration = Plan.Configuration(
            batch: batch, height: 32, width: 32, precision: precision, trainableStages: stages, batchNorm: mode,
            seed: 3)
        configuration.part = part
        let plan = try Plan(
            network: network, parameters: store, preprocessing: .torch, configuration: configuration,
            sharingMemoryOf: partner)
        plan.fillPixels()
        return plan
    }

    /// Logits and gradients of a step.
    private func step(_ plan: Plan) throws -> [[Float]] {
        try plan.forward(training: true, step: 7)
        let logits = Array(plan.output("logits"))
        let (_, gradient) = crossEntropy(plan.output("logits"), classCount: 10)
        try gradient.withUnsafeBufferPointer { try plan.backward($0) }
        return [logits] + plan.gradients.map { Array($0.values) }
    }

    @Test(arguments: [["head"], ["layer3", "head"], ["layer2", "head"]], Precision.allCases)
    func bothSidesTogetherEqualTheWhole(_ stages: [String], _ precision: Precision) throws {
        guard precision.isSupported else { return }
        let stages = Set(stages)
        let whole = try step(plan(stages, precision))
        let cut = try #require(try network.cut(height: 32, width: 32, precision: precision, trained: stages))
        let prefix = try plan([], precision, .prefix(cut))
        let suffix = try plan(stages, precision, .suffix(cut))
        try prefix.forward()
        suffix.boundary.copyMemory(from: UnsafeRawBufferPointer(prefix.boundary))
        #expect(try step(suffix) == whole)
    }

    @Test func theCutIsTheSmallestValueBehindTheFrozenLayers() throws {
        func cut(_ trained: Set<String>) throws -> Cut? {
            try network.cut(height: 32, width: 32, precision: .f32, trained: trained)
        }
        #expect(try cut(["head"])?.stage == "pool")
        #expect(try cut(["head"])?.byteCount == 64 * 4)
        #expect(try cut(["layer3", "head"])?.stage == "layer2")
        #expect(try cut(["layer3", "head"])?.shape == FeatureShape(height: 16, width: 16, channels: 32))
        #expect(try cut(["layer1"])?.parameters == network.parameters.filter { $0.stage == "stem" }.map(\.name))
        #expect(try cut(["stem", "head"]) == nil)
    }

    @Test(arguments: BatchNormMode.allCases)
    func aPlanInAnothersMemoryComputesTheSame(_ mode: BatchNormMode) throws {
        let stages: Set<String> = ["layer2", "layer3", "head"]
        let statistics = store["layer2.block1.norm1.mean"]
        let before = Array(statistics)
        let full = try plan(batch: 8, stages, .f32, mode: mode)
        let own = try plan(batch: 3, stages, .f32, mode: mode)
        let expected = try step(own)
        if mode == .frozen { #expect(Array(statistics) == before) }
        _ = try step(full)
        let shared = try plan(batch: 3, stages, .f32, mode: mode, partner: full)
        #expect(try step(shared) == expected)
        #expect(shared.memoryBytes < own.memoryBytes / 2)
        store["layer3.block1.conv1.weight"][0] += 1
        try full.parametersChanged()
        try shared.parametersChanged()
        try own.parametersChanged()
        #expect(try step(shared) == step(own))
    }

    /// What a cache of activations rests on: an image yields the same bits in any company and at any place of a batch.
    @Test(arguments: Architecture.catalogue, Precision.allCases)
    func activationsOfAnImageDependOnNothingElse(_ architecture: Architecture, _ precision: Precision) throws {
        guard precision.isSupported else { return }
        let network = architecture.network(.init(classCount: 4))
        let store = ParameterStore(network)
        FormulaWeights.fill(store)
        let side = architecture == .alexNet ? 64 : 40
        let cut = try #require(try network.cut(height: side, width: side, precision: precision, trained: ["head"]))
        var configuration = Plan.Configuration(batch: 5, height: side, width: side, precision: precision)
        configuration.part = .prefix(cut)
        let plan = try Plan(
            network: network, parameters: store, preprocessing: .torch, configuration: configuration)
        let bytes = side * side * 3
        func activations(_ images: [Int]) throws -> [[UInt8]] {
            for (row, image) in images.enumerated() {
                for i in 0..<bytes {
                    plan.pixels[row * bytes + i] = UInt8(truncatingIfNeeded: (i &* 31 &+ image * 977) >> 3)
                }
            }
            try plan.forward()
            return images.indices.map { Array(plan.boundary[$0 * cut.byteCount..<($0 + 1) * cut.byteCount]) }
        }
        let first = try activations([0, 1, 2, 3, 4])
        let second = try activations([3, 9, 0, 8, 1])
        #expect(second[0] == first[3])
        #expect(second[2] == first[0])
        #expect(second[4] == first[1])
        #expect(first[0] != first[1])
    }
}
