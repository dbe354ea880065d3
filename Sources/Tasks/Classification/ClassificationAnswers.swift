import Datasets
import Files
import Metrics

extension Prediction: Answer {
    package func row(_ classNames: [String]) -> [String] {
        let known = [file, label.map { classNames[$0] } ?? "", classNames[predicted], probability.description]
        guard classNames.count > ClassLimit.square else { return known + probabilities.map(\.description) }
        let others = mostProbable(ClassLimit.ranks).dropFirst()
        return known + [label.map { probabilities[$0].description } ?? ""]
            + others.flatMap { [classNames[$0], probabilities[$0].description] }
    }

    package func words(_ classNames: [String], top: Int) -> AnswerWords {
        let classes = mostProbable(top).map { (classNames[$0], probabilities[$0]) }
        return AnswerWords(
            text: classes.flatMap { [$0, Words.decimals($1, 4)] }, fields: classes.flatMap { [$0, $1.description] },
            members: [
                .init(key: "predicted", value: .string(classes[0].0)),
                .init(key: "probability", value: .number(classes[0].1)),
                .init(
                    key: "top", value: .array(classes.map { ["class": .string($0), "probability": .number($1)] })),
            ])
    }
}

extension Classification {
    func answer(
        file: String, target: Target?, views: [[Float]], rules: AnswerRules
    ) -> any Answer {
        Prediction(file: file, label: target.map(Self.label), views: views, temperature: rules.temperature)
    }

    /// `filename,label,predicted,probability`, then the probability of each class in a column of its name.
    ///
    /// Of more than `ClassLimit.square` classes `label_probability`, then `predicted_2,probability_2` and so on: the most
    /// probable classes instead of all.
    func tableColumns(_ classNames: [String]) -> [String] {
        let known = ["filename", "label", "predicted", "probability"]
        guard classNames.count > ClassLimit.square else { return known + classNames }
        return known + ["label_probability"]
            + (2...ClassLimit.ranks).flatMap { ["predicted_\($0)", "probability_\($0)"] }
    }

    func printedColumns(top: Int) -> [String] {
        (1...top).flatMap { rank in ["predicted", "probability"].map { rank == 1 ? $0 : "\($0)_\(rank)" } }
    }

    func values(_ outputs: [Float], rules: AnswerRules) -> [Double] {
        Softmax.probabilities(outputs, temperature: rules.temperature ?? 1)
    }

    func explained(_ values: [Double], rules: AnswerRules) -> [Int] { [values.indexOfMaximum()] }

    func fit(outputs: [Float], targets: [Target]) -> RulesFit {
        RulesFit(temperature: Temperature(logits: outputs, labels: targets.map(Self.label)), thresholds: nil)
    }

    func examiner(outputCount: Int) -> any Examiner { ClassificationExaminer(outputCount: outputCount) }
}

/// Judges answers that name one class.
private struct ClassificationExaminer: Examiner {
    private var tally: ClassificationTally
    private var judged: [JudgedImage] = []

    init(outputCount: Int) { tally = ClassificationTally(classCount: outputCount) }

    mutating func add(_ answer: any Answer, to sample: Sample) {
        guard let prediction = answer as? Prediction, let label = prediction.label else {
            preconditionFailure("an answer that names one class, to an image that has one")
        }
        tally.add(prediction)
        judged.append(
            JudgedImage(
                file: prediction.file, content: sample.content, actual: label,
                actualProbability: prediction.probabilities[label], predicted: prediction.predicted,
                probability: prediction.probability))
    }

    func result(_ pass: JudgedPass) -> any TaskResult {
        ClassificationResult(pass, tally: tally, judged: judged)
    }
}

/// A model's answers that name one class of each image, judged.
package struct ClassificationResult: TaskResult {
    package var pass: JudgedPass
    /// Every prediction counted.
    package let tally: ClassificationTally
    /// Accuracy and the scores of each class.
    package let scores: ClassificationReport
    /// What the predictions come to.
    package let metrics: MetricSummary<Metric>
    /// The images counted, for galleries.
    package var judged: [JudgedImage]

    /// Computes every metric, on all cores.
    package init(_ pass: JudgedPass, tally: ClassificationTally, judged: [JudgedImage] = []) {
        self.pass = pass
        self.tally = tally
        self.judged = judged
        scores = tally.report
        metrics = tally.summary
    }

    package var imageCount: Int { tally.imageCount }
    package var figures: [String: Double] { metrics.values.byRawValue }

    package var headline: String {
        "accuracy \(Words.decimals(scores.accuracy, 4))\(metrics.intervalWords(.accuracy)), macro F1 "
            + Words.decimals(scores.macroAverage.f1, 4)
    }
}
