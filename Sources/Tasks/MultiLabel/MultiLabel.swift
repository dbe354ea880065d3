import Datasets
import Metrics

/// Each image is of any number of classes, none included: a sigmoid for each class, and binary cross-entropy.
struct MultiLabel: TaskDefinition {
    let name = "multi_label"
    let targetKind = TargetKind.categories
    let lossOptions: Set<LossOption> = [.labelSmoothing, .positiveWeights]
    let rightness: EpochFigure? = subsetAccuracy
    let figures = [
        meanAveragePrecision, EpochFigure("micro_f1", "micro F1"), EpochFigure("macro_f1", "macro F1"), subsetAccuracy,
    ]
    static let meanAveragePrecision = EpochFigure("mean_average_precision", "mean average precision")
    private static let subsetAccuracy = EpochFigure("subset_accuracy", "subset accuracy")

    func loss(
        _ configuration: LossConfiguration, training: [Sample], outputCount: Int, rules: AnswerRules
    ) -> any Loss {
        BinaryCrossEntropy(
            classCount: outputCount, labelSmoothing: configuration.labelSmoothing,
            positiveWeights: configuration.positiveWeights.positiveWeights(training, classCount: outputCount))
    }

    func judge(outputCount: Int, rules: AnswerRules) -> any EpochJudge {
        Judge(tally: MultiLabelTally(thresholds: Array(repeating: 0.5, count: outputCount)))
    }

    /// The mean over the classes of the accuracy of a logistic regression for each by itself.
    func linearScore(
        training: FeatureMatrix, _ trainingTargets: [Target], validation: FeatureMatrix, _ validationTargets: [Target],
        outputCount: Int
    ) throws -> Double {
        let scores = try (0..<outputCount).compactMap { index -> Double? in
            func labels(_ targets: [Target]) -> [Int] { targets.map { Self.classes($0).contains(index) ? 1 : 0 } }
            let known = labels(trainingTargets)
            guard Set(known).count == 2 else { return nil }
            return try LogisticRegression(training, labels: known, classCount: 2).accuracy(
                validation, labels: labels(validationTargets))
        }
        return scores.isEmpty ? 1 : scores.reduce(0, +) / Double(scores.count)
    }

    static func classes(_ target: Target) -> [Int] {
        guard case .categories(let labels) = target else { preconditionFailure("an image has a list of classes") }
        return labels
    }

    private struct Judge: EpochJudge {
        var tally: MultiLabelTally

        mutating func add(_ outputs: UnsafeBufferPointer<Float>, _ target: Target) {
            tally.add(labels: MultiLabel.classes(target), probabilities: outputs.map { sigmoid(Double($0)) })
        }

        var values: [Double] {
            let report = tally.report
            return [
                tally.meanAveragePrecision ?? 0, report.microAverage.f1, report.macroAverage.f1, report.subsetAccuracy,
            ]
        }
    }
}

extension LearningTask {
    package static let multiLabel = LearningTask(MultiLabel())
}
