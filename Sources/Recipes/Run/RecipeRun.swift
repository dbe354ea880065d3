import Datasets
import Engine
import Files
import Foundation
import Inference
import Metrics
import Pretrained
import Reports
import Tasks
import Training

/// A run from its first image to its report, in a run folder.
package final class RecipeRun {
    private let ownership: RunOwnership
    private var prepared: PreparedRun
    private weak var observer: (any RunObserver)?
    private let isInterrupted: @Sendable () -> Bool
    /// What baselines, calibration, evaluation and pictures run.
    private let compiled: CompiledNetwork
    private var pace = Pace()
    private var outline: RunOutline?
    private var timings: [RunReport.Timing] = []

    package var folder: RunFolder { ownership.folder }
    private var log: RunLog { ownership.log }

    /// - Parameters:
    ///   - prepared: recipe, data and weights.
    ///   - ownership: of a new folder, or that of the run to go on with.
    ///   - observer: told what happens; not retained.
    ///   - isInterrupted: asked often, from any thread; true saves the state and ends the run.
    package init(
        _ prepared: PreparedRun, in ownership: RunOwnership, observer: any RunObserver,
        isInterrupted: @escaping @Sendable () -> Bool
    ) {
        self.prepared = prepared
        self.ownership = ownership
        self.observer = observer
        self.isInterrupted = isInterrupted
        compiled = CompiledNetwork(prepared.model)
        self.prepared.model.metadata["recipe"] = prepared.recipe.yaml
    }

    /// Looks at the images, trains, calibrates and evaluates the best weights, and writes the report.
    /// - Parameter resuming: go on from the checkpoint in the folder; without one the run begins anew.
    /// - Throws: `RunInterrupted` where it was asked to stop; what looking, training and writing throw.
    package func run(resuming: Bool = false) throws -> RunReport {
        try ComputeLibrary.withThreads(prepared.recipe.threads) { try compute(resuming: resuming) }
    }

    private func compute(resuming: Bool) throws -> RunReport {
        do {
            tell(resuming ? "going on with \(folder.path)" : "run folder \(folder.path)")
            let goesOn = resuming && folder.hasCheckpoint
            if resuming && !goesOn { tell("nothing was saved before it ended: it begins anew") }
            if !goesOn { try OutputFile.write(prepared.recipe.yaml, to: folder.recipe) }
            try survey()
            try OutputFile.write(prepared.dataset.splitTable, to: folder.splits)
            prepared.outline.forEach(tell)
            let trainer = try makeTrainer(resuming: goesOn)
            let probe = try probe()
            let result = try train(trainer)
            let rules = try calibrate()
            var report = try evaluate(result)
            report.temperatureFit = rules?.temperature
            report.thresholdsAreFitted = rules?.thresholds != nil
            report.probe = probe
            try report.write(to: folder.path)
            return report
        } catch is CancellationError {
            throw RunInterrupted(folder: folder)
        } catch {
            for line in "error: \(error.legibleDescription)".split(separator: "\n") { log.write(String(line)) }
            throw error
        }
    }

    private func survey() throws {
        let isInterrupted = isInterrupted
        observer?.show(RunProgress(activity: "looking at \(prepared.imageCount) images", fraction: 0))
        try measured("looking at the images") { try prepared.survey { _ in !isInterrupted() } }
    }

    /// Judges simple models on what the network yields as it is; nil where nobody asks or nothing is pretrained.
    private func probe() throws -> (any Probe)? {
        guard prepared.recipe.probe, case .named = prepared.recipe.model.weights else { return nil }
        let part = judgedPart
        let classCount = prepared.dataset.classNames.count
        let training = prepared.dataset[.training]
        let predictor = makePredictor()
        let featureCount = try predictor.shapes(of: ["pool"], for: training)[0].count
        guard let limit = ProbeLimit.inPassing(featureCount: featureCount, outputCount: classCount) else {
            tell("no baselines: \(classCount) classes are too many to fit them in passing")
            return nil
        }
        return try measured("baselines") {
            let seed = prepared.recipe.seed
            let known = try labelledFeatures(training.drawn(limit, seed: seed), predictor)
            let judges =
                part.role == .training
                ? nil : try labelledFeatures(part.samples.drawn(ProbeLimit.testImages, seed: seed), predictor)
            let definition = prepared.recipe.task.definition
            guard
                let probe = try definition.probe(training: known, test: judges, outputCount: classCount, seed: seed)
            else {
                tell("no baselines: too few images can be judged by the others")
                return nil
            }
            tell(probe.line)
            return probe
        }
    }

    private func labelledFeatures(_ samples: [Sample], _ predictor: Predictor) throws -> LabelledFeatures {
        try predictor.labelledFeatures(of: samples) { pass in
            observer?.show(RunProgress(activity: "baselines", pass))
            if isInterrupted() { throw CancellationError() }
        }.images
    }

    /// Makes the trainer, and lets it find out whether the run can go on before anything is computed.
    private func makeTrainer(resuming: Bool) throws -> Trainer {
        if let disk = prepared.recipe.cache.disk { try RunFolder.make(disk.directory) }
        let trainer = try Trainer(
            model: prepared.model, training: prepared.dataset[.training], validation: prepared.dataset[.validation],
            judging: prepared.dataset[.test], configuration: prepared.configuration, runFolder: folder.path,
            observer: self, images: prepared.cache, activations: prepared.activations, isInterrupted: isInterrupted)
        try trainer.prepare(resuming: resuming)
        return trainer
    }

    private func train(_ trainer: Trainer) throws -> TrainingResult {
        // Training compiles the network in its own way, and needs the memory.
        compiled.removePlans()
        let result = try measured("training") { try trainer.run() }
        if case .interrupted = result.ending { throw RunInterrupted(folder: folder) }
        return result
    }

    /// Fits what makes the best weights' answers believable on the validation images, and adds it to the model's file.
    private func calibrate() throws -> RulesFit? {
        let samples = prepared.dataset[.validation]
        guard !samples.isEmpty, prepared.recipe.task.definition.fitsRules else { return nil }
        let fit = try measured("calibration") {
            try makePredictor().fitRules(samples) { pass in
                observer?.show(RunProgress(activity: "calibrating", pass))
                if isInterrupted() { throw CancellationError() }
            }
        }
        if let temperature = fit.temperature {
            tell(
                "temperature \(Words.decimals(temperature.value, 3)): log loss of "
                    + "\(Words.counted(temperature.imageCount, "validation image")) "
                    + "\(Words.decimals(temperature.lossBefore, 4)), then \(Words.decimals(temperature.lossAfter, 4))")
        } else {
            tell("no temperature: the log loss of the validation images has no minimum")
        }
        prepared.model.temperature = fit.temperature?.value
        prepared.model.thresholds = fit.thresholds
        if fit.temperature != nil || fit.thresholds != nil { try prepared.model.write(to: folder.model) }
        return fit
    }

    private func makePredictor() -> Predictor {
        let predictor = Predictor(prepared.model, prepared.predictorConfiguration, on: compiled)
        predictor.cache = prepared.cache
        return predictor
    }

    private func evaluate(_ training: TrainingResult) throws -> RunReport {
        let part = judgedPart
        let predictor = makePredictor()
        let table = try PredictionTable(
            folder.predictions, classNames: prepared.dataset.classNames, task: prepared.recipe.task)
        let result = try measured("evaluation") {
            try predictor.evaluate(
                part.samples, role: part.role.rawValue, folder: part.folder, predictions: table
            ) { pass in
                observer?.show(RunProgress(activity: "evaluating", pass))
                if isInterrupted() { throw CancellationError() }
            }
        }
        try table.finish()
        var report = prepared.report(result)
        report.add(training)
        try measured("pictures") {
            let explainer = GradCAM(
                prepared.model, precision: prepared.configuration.precision, on: compiled)
            try report.addGalleries(explainedBy: explainer) { pass in
                observer?.show(RunProgress(activity: "explaining", pass))
                if isInterrupted() { throw CancellationError() }
            }
        }
        report.timings = timings
        tell(report.headline)
        for warning in report.warnings { tell("warning: \(warning)") }
        return report
    }

    /// The test images, else those that validate, else those that train.
    private var judgedPart: Dataset.Part {
        let parts = prepared.dataset.parts.filter { !$0.samples.isEmpty }
        return parts.last ?? prepared.dataset.parts[0]
    }

    private func measured<Value>(_ name: String, _ body: () throws -> Value) rethrows -> Value {
        let start = ContinuousClock.now
        defer { timings.append(.init(name, seconds: start.duration(to: .now) / .seconds(1))) }
        return try body()
    }

    private func tell(_ line: String) {
        log.write(line)
        observer?.tell(line.legible)
    }
}

