import Engine
import Networks
import Pretrained
import Testing
import Training

@Suite struct FreezeProofTests {
    private let images: TinyImages

    init() throws { images = try TinyImages() }

    /// Runs to the end, and tells the weights after the last epoch: the best ones may be older.
    private func weightsAtTheEnd(
        _ run: SmallRun
    ) throws -> (result: TrainingResult, model: Model, weights: [String: [UInt32]]) {
        let model = run.makeModel()
        var last: [String: [UInt32]] = [:]
        let recorder = Recorder { event in if case .epochEnded = event { last = bits(model) } }
        return (try run.run(model: model, observer: recorder).result, model, last)
    }

    @Test func holdsInEveryStageOfARun() throws {
        let run = try SmallRun(images)
        let (result, model, after) = try weightsAtTheEnd(run)
        let all = model.network.parameters
        #expect(result.proofs.allSatisfy { $0.holds })
        // In the second stage batch norm adapts: the statistics of layer3 may move.
        #expect(
            result.proofs.map(\.tensors) == [
                all.filter { $0.stage != "head" }.count, all.filter { !["layer3", "head"].contains($0.stage) }.count,
            ])
        let before = bits(run.makeModel())
        for description in all {
            let isTrained = ["layer3", "head"].contains(description.stage)
            #expect((before[description.name] != after[description.name]) == isTrained, "\(description.name)")
        }
        #expect(result.proofs[0].hashBefore.count == 64)
    }

    @Test func statisticsOfTrainedStagesStayWithFrozenBatchNorm() throws {
        var run = try SmallRun(images)
        run.configuration.stages[1].batchNorm = .frozen
        let (result, model, after) = try weightsAtTheEnd(run)
        let before = bits(run.makeModel())
        let trained = model.network.parameters.filter { ["layer3", "head"].contains($0.stage) }
        for description in trained {
            #expect((before[description.name] == after[description.name]) == description.isStatistic)
        }
        #expect(result.proofs[1].tensors == model.network.parameters.count - trained.filter { !$0.isStatistic }.count)
    }

    @Test(arguments: ["stem.conv.weight", "layer1.block1.norm1.shift", "layer3.block3.norm2.variance"])
    func failsWhereAFrozenTensorMoves(name: String) throws {
        var run = try SmallRun(images)
        run.configuration.stages = [run.configuration.stages[1]]
        run.configuration.stages[0].batchNorm = .frozen
        let model = run.makeModel()
        let recorder = Recorder { event in
            if case .stepEnded(let step) = event, step.epoch == 2, step.step == 2 { model.parameters[name][0] += 1e-6 }
        }
        #expect(throws: TrainingError.frozenTensorsChanged(stage: "top", tensors: [name])) {
            try run.run(model: model, observer: recorder)
        }
    }

    /// The digests of the beginning of a stage outlive an interruption.
    @Test func failsWhereAFrozenTensorMovedBeforeAnInterruption() throws {
        let run = try SmallRun(images)
        let model = run.makeModel()
        let recorder = Recorder { event in
            if case .stepEnded = event { model.parameters["stem.conv.weight"][3] = 0.25 }
        }
        try run.run(model: model, observer: recorder, isInterrupted: interruption(atQuestion: 2))
        #expect(throws: TrainingError.frozenTensorsChanged(stage: "head", tensors: ["stem.conv.weight"])) {
            try run.run(resuming: true)
        }
    }
}
