import Datasets
import Files
import Metrics
import Pretrained
import Tasks

extension Predictor {
    /// Judges the model by labelled images.
    ///
    /// - Parameters:
    ///   - samples: with targets, whose classes are indices of the model's.
    ///   - role: what the images are to the run: `test` or `validation`.
    ///   - folder: what their names are relative to, for the report.
    ///   - predictions: where every answer is written; the caller finishes it.
    ///   - keepsFeatures: whether the result holds the pooled features of as many images as a probe takes, if any.
    ///   - progress: told after every batch; what it throws ends the pass.
    /// - Throws: as `predict`; `PredictionError` where labels are missing or no image can be read; `DatasetError` where
    ///   all images of a class cannot be read; `OutputError`.
    package func evaluate(
        _ samples: [Sample], role: String, folder: String, predictions: PredictionTable? = nil,
        keepsFeatures: Bool = false, progress: (PassProgress) throws -> Void = { _ in }
    ) throws -> any TaskResult {
        guard samples.allSatisfy({ $0.target != nil }) else { throw PredictionError.unlabelled(folder) }
        var examiner = model.task.definition.examiner(outputCount: classCount)
        let featureCount = keepsFeatures ? try shapes(of: ["pool"], for: samples)[0].count : nil
        let limit = featureCount.flatMap { ProbeLimit.inPassing(featureCount: $0, outputCount: classCount) }
        let probed = Set(limit.map { samples.drawn($0, seed: 0).map { FileName($0.name) } } ?? [])
        var kept = limit.flatMap { _ in featureCount.map(LabelledFeatures.init) }
        let pass = try answer(samples, keeping: limit == nil ? nil : "pool", progress: progress) {
            answer, sample, features in
            examiner.add(answer, to: sample)
            if let features, let target = sample.target, probed.contains(FileName(sample.name)) {
                kept?.append(file: sample.name, target: target, features: features)
            }
            try predictions?.write(answer)
        }
        guard pass.imageCount > 0 else { throw PredictionError.nothingToJudge(folder) }
        try ClassLoss.all(of: samples, without: pass.badImages, classCount: classCount)
            .check("\(role) images in \(folder)", classNames: model.displayedClassNames)
        return examiner.result(
            JudgedPass(
                role: role, folder: folder, temperature: temperature,
                testTimeAugmentation: configuration.testTimeAugmentation, badImages: pass.badImages,
                seconds: pass.seconds, features: kept))
    }

    /// Fits the rules that make the model's answers believable, by images that it was not trained on: all, or as many as
    /// `ClassLimit.fittedLogits` allows.
    ///
    /// - Parameters:
    ///   - samples: with targets, whose classes are indices of the model's.
    ///   - progress: told after every batch; what it throws ends the pass.
    /// - Throws: as `predict`.
    package func fitRules(
        _ samples: [Sample], progress: (PassProgress) throws -> Void = { _ in }
    ) throws -> RulesFit {
        var outputs: [Float] = []
        var targets: [Target] = []
        let samples = samples.drawn(max(ClassLimit.fittedLogits / max(classCount, 1), 1), seed: 0)
        try features(samples, taps: ["logits"], progress: progress) { sample, taps in
            guard let target = sample.target else { preconditionFailure("\(sample.name) has no label") }
            outputs += taps[0]
            targets.append(target)
        }
        return model.task.definition.fit(outputs: outputs, targets: targets)
    }

    /// Writes the predictions for images, labelled or not, as `predictions.csv`.
    /// - Throws: as `predict`; `OutputError`.
    @discardableResult
    package func writePredictions(
        of samples: [Sample], to path: String, progress: (PassProgress) throws -> Void = { _ in }
    ) throws -> Pass {
        let table = try PredictionTable(path, classNames: model.displayedClassNames, task: model.task)
        let pass = try answer(samples, progress: progress) { try table.write($0) }
        try table.finish()
        return pass
    }
}
