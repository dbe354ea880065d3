import Datasets
import Engine
import Images
import Pretrained
import Tasks

/// Judges a model in training on the validation images, with what the stage at work computes.
final class Validator {
    struct Scores {
        /// The mean loss, without label smoothing and weights.
        let loss: Double
        /// In the order of the task's figures.
        let figures: [Double]
    }

    private let model: Model
    private let samples: [Sample]
    private let configuration: TrainingConfiguration
    private let images: ImageCache
    private let activations: ActivationCache
    private let computation: StageComputation
    private let batch: Int
    private let loss: any Loss

    /// Compiles the inference plan.
    /// - Parameters:
    ///   - samples: labelled, at least one.
    ///   - images: decoded images to take from and add to.
    ///   - activations: what the frozen prefix yields, likewise.
    /// - Throws: `EngineError`.
    init(
        _ model: Model, _ samples: [Sample], _ configuration: TrainingConfiguration, _ computation: StageComputation,
        images: ImageCache, activations: ActivationCache
    ) throws {
        self.model = model
        self.samples = samples
        self.configuration = configuration
        self.images = images
        self.activations = activations
        self.computation = computation
        loss = configuration.task.definition.loss(
            LossConfiguration(), training: [], outputCount: model.network.classCount, rules: model.rules)
        batch = min(max(configuration.batchSize, 32), samples.count)
        _ = try computation.inferencePlan(batch: batch)
    }

    var imageCount: Int { samples.count }

    /// Judges the model as it is now.
    ///
    /// - Parameters:
    ///   - progress: called with the number of images done; false stops.
    ///   - report: called with each image that cannot be read.
    /// - Returns: nil where it was stopped.
    /// - Throws: `TrainingError.noReadableImages`, or what reading and computing throw.
    func scores(
        progress: (Int) -> Bool, report: ([BadImage]) -> Void
    ) throws -> Scores? {
        let plan = try computation.inferencePlan(batch: batch)
        let outputCount = model.network.classCount
        var judge = configuration.task.definition.judge(outputCount: outputCount, rules: model.rules)
        var total = BatchLoss()
        var loading = BatchLoader.Configuration(
            batchSize: plan.configuration.batch, side: model.imageSize, resize: model.resize)
        loading.badImages = configuration.badImages
        let loader = InputLoader(
            .init(samples: samples, role: .validation, view: 0), loading, prefix: computation.prefix, images: images,
            activations: activations)
        while let input = try loader.next() {
            guard progress(total.images) else { return nil }
            let batch = input.batch
            plan.input.copyBytes(from: input.bytes)
            try plan.forward()
            let outputs = plan.output("logits")
            total += loss(outputs: outputs, targets: batch.answers, weights: nil, gradient: nil)
            for (row, target) in batch.answers.enumerated() {
                judge.add(
                    UnsafeBufferPointer(rebasing: outputs[row * outputCount..<(row + 1) * outputCount]), target)
            }
        }
        report(loader.badImages)
        guard total.images > 0 else { throw TrainingError.noReadableImages(part: "validation") }
        return Scores(loss: total.mean, figures: judge.values)
    }
}
