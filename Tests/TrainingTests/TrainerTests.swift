import Datasets
import Foundation
import Pretrained
import Testing
import Training

@Suite struct TrainerTests {
    private let images: TinyImages

    init() throws { images = try TinyImages() }

    @Test func learnsWhatIsEasy() throws {
        var run = try SmallRun(images)
        run.configuration.stages = [
            StageConfiguration(
                name: "all", train: ["stem", "layer1", "layer2", "layer3", "head"], epochs: 8,
                learningRates: ["stem": 0.01, "layer1": 0.01, "layer2": 0.01, "layer3": 0.01, "head": 0.01],
                batchNorm: .adapt)
        ]
        let result = try run.run().result
        #expect(result.best.map { $0.value > 0.85 } == true, "\(result.records)")
        let losses = result.records.map(\.trainLoss)
        #expect(losses[7] < 0.6 * losses[0], "\(losses)")
    }

    @Test func observerSeesEverything() throws {
        let run = try SmallRun(images)
        let recorder = Recorder()
        let result = try run.run(observer: recorder).result
        let words = recorder.events.map { event in
            switch event {
            case .began(let outline): "began \(outline.stages) \(outline.epochs) \(outline.steps)"
            case .stageBegan(let stage): "stage \(stage.configuration.name) \(stage.stepsPerEpoch)"
            case .stepEnded(let step): "step \(step.epoch).\(step.step) \(step.images) \(step.stepsLeft)"
            case .tried(let images, let total): "tried \(images)/\(total)"
            case .triedQuantization(let stage, let trial): "\(stage): int8 \(trial.isPassed ? "passed" : "failed")"
            case .validated(let images, let total): "validated \(images)/\(total)"
            case .epochEnded(let record, _): "epoch \(record.epoch)"
            case .stageEnded(let summary): "end \(summary.stage) \(summary.epochs) \(summary.stoppedEarly)"
            case .badImage(let image): "bad \(image.path)"
            case .notice(let text): text
            case .checkpointSaved: "saved"
            }
        }
        #expect(
            words == [
                "began 2 4 12",
                "stage head 3",
                "step 1.1 8 11", "step 1.2 8 10", "step 1.3 6 9", "validated 0/9", "epoch 1", "saved",
                "step 2.1 8 8", "step 2.2 8 7", "step 2.3 6 6", "validated 0/9", "epoch 2", "end head 2 false", "saved",
                "stage top 3",
                "step 3.1 8 5", "step 3.2 8 4", "step 3.3 6 3", "validated 0/9", "epoch 3", "saved",
                "step 4.1 8 2", "step 4.2 8 1", "step 4.3 6 0", "validated 0/9", "epoch 4", "end top 2 false", "saved",
            ])
        let records = recorder.events.compactMap { if case .epochEnded(let record, _) = $0 { record } else { nil } }
        #expect(records == result.records)
        #expect(try MetricsLog.read(run.files.metrics).map(\.epoch) == [1, 2, 3, 4])
    }

    @Test func learningRatesFollowTheSchedule() throws {
        let run = try SmallRun(images)
        let recorder = Recorder()
        try run.run(observer: recorder)
        let rates = recorder.events.compactMap { if case .stepEnded(let step) = $0 { step.learningRate } else { nil } }
        let second = run.configuration.stages[1]
        let expected =
            [1 / 3.0, 2 / 3.0, 1, 1, 1, 1].map { 0.02 * $0 }
            + (0..<6).map { 0.01 * second.schedule.factor(step: $0, stepsPerEpoch: 3, epochs: 2) }
        #expect(zip(rates, expected).allSatisfy { abs($0 - $1) < 1e-12 } && rates.count == 12, "\(rates)")
    }

    @Test func bestWeightsAreRestoredAndSaved() throws {
        var run = try SmallRun(images)
        run.configuration.monitor = .validationLoss
        // A step far too large, after one that helps.
        run.configuration.optimizer = .init(.sgd(momentum: 0))
        run.configuration.stages[0].epochs = 1
        run.configuration.stages[1].epochs = 1
        run.configuration.stages[1].learningRates = ["layer3": 0.5, "head": 20]
        let model = run.makeModel()
        var kept: [String: [UInt32]] = [:]
        var last: [String: [UInt32]] = [:]
        let recorder = Recorder { event in
            guard case .epochEnded(_, let isBest) = event else { return }
            last = bits(model)
            if isBest { kept = last }
        }
        let result = try run.run(model: model, observer: recorder).result
        #expect(result.best?.epoch == 1)
        #expect(result.best?.value == result.records[0].valLoss)
        #expect(kept != last)
        #expect(bits(model) == kept)
        #expect(bits(try Model.read(run.files.model)) == kept)
    }

    @Test func divergenceStopsTheRunAndKeepsTheBest() throws {
        var run = try SmallRun(images)
        run.configuration.optimizer = .init(.sgd())
        run.configuration.stages[1].learningRates = ["layer3": 1e30, "head": 1e30]
        let model = run.makeModel()
        var kept: [String: [UInt32]] = [:]
        let recorder = Recorder { event in
            if case .epochEnded(_, isBest: true) = event { kept = bits(model) }
        }
        let error = #expect(throws: TrainingError.self) { try run.run(model: model, observer: recorder) }
        guard case .diverged(let divergence) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(divergence.stage == "top" && divergence.epoch == 3)
        let words = error?.description ?? ""
        #expect(words.contains("lower learning rate") && words.contains(run.files.model), "\(words)")
        #expect(bits(model) == kept)
        #expect(bits(try Model.read(run.files.model)) == kept)
    }

    @Test func withoutValidationTheTrainingLossIsWatched() throws {
        var run = try SmallRun(images)
        run.validation = []
        let recorder = Recorder()
        let result = try run.run(observer: recorder).result
        #expect(result.best?.monitor == .trainingLoss)
        #expect(result.best?.value == result.records.map(\.trainLoss).min())
        #expect(result.records.allSatisfy { $0.valLoss == nil && Array($0.figures.keys) == ["train_accuracy"] })
        #expect(recorder.events.contains { if case .notice = $0 { true } else { false } })
    }

    @Test func validationEqualsAFreshInference() throws {
        let run = try SmallRun(images)
        let model = run.makeModel()
        let configuration = run.configuration
        var differences: [Double] = []
        let recorder = Recorder { event in
            guard case .epochEnded(let record, _) = event, let loss = record.valLoss else { return }
            let other = try? freshValidationLoss(model, run.validation, configuration)
            differences.append(abs((other ?? .infinity) - loss))
        }
        try run.run(model: model, observer: recorder)
        #expect(differences.count == 4)
        #expect(differences.allSatisfy { $0 < 1e-5 }, "\(differences)")
    }

    @Test func unreadableImagesAreReportedOnceAndLeftOut() throws {
        var run = try SmallRun(images)
        let bad = run.folder.path + "/bad.png"
        try Data("no picture".utf8).write(to: URL(fileURLWithPath: bad))
        run.training.insert(Sample(path: bad, name: "bad.png", label: 1), at: 5)
        run.validation.append(Sample(path: bad, name: "bad.png", label: 1))
        let recorder = Recorder()
        let result = try run.run(observer: recorder).result
        #expect(result.badImages.map(\.path) == [bad])
        let reported = recorder.events.compactMap { if case .badImage(let image) = $0 { image.path } else { nil } }
        #expect(reported == [bad])

        run.configuration.badImages = .fail
        #expect(throws: DatasetError.self) { try run.run() }

        run.configuration.badImages = .skip
        run.training = [Sample(path: bad, name: "bad.png", label: 1)]
        #expect(throws: TrainingError.noReadableImages(part: "training")) { try run.run() }
        run.training = images.training
        run.validation = [Sample(path: bad, name: "bad.png", label: 1)]
        #expect(throws: TrainingError.noReadableImages(part: "validation")) { try run.run() }
    }

    @Test func stagesThatDoNotFitAreRefused() throws {
        var run = try SmallRun(images)
        run.configuration.stages[0].train = ["layer4"]
        #expect(
            throws: TrainingError.unknownStage(
                stage: "head", trained: "layer4", known: ["stem", "layer1", "layer2", "layer3", "head"])
        ) { try run.run() }
        run.configuration.stages[0].train = ["head", "layer1"]
        #expect(throws: TrainingError.noLearningRate(stage: "head", trained: "layer1")) { try run.run() }
        run.training = []
        #expect(throws: TrainingError.noTrainingImages) { try run.run() }
    }
}