/// A run that was asked to stop, and did.
package struct RunInterrupted: Error, CustomStringConvertible {
    package let folder: RunFolder
    /// Whether the run stopped by itself, its state saved, rather than in the midst of a step.
    package let isStateSaved: Bool

    package init(folder: RunFolder, isStateSaved: Bool = true) {
        self.folder = folder
        self.isStateSaved = isStateSaved
    }

    /// Whether there is a state to go on from.
    package var canBeResumed: Bool { folder.hasCheckpoint }

    package var description: String {
        guard canBeResumed else { return "interrupted before anything was saved" }
        return "interrupted; \(isStateSaved ? "the state is saved" : "the state saved last is kept")"
    }
}

// MARK: - Training

extension RecipeRun: TrainingObserver {
    package func observe(_ event: TrainingEvent) {
        switch event {
        case .began(let outline):
            self.outline = outline
            if outline.epochsDone > 0 { tell("\(Words.counted(outline.epochsDone, "epoch")) done before") }
        case .stageBegan(let stage):
            pace.beginStage()
            tell(
                "stage \(stage.configuration.name): \(Words.grouped(stage.trainableParameters)) parameters trained, "
                    + "\(Words.grouped(stage.frozenParameters)) frozen, \(Words.bytes(stage.memoryBytes)) of memory")
            if let kept = stage.kept { tell("stage \(stage.configuration.name): \(kept.line)") }
        case .stepEnded(let step):
            pace.stepEnded(step)
            observer?.show(progress(step))
        case .tried(let images, let total):
            observer?.show(RunProgress(activity: "trying int8", fraction: Double(images) / Double(max(total, 1))))
        case .triedQuantization(let stage, let trial): tell("stage \(stage): \(trial.line)")
        case .validated(let images, let total):
            observer?.show(
                RunProgress(activity: "validating", fraction: Double(images) / Double(max(total, 1))))
        case .epochEnded(let record, let isBest):
            tell(
                record.line(
                    prepared.configuration.task, of: outline?.epochs ?? record.epoch, isBest: isBest))
        case .stageEnded(let stage):
            if stage.kept.fromMemory + stage.kept.fromDisk > 0 { tell(stage.savings) }
            if stage.stoppedEarly { tell("stage \(stage.stage): nothing improved any more, stopped early") }
        case .badImage(let image): tell("left out: \(image.path): \(image.reason)")
        case .notice(let text): tell(text)
        case .checkpointSaved: break
        }
    }

