import Datasets
import Metrics

/// Each image is of one class: softmax and cross-entropy.
struct Classification: TaskDefinition {
    let name = "classification"
    let targetKind = TargetKind.category
    let lossOptions: Set<LossOption> = [.labelSmoothing, .classWeights]
    let rightness: EpochFigure? = accuracy
    let figures = [accuracy, EpochFigure("macro_f1", "macro F1")]
    static let accuracy = EpochFigure("accuracy", "accuracy")

    func loss(
        _ configuration: LossConfiguration, training: [Sample], outputCount: Int, rules: AnswerRules
    ) -> any Loss {
        SoftmaxCrossEntropy(
            classCount: outputCount, labelSmoothing: configuration.labelSmoothing,
            classWeights: configuration.classWeights.weights(training, classCount: outputCount))
    }

    func judge(outputCount: Int, rules: AnswerRules) -> any EpochJudge {
        Judge(confusion: ConfusionMatrix(classCount: outputCount))
    }

    /// The accuracy of a logistic regression.
    func linearScore(
        training: FeatureMatrix, _ trainingTargets: [Target], validation: FeatureMatrix, _ validationTargets: [Target],
        outputCount: Int
    ) throws -> Double {
        let classifier = try LogisticRegression(
            training, labels: trainingTargets.map(Self.label), classCount: outputCount)
        return classifier.accuracy(validation, labels: validationTargets.map(Self.label))
    }

    static func label(_ target: Target) -> Int {
        guard case .category(let label) = target else { preconditionFailure("an image has one class") }
        return label
    }

    private struct Judge: EpochJudge {
        var confusion: ConfusionMatrix

        mutating func add(_ outputs: UnsafeBufferPointer<Float>, _ target: Target) {
            confusion.add(actual: Classification.label(target), predicted: outputs.indexOfMaximum())
        }

        var values: [Double] {
            let report = ClassificationReport(confusion)
            return [report.accuracy, report.macroAverage.f1]
        }
    }
}

extension LearningTask {
    package static let classification = LearningTask(Classification())
}
