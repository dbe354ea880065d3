import Datasets
import Files
import Metrics

/// How well simple classifiers on a network's features tell classes apart, and which labels these doubt.
package struct ClassificationProbe: Probe {
    package let imageCount, featureCount: Int
    package let hasTestImages: Bool
    package let doubtfulLabels: [DoubtfulLabel]
    /// Naming always the class that most training images have.
    package let majority: Proportion
    /// What `neighbourCount` nearest neighbours name rightly.
    package let neighbours: Proportion
    /// How many neighbours vote: those of `ProbeChoice.neighbourCounts` that were right most often in cross-validation.
    package let neighbourCount: Int
    /// What the logistic regression of `strength` names rightly.
    package let regression: Proportion
    /// The strength of the regression: that of `ProbeChoice.strengths` with the least loss in cross-validation.
    package let strength: Double

    package var judgedCount: Int { majority.total }
    package var figure: EpochFigure { Classification.accuracy }

    package var scores: [ProbeScore] {
        [
            ProbeScore("most_frequent_class", "always the most frequent class", majority),
            ProbeScore(
                "nearest_neighbours", ProbeChoice.neighbourWords(neighbourCount), neighbours,
                .init(key: "neighbours", value: .integer(neighbourCount))),
            ProbeScore(
                "logistic_regression", "logistic regression", regression,
                .init(key: "strength", value: .number(strength))),
        ]
    }

    /// Fits the classifiers; nil for fewer than two images, and without test images where no two are of one class: none
    /// can be judged by the others then.
    /// - Parameters:
    ///   - training: images to fit to.
    ///   - test: images to judge by; where there are none, cross-validation judges all that are not alone in their
    ///     class.
    ///   - seed: what the folds are drawn from.
    /// - Throws: `ClassifierSizeError`.
    package init?(training: LabelledFeatures, test: LabelledFeatures?, classCount: Int, seed: UInt64) throws {
        guard training.count >= 2 else { return nil }
        let test = test.flatMap { $0.count == 0 ? nil : $0 }
        let labels = training.targets.map(Classification.label)
        let validation = try CrossValidation(training, labels: labels, classCount: classCount, seed: seed)
        guard test != nil || !validation.judged.isEmpty else { return nil }
        imageCount = training.count
        featureCount = training.features.columnCount
        hasTestImages = test != nil
        neighbourCount = validation.neighbourCount
        strength = validation.strength
        doubtfulLabels = validation.doubtfulLabels(training.files, classCount: classCount)

        let judged = test?.targets.map(Classification.label) ?? validation.judged.map { labels[$0] }
        func right(_ predictions: [Int]) -> Proportion {
            Proportion(zip(predictions, judged).count { $0 == $1 }, of: judged.count)
        }
        var counts = [Int](repeating: 0, count: classCount)
        for label in labels { counts[label] += 1 }
        let mostFrequent = counts.indices.max { (counts[$0], $1) < (counts[$1], $0) } ?? 0
        majority = right(judged.map { _ in mostFrequent })
        if let test {
            let standardize = Standardization(training.features)
            let classifier = try LogisticRegression(
                standardize(training.features), labels: labels, classCount: classCount, strength: strength)
            regression = right(classifier.predictions(standardize(test.features)))
            neighbours = right(
                NearestNeighbours(training.features, labels: labels)
                    .predictions(test.features, count: neighbourCount))
        } else {
            regression = right(validation.judged.map { validation.regression[$0].indexOfMaximum() })
            neighbours = right(validation.judged.map { validation.neighbours[$0] })
        }
    }
}

extension ProbeScore {
    /// What a classifier names rightly.
    fileprivate init(_ key: String, _ name: String, _ right: Proportion, _ settings: JSON.Member...) {
        self.init(
            key, name, Classification.accuracy, right.value, interval: right.interval, settings: settings,
            counts: [
                .init(key: "correct", value: .integer(right.count)), .init(key: "images", value: .integer(right.total)),
            ])
    }
}