    private func progress(_ step: StepProgress) -> RunProgress {
        RunProgress(
            activity: "epoch \(step.epoch)/\(outline?.epochs ?? step.epoch) \(step.stage)",
            fraction: Double(step.step) / Double(max(step.stepsPerEpoch, 1)), imagesPerSecond: pace.imagesPerSecond,
            loss: step.loss, accuracy: step.accuracy, secondsLeft: pace.secondsLeft(after: step))
    }
}

extension EpochRecord {
    /// `epoch 3/7 top: loss 0.5310, accuracy 0.8120; validation loss 0.4412, accuracy 0.8456; 12 s, best so far`.
    fileprivate func line(_ task: LearningTask, of epochs: Int, isBest: Bool) -> String {
        var line = "epoch \(epoch)/\(epochs) \(stage): loss \(Words.decimals(trainLoss, 4))"
        if let figure = task.definition.rightness { line += words(figure, "train_") }
        if let valLoss { line += "; validation loss \(Words.decimals(valLoss, 4))" }
        if let figure = task.definition.figures.first { line += words(figure, "val_") }
        return line + "; \(Words.duration(seconds))\(isBest ? ", best so far" : "")"
    }

    private func words(_ figure: EpochFigure, _ part: String) -> String {
        figures[part + figure.name].map { value in
            ", \(figure.title) \(figure.isFraction ? Words.decimals(value, 4) : Words.short(value))"
        } ?? ""
    }
}

