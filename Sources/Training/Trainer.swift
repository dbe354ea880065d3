import Datasets
import Engine
import Files
import Networks
import Pretrained
import Tasks

/// Trains a model through the stages of a recipe, one after the other on the same weights.
///
/// In the run folder `metrics.csv` gains a row with every epoch, `model.h5` holds the best epoch's weights, and
/// `checkpoint.h5` the state after every epoch and where the run was interrupted. A run that goes on from a checkpoint
/// comes, on the same machine, to the same weights and metrics bit for bit as one that was never interrupted.
package final class Trainer {
    let model: Model
    let training: [Sample]
    let validation: [Sample]
    private let judging: [Sample]
    let configuration: TrainingConfiguration
    let folder: RunFolder
    let images: ImageCache
    let activations: ActivationCache
    private weak var observer: (any TrainingObserver)?
    let isInterrupted: @Sendable () -> Bool

    let monitor: Monitor
    let fingerprint: Fingerprint
    let lossFunction: any Loss
    let best: BestWeights
    var progress = TrainingProgress()
    /// The paths of the bad images of `progress`, to look them up.
    private lazy var reported = Set(progress.badImages.map { FileName($0.path) })
    /// Set by `begin`.
    var metrics: MetricsLog?
    /// The inventory of the images, as checkpoints hold it; set by `prepare`.
    private var inventory: [UInt8]?
    /// What the run goes on from, until the optimiser of the stage at work has taken up its state.
    var checkpoint: Checkpoint?

    /// Checks that the parts fit one another.
    ///
    /// - Parameters:
    ///   - model: whose parameters are trained in place.
    ///   - training: labelled images.
    ///   - validation: labelled images; may be empty.
    ///   - judging: images that the run is judged by in the end; a run that goes on must find them unchanged too.
    ///   - runFolder: an existing folder.
    ///   - observer: told of what happens; not retained.
    ///   - images: keeps decoded images.
    ///   - activations: keeps what the frozen part of the network yields. Its budget changes no result.
    ///   - isInterrupted: asked before each step and validation batch; true saves the state and ends the run.
    /// - Throws: `TrainingError` where a stage does not fit the network or nothing is to be trained on.
    package init(
        model: Model, training: [Sample], validation: [Sample], judging: [Sample] = [],
        configuration: TrainingConfiguration, runFolder: String, observer: (any TrainingObserver)? = nil,
        images: ImageCache = ImageCache(), activations: ActivationCache = ActivationCache(),
        isInterrupted: @escaping @Sendable () -> Bool = { false }
    ) throws {
        precondition(
            (training + validation).allSatisfy { sample in
                sample.target != nil && sample.classes.allSatisfy((0..<model.network.classCount).contains)
            },
            "each image needs a target, and classes of the model")
        self.model = model
        self.training = training
        self.validation = validation
        self.judging = judging
        self.configuration = configuration
        folder = RunFolder(path: runFolder)
        self.observer = observer
        self.images = images
        self.activations = activations
        self.isInterrupted = isInterrupted
        guard !training.isEmpty else { throw TrainingError.noTrainingImages }
        try configuration.check(against: model.network)
        monitor = validation.isEmpty && configuration.monitor.needsValidation ? .trainingLoss : configuration.monitor
        fingerprint = Fingerprint(model, configuration, minimumSide: images.minimumSide)
        lossFunction = configuration.task.definition.loss(
            configuration.loss, training: training, outputCount: model.network.classCount, rules: model.rules)
        best = BestWeights(model.parameters, trained: configuration.stages.reduce(into: []) { $0.formUnion($1.train) })
    }

    /// Trains to the end or until interrupted. At the end the model holds the best epoch's weights.
    ///
    /// - Throws: `TrainingError`; `ArchiveError` or `OutputError` where the run folder cannot be read or written to;
    ///   `DatasetError.badImages` where bad images are to fail; what `prepare` throws, where it was not called before.
    package func run() throws -> TrainingResult {
        try begin()
        while progress.stage < configuration.stages.count {
            guard try runStage(configuration.stages[progress.stage]) else { return result(.interrupted) }
        }
        best.restore()
        return result(.completed)
    }

    /// Looks at the images and, where the run is to go on from the checkpoint in its folder, finds out whether it can.
    /// - Throws: `ArchiveError` or `TrainingError` where it cannot; `CancellationError` where it was interrupted.
    package func prepare(resuming: Bool) throws {
        let saved = resuming ? try Checkpoint(path: folder.checkpoint) : nil
        let found = try ImageInventory(
            [(.training, training), (.validation, validation), (.test, judging)], trusting: saved?.images,
            isInterrupted: isInterrupted)
        try saved?.check(fingerprint, images: found, stages: configuration.stages)
        inventory = found.bytes
        checkpoint = saved
    }

    private func begin() throws {
        if inventory == nil { try prepare(resuming: false) }
        if let saved = checkpoint {
            try saved.restore(model.parameters, best: best)
            progress = saved.progress
            // The file may be of a later epoch than the checkpoint, or gone.
            if progress.best != nil { try best.whileRestored { try model.write(to: folder.model) } }
        }
        let log = try MetricsLog(folder.metrics, task: configuration.task)
        for record in progress.records { try log.append(record) }
        metrics = log
        notify(.began(outline))
        if monitor != configuration.monitor {
            notify(
                .notice(
                    """
                    without validation images \(configuration.monitor.name) cannot be watched: the best epoch is \
                    the one with the lowest \(monitor.name)
                    """))
        }
    }

    func notify(_ event: TrainingEvent) { observer?.observe(event) }

    /// Reports images that could not be read, each once.
    func report(_ images: [BadImage]) {
        for image in images where reported.insert(FileName(image.path)).inserted {
            progress.badImages.append(image)
            notify(.badImage(image))
        }
    }

    /// Saves the state of the run.
    /// - Parameter optimizer: of the stage at work; nil between two stages.
    func save(_ optimizer: Optimizer?) throws {
        progress.optimizerSteps = optimizer?.stepCount ?? 0
        try Checkpoint.write(
            progress, fingerprint: fingerprint, images: inventory ?? [], store: model.parameters, optimizer: optimizer,
            best: best, to: folder.checkpoint)
        notify(.checkpointSaved(path: folder.checkpoint))
    }

    /// Whether all that a stage trains are numbers still.
    func areTrainedParametersFinite(_ stage: StageConfiguration) -> Bool {
        model.network.parameters.allSatisfy {
            !stage.train.contains($0.stage) || model.parameters[$0.name].allSatisfy(\.isFinite)
        }
    }

    var stepsPerEpoch: Int { (training.count + configuration.batchSize - 1) / configuration.batchSize }

    private var outline: RunOutline {
        let epochs = configuration.stages.reduce(0) { $0 + $1.epochs }
        return RunOutline(
            stages: configuration.stages.count, epochs: epochs, steps: epochs * stepsPerEpoch,
            epochsDone: progress.records.count)
    }

    private func result(_ ending: TrainingResult.Ending) -> TrainingResult {
        TrainingResult(
            ending: ending, records: progress.records, best: progress.best, proofs: progress.proofs,
            badImages: progress.badImages)
    }
}

extension TrainingConfiguration {
    /// - Throws: `TrainingError` where a stage trains what the network lacks, or trains something without a rate.
    fileprivate func check(against network: Network) throws {
        let known = network.trainableStageNames
        for stage in stages {
            if let unknown = stage.train.sorted().first(where: { !known.contains($0) }) {
                throw TrainingError.unknownStage(stage: stage.name, trained: unknown, known: known)
            }
            if let unrated = stage.train.sorted().first(where: { stage.learningRates[$0] == nil }) {
                throw TrainingError.noLearningRate(stage: stage.name, trained: unrated)
            }
        }
    }
}
