import Datasets
import Files
import Foundation
import Metrics

/// How well simple classifiers on a network's features, one for each class, rank the images, and which labels these doubt.
package struct MultiLabelProbe: Probe {
    package let imageCount, featureCount, judgedCount: Int
    package let hasTestImages: Bool
    package let doubtfulLabels: [DoubtfulLabel]
    package let scores: [ProbeScore]
    /// How many neighbours make a probability, their part that is of the class: those of `ProbeChoice.neighbourCounts`
    /// with the largest mean average precision in cross-validation.
    package let neighbourCount: Int
    /// The strength of the regressions: that of `ProbeChoice.strengths` with the least loss in cross-validation.
    package let strength: Double

    package var figure: EpochFigure { MultiLabel.meanAveragePrecision }

    /// Fits the classifiers; nil for fewer than two images, and where no image that judges is of any class.
    /// - Parameters:
    ///   - training: images to fit to.
    ///   - test: images to judge by; where there are none, cross-validation judges all.
    ///   - seed: what the folds are drawn from.
    /// - Throws: `ClassifierSizeError`.
    package init?(training: LabelledFeatures, test: LabelledFeatures?, classCount: Int, seed: UInt64) throws {
        guard training.count >= 2 else { return nil }
        let test = test.flatMap { $0.count == 0 ? nil : $0 }
        let answers = training.targets.map(MultiLabel.classes)
        let validation = try CrossValidation(training.features, answers, classCount: classCount, seed: seed)
        imageCount = training.count
        featureCount = training.features.columnCount
        hasTestImages = test != nil
        neighbourCount = validation.neighbourCount
        strength = validation.strength
        doubtfulLabels = validation.doubtfulLabels(training.files)

        let judges = test?.targets.map(MultiLabel.classes) ?? validation.judged.map { answers[$0] }
        judgedCount = judges.count
        let neighbours: [[Double]]
        let regression: [[Double]]
        if let test {
            neighbours = NearestNeighbours(training.features)
                .means(of: flags(of: answers, classCount: classCount), test.features, counts: [neighbourCount])
                .map { $0[0] }
            regression = try BinaryRegressions(
                training.features, answers, classCount: classCount, strength: strength, tolerance: 1e-7
            ).probabilities(test.features)
        } else {
            neighbours = validation.judged.map { validation.neighbours[$0] }
            regression = validation.judged.map { validation.regression[$0] }
        }
        let frequencies = frequencies(of: answers, classCount: classCount)
        let all: [(String, String, [[Double]], [JSON.Member])] = [
            ("class_frequencies", "the frequency of each class", judges.map { _ in frequencies }, []),
            (
                "nearest_neighbours", ProbeChoice.neighbourWords(neighbourCount), neighbours,
                [.init(key: "neighbours", value: .integer(neighbourCount))]
            ),
            (
                "logistic_regression", "logistic regression", regression,
                [.init(key: "strength", value: .number(strength))]
            ),
        ]
        scores = all.compactMap { key, name, probabilities, settings in
            let summary = tally(judges, probabilities).summary
            return summary.values[.meanAveragePrecision].map {
                ProbeScore(
                    key, name, MultiLabel.meanAveragePrecision, $0, interval: summary.intervals[.meanAveragePrecision],
                    settings: settings)
            }
        }
        guard scores.count == all.count else { return nil }
    }
}

extension MultiLabel {
    func probe(
        training: LabelledFeatures, test: LabelledFeatures?, outputCount: Int, seed: UInt64
    ) throws -> (any Probe)? {
        try MultiLabelProbe(training: training, test: test, classCount: outputCount, seed: seed)
    }
}

/// The part of the images that are of each class.
private func frequencies(of answers: [[Int]], classCount: Int) -> [Double] {
    var counts = [Int](repeating: 0, count: classCount)
    for label in answers.joined() { counts[label] += 1 }
    return counts.map { Double($0) / Double(max(answers.count, 1)) }
}

private func tally(_ answers: [[Int]], _ probabilities: [[Double]]) -> MultiLabelTally {
    var tally = MultiLabelTally(thresholds: Array(repeating: 0.5, count: probabilities.first?.count ?? 0))
    for (labels, row) in zip(answers, probabilities) { tally.add(labels: labels, probabilities: row) }
    return tally
}

/// 1 for the classes of each image, and 0 for others.
private func flags(of answers: [[Int]], classCount: Int) -> [[Double]] {
    answers.map { labels in (0..<classCount).map { labels.contains($0) ? 1 : 0 } }
}

/// A logistic regression for each class by itself, on standardised features.
private struct BinaryRegressions {
    private let standardize: Standardization
    /// Nil for a class that all known images are of, or none.
    private let classifiers: [LogisticRegression?]
    private let frequencies: [Double]

    /// - Throws: `ClassifierSizeError`.
    init(_ known: FeatureMatrix, _ answers: [[Int]], classCount: Int, strength: Double, tolerance: Double) throws {
        standardize = Standardization(known)
        let features = standardize(known)
        classifiers = try (0..<classCount).map { index in
            let labels = answers.map { $0.contains(index) ? 1 : 0 }
            guard Set(labels).count == 2 else { return nil }
            return try LogisticRegression(
                features, labels: labels, classCount: 2, strength: strength, tolerance: tolerance)
        }
        // As if two more images had been seen, one of the class and one that is not: nothing is certain.
        frequencies = (0..<classCount).map { index in
            Double(answers.count { $0.contains(index) } + 1) / Double(answers.count + 2)
        }
    }