extension Probe {
    /// `before training: always the most frequent class 0.1667, 10 nearest neighbours 0.8812, logistic regression 0.9021;
    /// 12 labels are worth a look`.
    fileprivate var line: String {
        let scores = scores.map { "\($0.name) \(Words.decimals($0.value, 4))" }.joined(separator: ", ")
        let doubts =
            doubtfulLabels.isEmpty ? "" : "; \(Words.counted(doubtfulLabels.count, "label")) worth a look"
        return "before training: \(scores)\(doubts)"
    }
}

extension QuantizationTrial {
    /// `the frozen part is computed in int8: a linear model of what it yields scores 0.9120 on 180 validation images,
    /// 0.9140 without int8`.
    fileprivate var line: String {
        "\(isPassed ? "the frozen part is computed in int8" : "the frozen part is not computed in int8"): a linear model "
            + "of what it yields scores \(Words.decimals(score, 4)) on "
            + "\(Words.counted(imageCount, "validation image")), \(Words.decimals(reference, 4)) without int8"
    }
}

extension KeptActivations {
    /// `frozen up to pool: 8.0 KiB kept for each of 1,800 images, 14.1 MiB in all; at most 2.0 GiB in memory`.
    fileprivate var line: String {
        let wanted = imageCount * bytesPerImage
        let images = includesTraining ? "image" : "validation image"
        let places = [
            budgetBytes > 0 ? "at most \(Words.bytes(budgetBytes)) in memory" : nil,
            disk.map { "at most \(Words.bytes($0.budgetBytes)) in \($0.directory)" },
        ].compactMap(\.self)
        return "frozen up to \(stage): \(Words.bytes(bytesPerImage)) kept for each of "
            + "\(Words.counted(imageCount, images)), \(Words.bytes(wanted)) in all; \(places.joined(separator: ", "))"
    }
}

extension StageSummary {
    /// `stage head: the frozen part was computed for 1,800 images, 11.2 ms each; taken from memory for 3,600`.
    fileprivate var savings: String {
        func milliseconds(_ seconds: Double, _ count: Int) -> String {
            "\(Words.decimals(1000 * seconds / Double(count), 1)) ms each"
        }
        var parts = ["the frozen part was computed for \(Words.counted(computedImages, "image"))"]
        if computedImages > 0 { parts[0] += ", \(milliseconds(prefixSeconds, computedImages))" }
        if kept.fromMemory > 0 { parts.append("taken from memory for \(Words.grouped(kept.fromMemory))") }
        if kept.fromDisk > 0 {
            parts.append(
                "taken from disk for \(Words.grouped(kept.fromDisk)), \(milliseconds(kept.diskSeconds, kept.fromDisk))")
        }
        return "stage \(stage): \(parts.joined(separator: "; "))"
    }
}
