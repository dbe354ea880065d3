import Datasets
import Files
import Metrics

extension MultiLabelPrediction: Answer {
    /// Several classes have `;` between.
    package func row(_ classNames: [String]) -> [String] {
        [file, labels.map { Self.joined($0, classNames) } ?? "", Self.joined(named, classNames)]
            + probabilities.map(\.description)
    }

    /// The classes named and their probabilities, then the `top` most probable ones where more than one is asked for.
    package func words(_ classNames: [String], top: Int) -> AnswerWords {
        let ranked = ranking
        let told = top > 1 ? Array(ranked.prefix(top)) : []
        func fields(_ digits: (Double) -> String) -> [String] {
            [Self.joined(named, classNames), named.map { digits(probabilities[$0]) }.joined(separator: ";")]
                + told.flatMap { [classNames[$0], digits(probabilities[$0])] }
        }
        return AnswerWords(
            text: fields { Words.decimals($0, 4) }, fields: fields(\.description),
            members: [
                .init(key: "predicted", value: .array(named.map { .string(classNames[$0]) })),
                .init(
                    key: "probabilities",
                    value: .object(
                        ranked.map { .init(key: classNames[$0], value: .number(probabilities[$0])) })),
            ])
    }

    private static func joined(_ classes: [Int], _ names: [String]) -> String {
        classes.map { names[$0] }.joined(separator: ";")
    }
}

extension MultiLabel {
    func answer(file: String, target: Target?, views: [[Float]], rules: AnswerRules) -> any Answer {
        MultiLabelPrediction(
            file: file, labels: target.map(Self.classes), views: views, temperature: rules.temperature,
            thresholds: rules.thresholds)
    }

    /// `filename,labels,predicted`, then the probability of each class in a column of its name.
    func tableColumns(_ classNames: [String]) -> [String] { ["filename", "labels", "predicted"] + classNames }

    func printedColumns(top: Int) -> [String] {
        ["predicted", "probability"] + (top > 1 ? (1...top).flatMap { ["class_\($0)", "probability_\($0)"] } : [])
    }

    func values(_ outputs: [Float], rules: AnswerRules) -> [Double] {
        outputs.map { sigmoid(Double($0) / (rules.temperature ?? 1)) }
    }

    /// What is named, or else the most probable class.
    func explained(_ values: [Double], rules: AnswerRules) -> [Int] {
        let named = values.indices.filter { values[$0] >= rules.thresholds?[$0] ?? 0.5 }
        return named.isEmpty ? [values.indexOfMaximum()] : named
    }

    /// The temperature that makes the binary cross-entropy smallest, and then for each class the threshold of the largest
    /// F1.
    func fit(outputs: [Float], targets: [Target]) -> RulesFit {
        let classCount = targets.isEmpty ? 0 : outputs.count / targets.count
        let answers = targets.map(Self.classes)
        // A sigmoid of x is a softmax of 0 and x.
        let pairs: [Float] = outputs.flatMap { [0, $0] }
        let labels = answers.flatMap { classes in (0..<classCount).map { classes.contains($0) ? 1 : 0 } }
        let temperature = Temperature(logits: pairs, labels: labels, imageCount: targets.count)
        var tally = MultiLabelTally(thresholds: Array(repeating: 0.5, count: classCount))
        for (row, classes) in answers.enumerated() {
            let own = Array(outputs[row * classCount..<(row + 1) * classCount])
            tally.add(
                labels: classes, probabilities: values(own, rules: .init(temperature: temperature?.value)))
        }
        return RulesFit(temperature: temperature, thresholds: tally.thresholdsOfBestF1)
    }

    func examiner(outputCount: Int) -> any Examiner { MultiLabelExaminer() }
}

/// Judges answers that name any number of classes.
private struct MultiLabelExaminer: Examiner {
    private var tally: MultiLabelTally?
    private var judged: [MultiLabelResult.Judged] = []

    mutating func add(_ answer: any Answer, to sample: Sample) {
        guard let prediction = answer as? MultiLabelPrediction, let labels = prediction.labels else {
            preconditionFailure("an answer that may name several classes, to an image of which they are known")
        }
        if tally == nil { tally = MultiLabelTally(thresholds: prediction.thresholds) }
        tally?.add(labels: labels, probabilities: prediction.probabilities)
        judged.append(.init(prediction: prediction, content: sample.content))
    }

    func result(_ pass: JudgedPass) -> any TaskResult {
        MultiLabelResult(pass, tally: tally ?? MultiLabelTally(thresholds: []), judged: judged)
    }
}

/// A model's answers that name any number of classes of each image, judged.
package struct MultiLabelResult: TaskResult {
    /// An image and what a model said of it.
    package struct Judged: Sendable, Hashable {
        package let prediction: MultiLabelPrediction
        package let content: ImageContent

        package init(prediction: MultiLabelPrediction, content: ImageContent) {
            self.prediction = prediction
            self.content = content
        }
    }

    package var pass: JudgedPass
    package let tally: MultiLabelTally
    package let report: MultiLabelReport
    package let metrics: MetricSummary<MultiLabelMetric>
    /// The images counted, for galleries.
    package var judged: [Judged]

    /// Computes every metric, on all cores.
    package init(_ pass: JudgedPass, tally: MultiLabelTally, judged: [Judged] = []) {
        self.pass = pass
        self.tally = tally
        self.judged = judged
        report = tally.report
        metrics = tally.summary
    }

    package var imageCount: Int { tally.imageCount }
    package var figures: [String: Double] { metrics.values.byRawValue }

    package var headline: String {
        let figures: [(MultiLabelMetric, String)] = [
            (.meanAveragePrecision, "mean average precision"), (.microF1, "micro F1"),
        ]
        return figures.compactMap { metric, name in
            metrics.values[metric].map { "\(name) \(Words.decimals($0, 4))\(metrics.intervalWords(metric))" }
        }.joined(separator: ", ")
    }
}
