import Datasets
import Tasks

/// Runs the epochs of a stage.
struct EpochRunner {
    private let trainer: Trainer
    private let stage: StageConfiguration
    private let computation: StageComputation
    private let validator: Validator?
    /// The next epoch's; it loads its first batches while this epoch is validated.
    private var nextLoader: InputLoader?

    init(_ trainer: Trainer, _ stage: StageConfiguration, _ computation: StageComputation) throws {
        self.trainer = trainer
        self.stage = stage
        self.computation = computation
        validator =
            trainer.validation.isEmpty
            ? nil
            : try Validator(
                trainer.model, trainer.validation, trainer.configuration, computation, images: trainer.images,
                activations: trainer.activations)
    }

    /// Runs what is left of an epoch: trains, validates, and keeps what is worth it.
    /// - Returns: false where it was interrupted.
    mutating func run() throws -> Bool {
        let secondsBefore = trainer.progress.seconds
        let start = ContinuousClock.now
        var seconds: Double { secondsBefore + (ContinuousClock.now - start) / .seconds(1) }

        let validation = try trainAndValidate()
        if case .interrupted = validation {
            trainer.progress.seconds = seconds
            return false
        }
        try keep(record(validation, seconds: seconds))
        trainer.progress.beginNextEpoch()
        return true
    }

    private mutating func trainAndValidate() throws -> Validation {
        do {
            return try train() ? validate() : .interrupted
        } catch is CancellationError {
            // A step that was left in the midst of it has moved nothing.
            return .interrupted
        }
    }

    /// The epoch at work, from 0 over all stages: what shuffling and augmentation depend on.
    private var epochOfRun: Int { trainer.progress.records.count }

    // MARK: Training

    /// Makes the steps that are left of the epoch.
    /// - Returns: false where it was interrupted.
    private mutating func train() throws -> Bool {
        let loader = nextLoader ?? makeLoader(epochOfRun, from: trainer.progress.position)
        nextLoader = nil
        while true {
            if trainer.isInterrupted() { return false }
            guard let input = try loader.next() else { break }
            try step(input)
            trainer.report(input.batch.bad)
        }
        trainer.report(loader.badImages)
        guard trainer.progress.loss.images > 0 else { throw TrainingError.noReadableImages(part: "training") }
        // The last step's loss was that before it.
        guard trainer.areTrainedParametersFinite(stage) else { throw divergence(nil, step: trainer.progress.step) }
        if trainer.progress.epoch + 1 < stage.epochs { nextLoader = makeLoader(epochOfRun + 1, from: 0) }
        return true
    }

    private func makeLoader(_ epoch: Int, from position: Int) -> InputLoader {
        let configuration = trainer.configuration
        let view = configuration.view(stage, epoch: epoch)
        var loading = BatchLoader.Configuration(
            batchSize: configuration.batchSize, side: trainer.model.imageSize, resize: trainer.model.resize,
            augmentations: configuration.augmentations(stage), shuffles: true, seed: configuration.seed, epoch: epoch)
        loading.view = view
        loading.startPosition = position
        loading.badImages = configuration.badImages
        return InputLoader(
            .init(samples: trainer.training, role: .training, view: view), loading, prefix: computation.prefix,
            images: trainer.images, activations: trainer.activations)
    }

    private func step(_ input: InputLoader.Input) throws {
        let batch = input.batch
        let rates = learningRates(step: trainer.progress.step)
        let loss = try computation.step(
            input: input.bytes, targets: batch.answers, weights: batch.lossWeights,
            number: epochOfRun * trainer.stepsPerEpoch + trainer.progress.step, learningRates: rates)
        guard loss.mean.isFinite else { throw divergence(loss.mean, step: trainer.progress.step + 1) }
        trainer.progress.loss += loss
        trainer.progress.step += 1
        trainer.progress.position = batch.endPosition
        trainer.notify(.stepEnded(stepProgress(images: batch.count, rates: rates)))
    }

    /// - Parameter step: of the epoch at work.
    private func learningRates(step: Int) -> [String: Double] {
        stage.learningRates(
            step: trainer.progress.epoch * trainer.stepsPerEpoch + step, stepsPerEpoch: trainer.stepsPerEpoch)
    }

    private func stepProgress(images: Int, rates: [String: Double]) -> StepProgress {
        let progress = trainer.progress
        let laterEpochs =
            stage.epochs - progress.epoch - 1
            + trainer.configuration.stages[(progress.stage + 1)...].reduce(0) { $0 + $1.epochs }
        return StepProgress(
            stage: stage.name, epoch: epochOfRun + 1, step: progress.step, stepsPerEpoch: trainer.stepsPerEpoch,
            stepsLeft: max(trainer.stepsPerEpoch - progress.step, 0) + laterEpochs * trainer.stepsPerEpoch,
            images: images, loss: progress.loss.mean,
            accuracy: trainer.configuration.task.definition.rightness.map { _ in progress.loss.accuracy },
            learningRate: rates.values.max() ?? 0)
    }

    // MARK: Validation

    private enum Validation {
        case absent, interrupted
        case scores(Validator.Scores)
    }

    private func validate() throws -> Validation {
        guard let validator else { return .absent }
        let scores = try validator.scores(
            progress: { done in
                trainer.notify(.validated(images: done, total: validator.imageCount))
                return !trainer.isInterrupted()
            }, report: trainer.report)
        guard let scores else { return .interrupted }
        guard scores.loss.isFinite else { throw divergence(scores.loss, step: nil) }
        return .scores(scores)
    }

    // MARK: The end of an epoch

    private func record(_ validation: Validation, seconds: Double) -> EpochRecord {
        let progress = trainer.progress
        let task = trainer.configuration.task
        var record = EpochRecord(
            epoch: epochOfRun + 1, stage: stage.name, trainLoss: progress.loss.mean,
            learningRate: learningRates(step: max(progress.step - 1, 0)).values.max() ?? 0, seconds: seconds)
        for column in task.trainingColumns { record.figures[column] = progress.loss.accuracy }
        if case .scores(let scores) = validation {
            record.valLoss = scores.loss
            for (column, value) in zip(task.validationColumns, scores.figures) { record.figures[column] = value }
        }
        return record
    }

    /// Logs the epoch, and keeps its weights if they are the best so far.
    private func keep(_ record: EpochRecord) throws {
        let monitor = trainer.monitor
        guard let value = record.value(of: monitor) else {
            preconditionFailure("the trainer watches only what it measures")
        }
        let isBest = trainer.progress.best.map { monitor.prefers(value, to: $0.value) } ?? true
        trainer.progress.records.append(record)
        trainer.progress.patience.note(value, monitor, minimumChange: stage.earlyStopping?.minimumChange ?? 0)
        if isBest {
            trainer.progress.best = BestEpoch(epoch: record.epoch, stage: stage.name, monitor: monitor, value: value)
            trainer.best.capture()
            try trainer.model.write(to: trainer.folder.model)
        }
        try trainer.metrics?.append(record)
        trainer.notify(.epochEnded(record, isBest: isBest))
    }

    private func divergence(_ loss: Double?, step: Int?) -> TrainingError {
        trainer.best.restore()
        return .diverged(
            .init(
                stage: stage.name, epoch: epochOfRun + 1, step: step, loss: loss,
                learningRate: learningRates(step: max((step ?? trainer.progress.step) - 1, 0)).values.max() ?? 0,
                bestEpoch: trainer.progress.best?.epoch, modelPath: trainer.folder.model))
    }
}
