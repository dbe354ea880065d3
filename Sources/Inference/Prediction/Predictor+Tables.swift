import Datasets
import Files
import Metrics
import Pretrained

extension Predictor {
    /// Judges the model by labelled images.
    ///
    /// - Parameters:
    ///   - samples: labels are indices of the model's classes.
    ///   - role: what the images are to the run: `test` or `validation`.
    ///   - folder: where they lie, for the report.
    ///   - predictions: where every prediction is written; the caller finishes it.
    ///   - keepsFeatures: whether the result holds the pooled features of as many images as a probe takes, if any.
    ///   - progress: told after every batch; what it throws ends the pass.
    /// - Throws: as `predict`; `PredictionError` where labels are missing or no image can be read; `DatasetError` where
    ///   all images of a class cannot be read; `OutputError`.
    package func evaluate(
        _ samples: [Sample], role: String, folder: String, predictions: PredictionTable? = nil,
        keepsFeatures: Bool = false, progress: (PassProgress) throws -> Void = { _ in }
    ) throws -> EvaluationResult {
        guard samples.allSatisfy({ $0.label != nil }) else { throw PredictionError.unlabelled(folder) }
        var tally = ClassificationTally(classCount: classCount)
        var judged: [JudgedImage] = []
        let contents = Dictionary(
            samples.map { (FileName($0.name), $0.content) }, uniquingKeysWith: { first, _ in first })
        let featureCount = keepsFeatures ? try shapes(of: ["pool"], for: samples)[0].count : nil
        let limit = featureCount.flatMap {
            Probe.imageLimit(featureCount: $0, classCount: classCount)
        }
        let probed = Set(limit.map { samples.drawn($0, seed: 0).map { FileName($0.name) } } ?? [])
        var known = limit == nil ? nil : featureCount.map(Probe.Images.init)
        let tap = known == nil ? nil : "pool"
        let pass = try predict(samples, keeping: tap, progress: progress) { prediction, features in
            tally.add(prediction)
            if let features, let label = prediction.label, probed.contains(FileName(prediction.file)) {
                known?.append(file: prediction.file, label: label, features: features)
            }
            if let image = JudgedImage(prediction, contents: contents) { judged.append(image) }
            try predictions?.write(prediction)
        }
        guard pass.imageCount > 0 else { throw PredictionError.nothingToJudge(folder) }
        try ClassLoss.all(of: samples, without: pass.badImages, classCount: model.network.classCount)
            .check("\(role) images in \(folder)", classNames: model.displayedClassNames)
        return EvaluationResult(
            role: role, folder: folder, tally: tally, temperature: temperature,
            testTimeAugmentation: configuration.testTimeAugmentation, judged: judged, features: known,
            badImages: pass.badImages, seconds: pass.seconds)
    }

    /// Fits the temperature that makes the model's probabilities believable, by images that it was not trained on: all,
    /// or as many as `ClassLimit.fittedLogits` allows.
    ///
    /// - Parameters:
    ///   - samples: labels are indices of the model's classes; none may be missing.
    ///   - progress: told after every batch; what it throws ends the pass.
    /// - Returns: nil where the log loss has no minimum; see `Temperature`.
    /// - Throws: as `predict`.
    package func fitTemperature(
        _ samples: [Sample], progress: (PassProgress) throws -> Void = { _ in }
    ) throws -> Temperature? {
        var logits: [Float] = []
        var labels: [Int] = []
        let samples = samples.drawn(max(ClassLimit.fittedLogits / max(classCount, 1), 1), seed: 0)
        try features(samples, taps: ["logits"], progress: progress) { sample, outputs in
            guard let label = sample.label else { preconditionFailure("\(sample.name) has no label") }
            logits += outputs[0]
            labels.append(label)
        }
        return Temperature(logits: logits, labels: labels)
    }

    /// Writes the predictions for images, labelled or not, as `predictions.csv`.
    /// - Throws: as `predict`; `OutputError`.
    @discardableResult
    package func writePredictions(
        of samples: [Sample], to path: String, progress: (PassProgress) throws -> Void = { _ in }
    ) throws -> Pass {
        let table = try PredictionTable(path, classNames: model.displayedClassNames)
        let pass = try predict(samples, progress: progress) { try table.write($0) }
        try table.finish()
        return pass
    }
}

extension JudgedImage {
    /// Nil without a label.
    /// - Parameter contents: of the images, by name.
    fileprivate init?(_ prediction: Prediction, contents: [FileName: ImageContent]) {
        guard let label = prediction.label, let content = contents[FileName(prediction.file)] else { return nil }
        self.init(
            file: prediction.file, content: content, actual: label,
            actualProbability: prediction.probabilities[label], predicted: prediction.predicted,
            probability: prediction.probability)
    }
}
