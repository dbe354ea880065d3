import Datasets
import Engine
import Images
import Metrics
import Pretrained

/// Judges a model in training on the validation images, with what the stage at work computes.
final class Validator {
    struct Scores {
        /// The mean cross-entropy, without label smoothing and class weights.
        let loss: Double
        let accuracy: Double
        let macroF1: Double
    }

    private let model: Model
    private let samples: [Sample]
    private let configuration: TrainingConfiguration
    private let images: ImageCache
    private let activations: ActivationCache
    private let computation: StageComputation
    private let batch: Int
    private let loss: SoftmaxCrossEntropy

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
        loss = SoftmaxCrossEntropy(classCount: model.network.classCount)
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
        var confusion = ConfusionMatrix(classCount: model.network.classCount)
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
            let logits = plan.output("logits")
            total += loss(logits: logits, labels: batch.labels)
            for (row, label) in batch.labels.enumerated() {
                confusion.add(actual: label, predicted: prediction(logits, row: row))
            }
        }
        report(loader.badImages)
        guard total.images > 0 else { throw TrainingError.noReadableImages(part: "validation") }
        return Scores(
            loss: total.mean, accuracy: total.accuracy, macroF1: ClassificationReport(confusion).macroAverage.f1)
    }

    /// The first class with the largest logit.
    private func prediction(_ logits: UnsafeBufferPointer<Float>, row: Int) -> Int {
        let start = row * model.network.classCount
        var best = 0
        for c in 0..<model.network.classCount where logits[start + c] > logits[start + best] { best = c }
        return best
    }
}