    /// Of each row, of each class.
    func probabilities(_ features: FeatureMatrix) -> [[Double]] {
        let features = standardize(features)
        let logits = classifiers.map { $0?.logits(features) }
        return (0..<features.rowCount).map { row in
            logits.enumerated().map { index, logits in
                logits.map { sigmoid(Double($0[2 * row + 1]) - Double($0[2 * row])) } ?? frequencies[index]
            }
        }
    }
}

/// What classifiers say of images that they have not seen, each of which is held out once.
private struct CrossValidation {
    private let answers: [[Int]]
    private let classCount: Int
    /// The images that were held out, in order.
    let judged: [Int]
    /// The best of `ProbeChoice.neighbourCounts`, and the part of the neighbours of each image that is of each class.
    let neighbourCount: Int
    let neighbours: [[Double]]
    /// The best of `ProbeChoice.strengths`, and the probabilities that it gives each image.
    let strength: Double
    let regression: [[Double]]

    /// - Throws: `ClassifierSizeError`.
    init(_ features: FeatureMatrix, _ answers: [[Int]], classCount: Int, seed: UInt64) throws {
        self.answers = answers
        self.classCount = classCount
        let folds = Self.folds(answers, classCount: classCount, seed: seed)
        let flags = flags(of: answers, classCount: classCount)
        let shares = folds.answers(
            imageCount: answers.count, settingCount: ProbeChoice.neighbourCounts.count, nothing: [Double]()
        ) { training, held in
            NearestNeighbours(features.rows(training))
                .means(of: training.map { flags[$0] }, features.rows(held), counts: ProbeChoice.neighbourCounts)
        }
        let probabilities = try folds.answers(
            imageCount: answers.count, settingCount: ProbeChoice.strengths.count, nothing: [Double]()
        ) { training, held in
            let (known, heldRows) = (features.rows(training), features.rows(held))
            return byImage(
                try ProbeChoice.strengths.map { strength in
                    try BinaryRegressions(
                        known, training.map { answers[$0] }, classCount: classCount, strength: strength, tolerance: 1e-4
                    ).probabilities(heldRows)
                })
        }
        let judged = folds.parts.flatMap(\.self).sorted()
        self.judged = judged
        let truth = judged.map { answers[$0] }
        let precisions = shares.map { share in
            tally(truth, judged.map { share[$0] }).meanAveragePrecision ?? 0
        }
        let bestCount = precisions.indices.max { (precisions[$0], $1) < (precisions[$1], $0) } ?? 0
        neighbourCount = ProbeChoice.neighbourCounts[bestCount]
        neighbours = shares[bestCount]
        let losses = probabilities.map { rows in
            judged.reduce(0.0) { $0 + Self.loss(answers[$1], rows[$1]) }
        }
        let bestStrength = losses.indices.min { (losses[$0], $0) < (losses[$1], $1) } ?? 0
        strength = ProbeChoice.strengths[bestStrength]
        regression = probabilities[bestStrength]
    }

    /// Parts in each of which every class has nearly the same share, as far as images of several classes allow: each
    /// image goes with the rarest of its classes.
    private static func folds(_ answers: [[Int]], classCount: Int, seed: UInt64) -> StratifiedFolds {
        let frequencies = frequencies(of: answers, classCount: classCount)
        let rarest = answers.map { labels in
            labels.min { (frequencies[$0], $0) < (frequencies[$1], $1) } ?? classCount
        }
        // Classes of one image go with the images of none: no other image shares theirs.
        let counts = Dictionary(rarest.map { ($0, 1) }, uniquingKeysWith: +)
        let strata = rarest.map { counts[$0] == 1 ? classCount : $0 }
        return StratifiedFolds(labels: strata, count: ProbeChoice.foldCount, seed: seed)
    }

    /// Binary cross-entropy, of probabilities that are never quite certain.
    private static func loss(_ labels: [Int], _ probabilities: [Double]) -> Double {
        probabilities.enumerated().reduce(0) { sum, entry in
            let right = labels.contains(entry.offset) ? entry.element : 1 - entry.element
            return sum - log(max(right, 0x1p-52))
        }
    }

    /// Labels that confident learning takes for wrong (Northcutt, Jiang and Chuang 2021), for each class by itself: what
    /// is not said of an image is at least as probable as it is on average for the images of which it is said, and more
    /// probable than what is said.
    func doubtfulLabels(_ files: [String]) -> [DoubtfulLabel] {
        (0..<classCount).flatMap { index -> [DoubtfulLabel] in
            let (members, others) = (judged.filter(isOf(index)), judged.filter { !isOf(index)($0) })
            guard !members.isEmpty, !others.isEmpty else { return [] }
            func mean(_ images: [Int]) -> Double {
                images.reduce(0) { $0 + regression[$1][index] } / Double(images.count)
            }
            let (ofMembers, ofOthers) = (mean(members), mean(others))
            return judged.compactMap { image in
                let probability = regression[image][index]
                if isOf(index)(image) {
                    guard probability < 0.5, probability <= ofOthers else { return nil }
                    return DoubtfulLabel(
                        file: files[image], label: index, suggested: nil, labelProbability: probability,
                        suggestedProbability: 1 - probability)
                }
                guard probability > 0.5, probability >= ofMembers else { return nil }
                return DoubtfulLabel(
                    file: files[image], label: nil, suggested: index, labelProbability: 1 - probability,
                    suggestedProbability: probability)
            }
        }.sorted(by: DoubtfulLabel.precedes)
    }

    private func isOf(_ index: Int) -> (Int) -> Bool { { answers[$0].contains(index) } }
}