extension Classification {
    func probe(
        training: LabelledFeatures, test: LabelledFeatures?, outputCount: Int, seed: UInt64
    ) throws -> (any Probe)? {
        try ClassificationProbe(training: training, test: test, classCount: outputCount, seed: seed)
    }
}

/// What classifiers say of images that they have not seen, each of which is held out once, but for those that are alone
/// in their class.
private struct CrossValidation {
    private let labels: [Int]
    /// The images that were held out, in order.
    let judged: [Int]
    /// The best of `ProbeChoice.neighbourCounts`, and what it predicts for each image that was held out.
    let neighbourCount: Int
    let neighbours: [Int]
    /// The best of `ProbeChoice.strengths`, and the probabilities that it gives each image that was held out.
    let strength: Double
    let regression: [[Double]]

    /// - Throws: `ClassifierSizeError`.
    init(_ images: LabelledFeatures, labels: [Int], classCount: Int, seed: UInt64) throws {
        self.labels = labels
        let folds = StratifiedFolds(labels: labels, count: ProbeChoice.foldCount, seed: seed)
        let count = labels.count
        let votes = folds.answers(
            imageCount: count, settingCount: ProbeChoice.neighbourCounts.count, nothing: 0
        ) { training, held in
            NearestNeighbours(images.features.rows(training), labels: training.map { labels[$0] })
                .predictions(images.features.rows(held), counts: ProbeChoice.neighbourCounts)
        }
        let logits = try folds.answers(
            imageCount: count, settingCount: ProbeChoice.strengths.count, nothing: [Float]()
        ) { training, held in
            let known = images.features.rows(training)
            let standardize = Standardization(known)
            let (standardKnown, standardHeld) = (standardize(known), standardize(images.features.rows(held)))
            return byImage(
                try ProbeChoice.strengths.map { strength in
                    let logits = try LogisticRegression(
                        standardKnown, labels: training.map { labels[$0] }, classCount: classCount, strength: strength,
                        tolerance: 1e-4
                    ).logits(standardHeld)
                    return held.indices.map { Array(logits[$0 * classCount..<($0 + 1) * classCount]) }
                })
        }
        let judged = folds.parts.flatMap(\.self).sorted()
        self.judged = judged
        let right = votes.map { votes in judged.count { votes[$0] == labels[$0] } }
        let bestVote = right.indices.max { (right[$0], $1) < (right[$1], $0) } ?? 0
        neighbourCount = ProbeChoice.neighbourCounts[bestVote]
        neighbours = votes[bestVote]
        let losses = logits.map { rows in
            judged.reduce(0) { $0 + Softmax.crossEntropy(rows[$1], label: labels[$1]) }
        }
        let bestStrength = losses.indices.min { (losses[$0], $0) < (losses[$1], $1) } ?? 0
        // Nothing speaks for any where none was held out: scikit-learn's.
        strength = judged.isEmpty ? 1 : ProbeChoice.strengths[bestStrength]
        regression = logits[bestStrength].map { Softmax.probabilities($0) }
    }

    /// Labels that confident learning takes for wrong (Northcutt, Jiang and Chuang 2021): another class is at least as
    /// probable as it is on average for the images that bear its name, and more probable than the label.
    func doubtfulLabels(_ files: [String], classCount: Int) -> [DoubtfulLabel] {
        var sums = [Double](repeating: 0, count: classCount)
        var counts = [Int](repeating: 0, count: classCount)
        for image in judged {
            let label = labels[image]
            sums[label] += regression[image][label]
            counts[label] += 1
        }
        let thresholds = zip(sums, counts).map { $1 > 0 ? $0 / Double($1) : .infinity }
        let doubtful = judged.compactMap { image -> DoubtfulLabel? in
            let probabilities = regression[image]
            let suggested = probabilities.indexOfMaximum()
            let label = labels[image]
            guard suggested != label, probabilities[suggested] >= thresholds[suggested] else { return nil }
            return DoubtfulLabel(
                file: files[image], label: label, suggested: suggested,
                labelProbability: probabilities[label], suggestedProbability: probabilities[suggested])
        }
        return doubtful.sorted(by: DoubtfulLabel.precedes)
    }
}
