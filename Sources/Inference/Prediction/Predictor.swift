import Datasets
import Engine
import Files
import Foundation
import Images
import Metrics
import Networks
import Pretrained
import Tasks

/// Runs a model over images and hands out what it says of each, in the order of the samples.
///
/// Images are read and computed a batch at a time: memory does not grow with their number. A predictor is used from one
/// thread at a time.
package final class Predictor {
    /// How a model is run.
    package struct Configuration: Sendable {
        /// How many images, or views of images, are computed at once, at most; but all views of an image are.
        package var batchSize = 32
        package var precision = Precision.automatic
        /// What is done about an image that cannot be read.
        package var badImages = BadImagePolicy.skip
        /// Whether logits are divided by the model's temperature, where it has one.
        package var isCalibrated = true
        /// The views of each image whose probabilities are averaged in predictions; features are of the image as it is.
        package var testTimeAugmentation = TestTimeAugmentation.none

        package init() {}
    }

    package let model: Model
    package let configuration: Configuration
    /// Decoded images kept for the next pass; keeps none unless it is given a budget.
    package var cache = ImageCache()
    private let compiled: CompiledNetwork
    var classCount: Int { model.network.classCount }

    /// What logits are divided by; nil where the model has no temperature or it is not wanted.
    package var temperature: Double? { configuration.isCalibrated ? model.temperature : nil }

    /// What makes answers of outputs.
    var rules: AnswerRules { configuration.isCalibrated ? model.rules : model.rules.uncalibrated }

    /// - Parameter compiled: the model's network, where others run it too; nil to compile it for this predictor alone.
    package init(
        _ model: Model, _ configuration: Configuration = Configuration(), on compiled: CompiledNetwork? = nil
    ) {
        precondition(configuration.batchSize > 0, "a batch holds at least one image")
        self.compiled = compiled ?? CompiledNetwork(model)
        self.model = model
        self.configuration = configuration
    }

    /// Predicts the class of every sample, by a model that names one.
    ///
    /// - Parameters:
    ///   - samples: labels, where there are any, are indices of the model's classes.
    ///   - progress: told after every batch; what it throws ends the pass.
    ///   - body: called with each prediction, in order.
    /// - Throws: `DatasetError` at a bad image, where the policy is to fail; `PredictionError` where the model yields no
    ///   finite numbers; `EngineError`, `ImageSizeError`; whatever `body` throws.
    @discardableResult
    package func predict(
        _ samples: [Sample], progress: (PassProgress) throws -> Void = { _ in }, _ body: (Prediction) throws -> Void
    ) throws -> Pass {
        try answer(samples, progress: progress) { answer in
            guard let prediction = answer as? Prediction else { preconditionFailure("the model names one class") }
            try body(prediction)
        }
    }

    /// Answers every sample, whatever the model was trained for.
    ///
    /// - Parameters:
    ///   - samples: with or without targets, whose classes are indices of the model's.
    ///   - progress: told after every batch; what it throws ends the pass.
    ///   - body: called with each answer, in order.
    /// - Throws: as `predict`.
    @discardableResult
    package func answer(
        _ samples: [Sample], progress: (PassProgress) throws -> Void = { _ in }, _ body: (any Answer) throws -> Void
    ) throws -> Pass {
        try answer(samples, keeping: nil, progress: progress) { answer, _, _ in try body(answer) }
    }

    /// The same, with the features of each image at a tap, which are those of its first view.
    @discardableResult
    func answer(
        _ samples: [Sample], keeping tap: String?, progress: (PassProgress) throws -> Void,
        _ body: (any Answer, Sample, _ features: Slice<UnsafeBufferPointer<Float>>?) throws -> Void
    ) throws -> Pass {
        let views = configuration.testTimeAugmentation
        let taps = ["logits"] + (tap.map { [$0] } ?? [])
        return try run(samples, taps: taps, views: views, progress: progress) { sample, outputs in
            let rows = (0..<views.viewCount).map { Array(outputs[0].dropFirst($0 * classCount).prefix(classCount)) }
            let features = outputs.dropFirst().first.map { $0.prefix($0.count / views.viewCount) }
            let answer = model.task.definition.answer(
                file: sample.name, target: sample.target, views: rows, rules: rules)
            try body(answer, sample, features)
        }
    }

    /// Computes the features of every sample at one or several taps.
    ///
    /// - Parameters:
    ///   - taps: names of stages, blocks or layers, or `logits`.
    ///   - pooling: what becomes of the positions of feature maps.
    ///   - progress: told after every batch; what it throws ends the pass.
    ///   - body: called with each sample and its features at each tap, in order. The memory is valid during the call.
    /// - Throws: as `predict`; `EngineError` where the network has no such tap.
    @discardableResult
    package func features(
        _ samples: [Sample], taps: [String] = ["pool"], pooling: TapPooling = .average,
        progress: (PassProgress) throws -> Void = { _ in },
        _ body: (Sample, [Slice<UnsafeBufferPointer<Float>>]) throws -> Void
    ) throws -> Pass {
        try run(samples, taps: taps, pooling: pooling, views: .none, progress: progress, body)
    }

    /// The shape of what each tap yields for an image.
    /// - Parameter samples: what a pass will follow over; the network is compiled for it.
    /// - Throws: `EngineError` where the network has no such tap; `ImageSizeError`.
    package func shapes(
        of taps: [String], pooling: TapPooling = .average, for samples: [Sample] = []
    ) throws -> [FeatureShape] {
        let plan = try plan(for: samples, taps: taps, pooling: pooling, views: .none)
        return taps.map(plan.shape)
    }

    /// Lets the next pass take over what has changed in the model's parameters.
    package func parametersChanged() { compiled.parametersChanged() }

    private func run(
        _ samples: [Sample], taps: [String], pooling: TapPooling = .average, views: TestTimeAugmentation,
        progress: (PassProgress) throws -> Void,
        _ body: (Sample, [Slice<UnsafeBufferPointer<Float>>]) throws -> Void
    ) throws -> Pass {
        let start = ContinuousClock.now
        var pass = Pass()
        guard !samples.isEmpty else { return pass }
        let fullPlan = try plan(for: samples, taps: taps, pooling: pooling, views: views)
        let loader = loader(of: samples, batch: fullPlan.configuration.batch / views.viewCount, views)
        while let batch = try loader.next() {
            var wanted = fullPlan.configuration
            wanted.batch = batch.count * views.viewCount
            let plan = try compiled.plan(wanted)
            _ = plan.pixels.update(fromContentsOf: batch.pixels)
            try plan.forward()
            for (row, index) in batch.indices.enumerated() {
                let outputs = taps.map { tap in
                    let width = plan.width(of: tap) * views.viewCount
                    return plan.output(tap)[row * width..<(row + 1) * width]
                }
                guard outputs.allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
                    throw PredictionError.notFinite(samples[index].path)
                }
                try body(samples[index], outputs)
            }
            pass.imageCount += batch.count
            pass.seconds = start.duration(to: .now) / .seconds(1)
            try progress(PassProgress(done: batch.endPosition, total: samples.count, seconds: pass.seconds))
        }
        pass.badImages = loader.badImages
        pass.seconds = start.duration(to: .now) / .seconds(1)
        return pass
    }

    private func loader(of samples: [Sample], batch: Int, _ views: TestTimeAugmentation) -> BatchLoader {
        var configuration = BatchLoader.Configuration(batchSize: batch, side: model.imageSize, resize: model.resize)
        configuration.views = views
        configuration.badImages = self.configuration.badImages
        return BatchLoader(samples: samples, configuration: configuration, cache: cache)
    }

    /// The plan for full batches.
    private func plan(
        for samples: [Sample], taps: [String], pooling: TapPooling, views: TestTimeAugmentation
    ) throws -> Plan {
        let batch = max(1, min(configuration.batchSize / views.viewCount, samples.count)) * views.viewCount
        var configuration = Plan.Configuration(
            batch: batch, height: model.imageSize, width: model.imageSize, precision: configuration.precision,
            taps: taps)
        configuration.tapPooling = pooling
        return try compiled.plan(forAtLeast: configuration)
    }
}

/// What one pass over images came to.
package struct Pass: Sendable {
    /// How many images were computed.
    package var imageCount = 0
    /// The images that could not be read.
    package var badImages: [BadImage] = []
    /// How long it took, reading included.
    package var seconds = 0.0

    package init() {}
}

/// How far a pass over images has come.
package struct PassProgress: Sendable {
    /// How many samples are done, bad ones included.
    package let done: Int
    /// How many samples there are; nil where nobody knows yet.
    package let total: Int?
    /// The time since the beginning.
    package let seconds: Double

    package init(done: Int, total: Int?, seconds: Double) {
        self.done = done
        self.total = total
        self.seconds = seconds
    }
}

extension Model {
    /// A name for every class: its own, or its index.
    package var displayedClassNames: [String] { classes.names }

    /// What folders are joined to: the classes by name, or by number where nobody told their names.
    package var classes: ClassReference {
        classNames.map {
            ClassReference(names: $0, of: "the model", synonyms: classIdentifiers.map { [$0] } ?? [])
        }
            ?? ClassReference(nameless: network.classCount, of: "the model")
    }
}
