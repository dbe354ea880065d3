import Datasets
import Engine
import Networks
import Pretrained
import Tasks
import TestSupport
import Testing
import Training

/// Batch norm that adapts, where a batch has one value for each channel: its variance says nothing.
@Suite struct OneValueTests {
    private let images: TinyImages

    init() throws { images = try TinyImages() }

    /// A ResNet-20 whose `layer3` yields maps of `side`/4 × `side`/4.
    private func computation(
        _ store: ParameterStore, _ network: Network, side: Int, batch: Int, mode: BatchNormMode = .adapt
    ) throws -> StageComputation {
        try StageComputation(
            network: network, parameters: store, preprocessing: .torch,
            configuration: .init(
                batch: batch, height: side, width: side, precision: .f32, trainableStages: ["layer3", "head"],
                batchNorm: mode),
            loss: SoftmaxCrossEntropy(classCount: 3), optimizer: .init(.sgd(momentum: 0)))
    }

    private func makeNetwork() -> (Network, ParameterStore) {
        let network = Architecture.resNet20.network(.init(classCount: 3))
        let store = ParameterStore(network)
        FormulaWeights.fill(store)
        return (network, store)
    }

    private func values(_ store: ParameterStore, of stage: String, statistics: Bool) -> [String: [Float]] {
        let chosen = store.descriptions.filter { $0.stage == stage && $0.isStatistic == statistics }
        return Dictionary(uniqueKeysWithValues: chosen.map { ($0.name, Array(store[$0.name])) })
    }

    /// What `StageComputation` takes in: activations of the frozen part, here any positive numbers.
    private func input(_ count: Int, side: Int) -> [UInt8] {
        let values = formula("input", count: count * (side / 2) * (side / 2) * 32, low: 0, high: 2)
        return values.withUnsafeBytes(Array.init)
    }

    @Test(arguments: [(4, 1, false), (4, 5, true), (8, 1, true)])
    func statisticsMoveOnlyWhereThereAreSome(side: Int, batch: Int, moves: Bool) throws {
        let (network, store) = makeNetwork()
        let computation = try computation(store, network, side: side, batch: 5)
        let (statistics, weights) = (
            values(store, of: "layer3", statistics: true), values(store, of: "layer3", statistics: false)
        )
        let loss = try computation.step(
            input: input(batch, side: side), targets: [0, 1, 2, 0, 1].prefix(batch).map(Target.category), number: 0,
            learningRates: ["layer3": 0.01, "head": 0.01])
        #expect(loss.mean.isFinite)
        #expect((values(store, of: "layer3", statistics: true) != statistics) == moves)
        for (name, before) in weights { #expect(Array(store[name]) != before, "\(name) is trained") }
    }

    /// With the stored statistics a lone image trains as where they are frozen.
    @Test func aLoneImageTrainsOnTheStoredStatistics() throws {
        let (network, adapted) = makeNetwork()
        let (_, frozen) = makeNetwork()
        for (store, mode) in [(adapted, BatchNormMode.adapt), (frozen, .frozen)] {
            let computation = try computation(store, network, side: 4, batch: 5, mode: mode)
            for number in 0..<3 {
                _ = try computation.step(
                    input: input(1, side: 4), targets: [.category(2)], number: number,
                    learningRates: ["layer3": 0.05, "head": 0.05])
            }
        }
        for name in network.parameters.map(\.name) { #expect(Array(adapted[name]) == Array(frozen[name]), "\(name)") }
    }

    /// Full batches move the statistics that the plan for a lone image has folded into its weights: nothing may be stale.
    @Test func aLoneImageSeesWhatFullBatchesMoved() throws {
        let (network, together) = makeNetwork()
        let (_, apart) = makeNetwork()
        let one = try computation(together, network, side: 4, batch: 5)
        for count in [1, 5, 1, 5, 1] {
            let anew = try computation(apart, network, side: 4, batch: 5)
            for computation in [one, anew] {
                _ = try computation.step(
                    input: input(count, side: 4), targets: [0, 1, 2, 0, 1].prefix(count).map(Target.category),
                    number: 0,
                    learningRates: ["layer3": 0.01, "head": 0.01])
            }
        }
        for name in network.parameters.map(\.name) { #expect(Array(together[name]) == Array(apart[name]), "\(name)") }
    }

    @Test func aLossThatIsNoNumberMovesNothing() throws {
        let (network, store) = makeNetwork()
        store["head.linear.weight"][0] = .infinity
        let computation = try computation(store, network, side: 8, batch: 5)
        let before = store.descriptions.map { store[$0.name].map(\.bitPattern) }
        let loss = try computation.step(
            input: input(5, side: 8), targets: [0, 1, 2, 0, 1].map(Target.category), number: 0,
            learningRates: ["layer3": 0.1, "head": 0.1])
        #expect(!loss.mean.isFinite)
        #expect(store.descriptions.map { store[$0.name].map(\.bitPattern) } == before)
    }

    /// The loss of the last step is that before it: what the step itself did, no loss tells.
    @Test func weightsThatOverflowInTheLastStepAreFound() throws {
        var run = try SmallRun(images)
        run.validation = []
        run.configuration.batchSize = 32
        run.configuration.optimizer = .init(.sgd(momentum: 0))
        run.configuration.stages[0].epochs = 1
        run.configuration.stages[0].schedule = .init()
        run.configuration.stages[0].learningRates = ["head": 1e39]
        let error = #expect(throws: TrainingError.self) { try run.run() }
        #expect(error?.description.hasPrefix("weights became infinite or no numbers at step 1 of epoch 1") == true)
        #expect(throws: (any Error).self) { try Model.read(run.files.model) }
    }
}
