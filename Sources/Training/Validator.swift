import Datasets
import Engine
import Evaluation
import Images
import Pretrained

/// Judges a model in training on the validation images.
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
    private let cache: ImageCache
    private let plan: Plan
    private let loss: SoftmaxCrossEntropy

    /// Compiles an inference plan.
    /// - Parameter samples: labelled, at least one.
    /// - Throws: `ImageSizeError` or `EngineError`.
    init(_ model: Model, _ samples: [Sample], _ configuration: TrainingConfiguration, cache: ImageCache) throws {
        self.model = model
        self.samples = samples
        self.configuration = configuration
        self.cache = cache
        loss = SoftmaxCrossEntropy(classCount: model.network.classCount)
        plan = try Plan(
            network: model.network, parameters: model.parameters, preprocessing: model.preprocessing,
            configuration: .init(
                batch: min(max(configuration.batchSize, 32), samples.count), height: model.imageSize,
                width: model.imageSize, precision: configuration.precision))
    }

    var imageCount: Int { samples.count }

    /// Judges the model as it is now.
    ///
    /// - Parameters:
    ///   - changedStages: whose parameters moved since the last time.
    ///   - progress: called with the number of images done; false stops.
    ///   - report: called with each image that cannot be read.
    /// - Returns: nil where it was stopped.
    /// - Throws: `TrainingError.noReadableImages`, or what reading and computing throw.
    func scores(
        changedStages: Set<String>, progress: (Int) -> Bool, report: ([BadImage]) -> Void
    ) throws -> Scores? {
        try plan.parametersChanged(in: changedStages)
        var confusion = ConfusionMatrix(classCount: model.network.classCount)
        var total = BatchLoss()
        var loading = BatchLoader.Configuration(
            batchSize: plan.configuration.batch, side: model.imageSize, resize: model.resize)
        loading.badImages = configuration.badImages
        let loader = BatchLoader(samples: samples, configuration: loading, cache: cache)
        while let batch = try loader.next() {
            guard progress(total.images) else { return nil }
            _ = plan.pixels.update(fromContentsOf: batch.pixels)
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
