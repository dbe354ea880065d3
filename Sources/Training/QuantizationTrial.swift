import Datasets
import Engine
import Kernels
import Metrics
import Pretrained
import Tasks

/// Finds out whether a frozen prefix may be computed in 8-bit integers: whether a linear model of what it yields is as good as
/// one of what it yields otherwise.
///
/// The model is the task's, such as a logistic regression, on the prefix's output, averaged over space and standardised, so that the
/// answer depends neither on layers that are yet to be trained nor on luck in training them.
package struct QuantizationTrial: Hashable, Sendable {
    /// What the linear model comes to on the validation images, such as its accuracy, computed in 8-bit integers and
    /// otherwise.
    package let score, reference: Double
    package let imageCount: Int

    /// How much may be lost: half a point.
    package static let tolerance = 0.005

    package var isPassed: Bool { score >= reference - Self.tolerance }
}

/// Runs a trial for a stage.
struct QuantizationTrialRunner {
    let model: Model
    let training: [Sample]
    let validation: [Sample]
    let configuration: TrainingConfiguration
    let images: ImageCache
    /// Told how many images of how many are done; false ends the trial.
    let progress: (Int, Int) -> Bool

    /// The most images of either part that are looked at.
    private static let imageLimit = 1000

    /// - Parameter planned: how the stage is compiled, without quantization.
    /// - Returns: nil where the first layer is trained, or the trial was ended.
    /// - Throws: `EngineError`, `PredictionError.notFinite`, or what reading throws.
    func run(_ planned: Plan.Configuration) throws -> (trial: QuantizationTrial, quantization: Quantization)? {
        var planned = planned
        planned.observesMagnitudes = true
        guard let plain = try prefix(planned), let reference = try features(plain, done: 0) else { return nil }
        let quantization = Quantization(largestMagnitudes: plain.plan.largestMagnitudes)
        planned.observesMagnitudes = false
        planned.quantization = quantization
        guard let integers = try prefix(planned),
            let quantized = try features(integers, done: reference.imageCount)
        else { return nil }
        let trial = QuantizationTrial(
            score: try quantized.score(configuration.task, outputCount: model.network.classCount),
            reference: try reference.score(configuration.task, outputCount: model.network.classCount),
            imageCount: reference.validationTargets.count)
        return (trial, quantization)
    }

    private func prefix(_ planned: Plan.Configuration) throws -> FrozenPrefix? {
        try FrozenPrefix(
            of: CompiledNetwork(
                network: model.network, parameters: model.parameters, preprocessing: model.preprocessing),
            configuration: planned)
    }

    /// What a prefix yields for images of both parts.
    private struct Features {
        var training, validation: FeatureMatrix
        var trainingTargets: [Target] = []
        var validationTargets: [Target] = []

        var imageCount: Int { trainingTargets.count + validationTargets.count }

        func score(_ task: LearningTask, outputCount: Int) throws -> Double {
            let standardize = Standardization(training)
            return try task.definition.linearScore(
                training: standardize(training), trainingTargets, validation: standardize(validation),
                validationTargets, outputCount: outputCount)
        }
    }

    private func features(_ prefix: FrozenPrefix, done: Int) throws -> Features? {
        let empty = FeatureMatrix(columnCount: prefix.cut.shape.channels)
        var result = Features(training: empty, validation: empty)
        let total = 2 * (min(training.count, Self.imageLimit) + min(validation.count, Self.imageLimit))
        for (samples, isTraining) in [(training, true), (validation, false)] {
            let loader = loader(samples, batch: prefix.batch)
            var count = 0
            while count < Self.imageLimit, let batch = try loader.next() {
                guard progress(done + result.imageCount, total) else { return nil }
                let rows = try pooled(prefix, batch)
                for (sample, row) in zip(batch.indices, rows) where !row.allSatisfy(\.isFinite) {
                    throw PredictionError.notFinite(samples[sample].path)
                }
                count += batch.count
                if isTraining {
                    for row in rows { result.training.append(row) }
                    result.trainingTargets += batch.answers
                } else {
                    for row in rows { result.validation.append(row) }
                    result.validationTargets += batch.answers
                }
            }
        }
        guard !result.trainingTargets.isEmpty else { throw TrainingError.noReadableImages(part: "training") }
        return result
    }

    /// What the prefix yields for each image, averaged over space.
    private func pooled(_ prefix: FrozenPrefix, _ batch: Batch) throws -> [ArraySlice<Float>] {
        let shape = prefix.cut.shape
        let activations = try batch.pixels.withUnsafeBytes { try prefix.activations(of: $0) }
        var means = [Float](repeating: 0, count: batch.count * shape.channels)
        kernel_average_pool(
            activations.baseAddress, &means, batch.count, shape.height, shape.width, shape.channels, 1, 1,
            prefix.cut.precision == .bf16, true)
        return (0..<batch.count).map { means[$0 * shape.channels..<($0 + 1) * shape.channels] }
    }

    private func loader(_ samples: [Sample], batch: Int) -> BatchLoader {
        var loading = BatchLoader.Configuration(
            batchSize: batch, side: model.imageSize, resize: model.resize, shuffles: true, seed: configuration.seed)
        loading.badImages = configuration.badImages
        return BatchLoader(samples: samples, configuration: loading, cache: images)
    }
}