@Suite struct EarlyStoppingTests {
    private let images: TinyImages

    init() throws { images = try TinyImages() }

    /// A stage in which no epoch but the first counts as an improvement.
    private func makeRun() throws -> SmallRun {
        var run = try SmallRun(images)
        run.configuration.stages[0].epochs = 9
        run.configuration.stages[0].earlyStopping = EarlyStopping(patience: 2, minimumChange: 10)
        run.configuration.stages[1].epochs = 1
        return run
    }

    @Test func endsTheStageAndGoesOnWithTheNext() throws {
        let run = try makeRun()
        let recorder = Recorder()
        let result = try run.run(observer: recorder).result
        #expect(result.records.map(\.stage) == ["head", "head", "head", "top"])
        let ends = recorder.events.compactMap {
            if case .stageEnded(let summary) = $0 { summary.stoppedEarly } else { nil }
        }
        #expect(ends == [true, false])
    }

    /// Five questions an epoch: interrupted in the middle of the third epoch, after one without improvement.
    @Test func countsOnAfterAnInterruption() throws {
        let run = try makeRun()
        let part = try run.run(isInterrupted: interruption(atQuestion: 12)).result
        #expect(part.records.count == 2)
        let result = try run.run(resuming: true).result
        #expect(result.records.map(\.stage) == ["head", "head", "head", "top"])
    }

    @Test func improvementStartsTheCountAgain() throws {
        var run = try makeRun()
        run.configuration.monitor = .trainingLoss
        // Each epoch is better than the one before by more than nothing.
        run.configuration.augmentations = []
        run.configuration.stages[0].epochs = 5
        run.configuration.stages[0].earlyStopping = EarlyStopping(patience: 1, minimumChange: 0)
        let result = try run.run().result
        let losses = result.records.filter { $0.stage == "head" }.map(\.trainLoss)
        let firstWithout = zip(losses, losses.dropFirst()).enumerated().first { $1.1 >= $1.0 }?.offset
        #expect(losses.count == firstWithout.map { $0 + 2 } ?? 5, "\(losses)")
    }
}
