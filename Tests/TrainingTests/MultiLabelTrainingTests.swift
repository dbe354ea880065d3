import Datasets
import Foundation
import Pretrained
import Tasks
import TestSupport
import Testing
import Training

/// Runs whose images have several labels, or none.
@Suite struct MultiLabelTrainingTests {
    private let images: TinyImages

    init() throws { images = try TinyImages() }

    private func run(_ loss: LossConfiguration = LossConfiguration()) throws -> SmallRun {
        var run = try SmallRun(images)
        func several(_ samples: [Sample]) -> [Sample] {
            samples.enumerated().map { index, sample in
                let own = sample.label.map {
                    index % 5 == 4 ? [] : index % 3 == 1 ? [$0, ($0 + 1) % 3].sorted() : [$0]
                }
                return Sample(sample.content, name: sample.name, target: .categories(own ?? []))
            }
        }
        run.training = several(run.training)
        run.validation = several(run.validation)
        run.configuration = TrainingConfiguration(
            task: .multiLabel, stages: run.configuration.stages, optimizer: run.configuration.optimizer, loss: loss,
            batchSize: 8, seed: 7, augmentations: run.configuration.augmentations)
        return run
    }

    private func model(_ run: SmallRun) -> Model {
        var model = run.makeModel()
        model.task = .multiLabel
        return model
    }

    @Test func interruptedRunEqualsUninterruptedBitForBit() throws {
        let whole = try run(.init(labelSmoothing: 0.1, positiveWeights: .balanced))
        let (wholeResult, wholeModel) = try whole.run(model: model(whole))
        let expected = try Outcome(whole, wholeResult, wholeModel)

        let parts = try run(.init(labelSmoothing: 0.1, positiveWeights: .balanced))
        for (index, question) in [3, 6].enumerated() {
            let part = try parts.run(
                resuming: index > 0, model: model(parts), isInterrupted: interruption(atQuestion: question))
            #expect(part.result.ending == .interrupted)
        }
        let (result, last) = try parts.run(resuming: true, model: model(parts))
        #expect(try Outcome(parts, result, last) == expected)
        #expect(expected.proofs.map(\.holds) == [true, true])
        #expect(expected.metrics[0] == Array(LearningTask.multiLabel.columns.dropLast()))
        #expect(expected.best?.monitor.name == "val_mean_average_precision")
        #expect(expected.records.allSatisfy { $0.figures.count == 5 })
        #expect(try Model.read(whole.files.model).task == .multiLabel)
    }

    @Test func keptActivationsChangeNothing() throws {
        let (plain, kept) = (try run(), try run())
        let (plainResult, plainModel) = try plain.run(model: model(plain))
        let (keptResult, keptModel) = try kept.run(model: model(kept), cacheBytes: 1 << 24)
        #expect(try Outcome(plain, plainResult, plainModel) == Outcome(kept, keptResult, keptModel))
    }

    /// What weighs the labels, and the images, is felt.
    @Test func weightsMatter() throws {
        func head(_ run: SmallRun) throws -> [UInt32]? {
            bits(try run.run(model: model(run)).model)["head.linear.weight"]
        }
        let plain = try head(run())
        #expect(plain != nil)
        #expect(try head(run(.init(positiveWeights: .given([1, 2, 3])))) != plain)
        var weighted = try run()
        weighted.training = weighted.training.enumerated().map { index, sample in
            Sample(sample.content, name: sample.name, target: sample.target, weight: index == 3 ? 2 : 1)
        }
        #expect(try head(weighted) != plain)
    }

    /// A run does not go on with other labels.
    @Test func otherLabelsAreOtherData() throws {
        var run = try run()
        _ = try run.run(model: model(run), isInterrupted: interruption(atQuestion: 3))
        let last = run.training[5]
        run.training[5] = Sample(last.content, name: last.name, target: .categories([0, 1, 2]))
        let error = #expect(throws: (any Error).self) { try run.run(resuming: true, model: model(run)) }
        #expect(error.map { "\($0)" }?.contains("with other labels") == true)
    }
}
