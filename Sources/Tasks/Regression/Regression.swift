import Datasets
import Metrics

/// Each image has a number: mean squared error.
///
/// Numbers are standardised: the network's output counts standard deviations of the training images' numbers from their
/// mean, so that learning rates mean the same whatever the numbers are measured in. What is told is in their own unit, but
/// for the loss, in which naming always the mean costs about 1.
struct Regression: TaskDefinition {
    let name = "regression"
    let targetKind = TargetKind.number
    let lossOptions: Set<LossOption> = []
    let rightness: EpochFigure? = nil
    let figures = [
        EpochFigure("mean_absolute_error", "mean absolute error", prefersLess: true, isFraction: false),
        EpochFigure(
            "root_mean_squared_error", "root mean squared error", prefersLess: true, isFraction: false),
        determination,
    ]
    static let determination = EpochFigure("r2", "R²", isFraction: false)

    /// The mean and the standard deviation of the numbers.
    func rules(training: [Sample]) -> AnswerRules {
        let numbers = training.compactMap(\.target).map(Self.number)
        guard !numbers.isEmpty else { return AnswerRules() }
        let mean = numbers.mean
        let deviation = numbers.map { ($0 - mean) * ($0 - mean) }.mean.squareRoot()
        // What is the same everywhere has no unit of its own.
        let isConstant = numbers.allSatisfy { $0 == numbers[0] } || deviation < OutputScale.units.lowerBound
        return AnswerRules(
            scale: isConstant
                ? OutputScale(offset: numbers[0], unit: 1) : OutputScale(offset: mean, unit: deviation))
    }

    func loss(
        _ configuration: LossConfiguration, training: [Sample], outputCount: Int, rules: AnswerRules
    ) -> any Loss {
        SquaredError(scale: Self.scale(rules))
    }

    func judge(outputCount: Int, rules: AnswerRules) -> any EpochJudge { Judge(scale: Self.scale(rules)) }

    /// R² of a ridge regression.
    func linearScore(
        training: FeatureMatrix, _ trainingTargets: [Target], validation: FeatureMatrix, _ validationTargets: [Target],
        outputCount: Int
    ) throws -> Double {
        let model = RidgeFitter(training, numbers: trainingTargets.map(Self.number)).fit(penalty: 1)
        let tally = RegressionTally(
            numbers: validationTargets.map(Self.number), predictions: model.numbers(validation))
        return tally.values[.determination] ?? 1
    }

    static func number(_ target: Target) -> Double {
        guard let number = target.number else { preconditionFailure("an image has a number") }
        return number
    }

    static func scale(_ rules: AnswerRules) -> OutputScale { rules.scale ?? OutputScale(offset: 0, unit: 1) }

    private struct Judge: EpochJudge {
        let scale: OutputScale
        var tally = RegressionTally()

        mutating func add(_ outputs: UnsafeBufferPointer<Float>, _ target: Target) {
            tally.add(Regression.number(target), predicted: scale.number(Double(outputs[0])))
        }

        var values: [Double] {
            let values = tally.values
            // Of numbers that are all the same R² is 0, as scikit-learn has it.
            return [RegressionMetric.meanAbsoluteError, .rootMeanSquaredError, .determination].map { values[$0] ?? 0 }
        }
    }
}

extension LearningTask {
    package static let regression = LearningTask(Regression())
}

/// The mean squared error of outputs that count a scale's units.
private struct SquaredError: Loss {
    let scale: OutputScale

    func callAsFunction(
        outputs: UnsafeBufferPointer<Float>, targets: [Target], weights: [Double]?,
        gradient: UnsafeMutableBufferPointer<Float>?
    ) -> BatchLoss {
        precondition(outputs.count >= targets.count, "fewer outputs than targets")
        var result = BatchLoss()
        result.images = targets.count
        result.weight = weights?.reduce(0, +) ?? Double(targets.count)
        for (row, target) in targets.enumerated() {
            let error = Double(outputs[row]) - scale.output(Regression.number(target))
            let weight = weights?[row] ?? 1
            result.sum += weight * error * error
            gradient?[row] = Float(2 * weight * error / result.weight)
        }
        gradient?[targets.count...].update(repeating: 0)
        return result
    }
}

extension [Double] {
    /// 0 for none.
    var mean: Double { isEmpty ? 0 : reduce(0, +) / Double(count) }
}
