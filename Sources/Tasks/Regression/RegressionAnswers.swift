import Datasets
import Files
import Metrics

/// The number that a model says of an image.
package struct NumberPrediction: Answer, Hashable {
    package let file: String
    /// Nil where nobody knows.
    package let actual: Double?
    package let predicted: Double

    package func row(_ classNames: [String]) -> [String] {
        [file, actual?.description ?? "", predicted.description]
    }

    package func words(_ classNames: [String], top: Int) -> AnswerWords {
        AnswerWords(
            text: [Words.significant(predicted, 6)], fields: [predicted.description],
            members: [.init(key: "predicted", value: .number(predicted))])
    }
}

extension Regression {
    /// The mean of the views.
    func answer(file: String, target: Target?, views: [[Float]], rules: AnswerRules) -> any Answer {
        NumberPrediction(
            file: file, actual: target.map(Self.number),
            predicted: Self.scale(rules).number(views.map { Double($0[0]) }.mean))
    }

    func tableColumns(_ classNames: [String]) -> [String] { ["filename", "label", "predicted"] }

    func printedColumns(top: Int) -> [String] { ["predicted"] }

    func values(_ outputs: [Float], rules: AnswerRules) -> [Double] {
        outputs.map { Self.scale(rules).number(Double($0)) }
    }

    func explained(_ values: [Double], rules: AnswerRules) -> [Int] { [0] }

    var fitsRules: Bool { false }

    func fit(outputs: [Float], targets: [Target]) -> RulesFit { RulesFit(temperature: nil, thresholds: nil) }

    func examiner(outputCount: Int) -> any Examiner { RegressionExaminer() }
}

private struct RegressionExaminer: Examiner {
    private var tally = RegressionTally()
    private var judged: [RegressionResult.Judged] = []

    mutating func add(_ answer: any Answer, to sample: Sample) {
        guard let prediction = answer as? NumberPrediction, let actual = prediction.actual else {
            preconditionFailure("a number for an image that has one")
        }
        tally.add(actual, predicted: prediction.predicted)
        judged.append(
            .init(file: prediction.file, content: sample.content, actual: actual, predicted: prediction.predicted))
    }

    func result(_ pass: JudgedPass) -> any TaskResult { RegressionResult(pass, tally: tally, judged: judged) }
}

/// The numbers that a model says of images, judged.
package struct RegressionResult: TaskResult {
    /// An image and what a model said of it.
    package struct Judged: Sendable, Hashable {
        package let file: String
        package let content: ImageContent
        package let actual, predicted: Double

        package var error: Double { predicted - actual }

        package init(file: String, content: ImageContent, actual: Double, predicted: Double) {
            self.file = file
            self.content = content
            self.actual = actual
            self.predicted = predicted
        }
    }

    package var pass: JudgedPass
    package let imageCount: Int
    /// The metrics that are defined.
    package let values: [RegressionMetric: Double]
    package let intervals: [RegressionMetric: ClosedRange<Double>]
    package let bootstrap: Bootstrap
    /// The images counted, for galleries.
    package var judged: [Judged]

    /// Computes every metric, on all cores.
    package init(_ pass: JudgedPass, tally: RegressionTally, judged: [Judged] = [], bootstrap: Bootstrap = Bootstrap())
    {
        self.pass = pass
        imageCount = tally.imageCount
        self.judged = judged
        self.bootstrap = bootstrap
        values = tally.values
        intervals = tally.intervals(bootstrap)
    }

    package var figures: [String: Double] { values.byRawValue }

    package var headline: String {
        [(RegressionMetric.meanAbsoluteError, "mean absolute error"), (.determination, "R²")].compactMap {
            metric, name in
            values[metric].map { value in
                let interval = intervals[metric].map {
                    " (\(Words.short($0.lowerBound)) to \(Words.short($0.upperBound)))"
                }
                return "\(name) \(Words.short(value))\(interval ?? "")"
            }
        }.joined(separator: ", ")
    }
}
