import Datasets
import Files
import Metrics
import Tensors

/// What a network's features are worth without any training of it: how well simple classifiers on them tell the classes
/// apart, and which labels these doubt.
package struct Probe: Sendable {
    package typealias Images = LabelledFeatures

    /// An image of the training data whose label the others contradict.
    package struct DoubtfulLabel: Hashable, Sendable {
        package let file: String
        package let label: Int
        /// What it looks like, judged by the other images.
        package let suggested: Int
        /// The probabilities of the label and of what it looks like.
        package let labelProbability, suggestedProbability: Double
    }

    /// How many images are worth fitting classifiers to in passing, which takes some seconds for so many; nil where they
    /// are too few for so many classes.
    package static func imageLimit(featureCount: Int, classCount: Int) -> Int? {
        let limit = min(5000, 400_000_000 / (featureCount * classCount))
        return limit >= 10 * classCount ? limit : nil
    }

    /// How many images classifiers are fitted to where somebody asks for nothing else, which takes some minutes for so
    /// many; nil where they are too few for so many classes.
    ///
    /// Neighbours take time that grows with the square of the images, a regression with images × features × classes,
    /// and probabilities take memory that grows with images × classes.
    package static func largestImageCount(featureCount: Int, classCount: Int) -> Int? {
        let limit = min(20_000, 10_000_000_000 / (featureCount * classCount), 20_000_000 / classCount)
        return limit >= 2 * classCount ? limit : nil
    }

    /// How many test images judge the classifiers at most; more would change nothing that matters.
    package static let testImageLimit = 20_000

    /// How many images the classifiers learned from, and how many features each has.
    package let imageCount, featureCount: Int
    /// Whether test images judged the classifiers; else each image was judged by a classifier that had not seen it.
    package let hasTestImages: Bool
    /// Naming always the class that most training images have.
    package let majority: Proportion
    /// What `neighbourCount` nearest neighbours name rightly.
    package let neighbours: Proportion
    /// How many neighbours vote: those of `neighbourCounts` that were right most often in cross-validation.
    package let neighbourCount: Int
    /// What the logistic regression of `strength` names rightly.
    package let regression: Proportion
    /// The strength of the regression: that of `strengths` with the least loss in cross-validation.
    package let strength: Double
    /// The most doubtful first.
    package let doubtfulLabels: [DoubtfulLabel]

    /// The numbers of neighbours that cross-validation chooses from.
    package static let neighbourCounts = [1, 5, 10, 20]
    /// The strengths of the regression that cross-validation chooses from; see `LogisticRegression`.
    package static let strengths = [1e-4, 1e-3, 1e-2, 1e-1, 1]
    /// How many parts cross-validation makes of the training images.
    package static let foldCount = 5

    /// Fits the classifiers; nil for fewer than two images, and without test images where no two are of one class: none
    /// can be judged by the others then.
    /// - Parameters:
    ///   - training: images to fit to.
    ///   - test: images to judge by; where there are none, cross-validation judges all that are not alone in their
    ///     class.
    ///   - seed: what the folds are drawn from.
    /// - Throws: `ClassifierSizeError`.
    package init?(training: Images, test: Images?, classCount: Int, seed: UInt64) throws {
        guard training.labels.count >= 2 else { return nil }
        let test = test.flatMap { $0.labels.isEmpty ? nil : $0 }
        let validation = try CrossValidation(training, classCount: classCount, seed: seed)
        guard test != nil || !validation.judged.isEmpty else { return nil }
        imageCount = training.labels.count
        featureCount = training.features.columnCount
        hasTestImages = test != nil
        neighbourCount = validation.neighbourCount
        strength = validation.strength
        doubtfulLabels = validation.doubtfulLabels(training, classCount: classCount)

        let judged = test?.labels ?? validation.judged.map { training.labels[$0] }
        func right(_ predictions: [Int]) -> Proportion {
            Proportion(zip(predictions, judged).count { $0 == $1 }, of: judged.count)
        }
        var counts = [Int](repeating: 0, count: classCount)
        for label in training.labels { counts[label] += 1 }
        let mostFrequent = counts.indices.max { (counts[$0], $1) < (counts[$1], $0) } ?? 0
        majority = right(judged.map { _ in mostFrequent })
        if let test {
            let standardize = Standardization(training.features)
            let classifier = try LogisticRegression(
                standardize(training.features), labels: training.labels, classCount: classCount, strength: strength)
            regression = right(classifier.predictions(standardize(test.features)))
            neighbours = right(
                NearestNeighbours(training.features, labels: training.labels)
                    .predictions(test.features, count: neighbourCount))
        } else {
            regression = right(validation.judged.map { validation.regression[$0].indexOfMaximum() })
            neighbours = right(validation.judged.map { validation.neighbours[$0] })
        }
    }
}

extension Probe {
    /// Writes every doubtful label: `filename,label,label_probability,suggested,suggested_probability`.
    /// - Throws: `OutputError`.
    package func writeDoubtfulLabels(to path: String, classNames: [String]) throws {
        let header = ["filename", "label", "label_probability", "suggested", "suggested_probability"]
        let rows = doubtfulLabels.map { image in
            CSV.line([
                image.file, classNames[image.label], image.labelProbability.description, classNames[image.suggested],
                image.suggestedProbability.description,
            ])
        }
        try OutputFile.write(CSV.line(header) + rows.joined(), to: path)
    }
}

extension Probe {
    /// Judges the features of evaluated images by cross-validation; nil where they were not kept.
    /// - Throws: `ClassifierSizeError`.
    package init?(of result: ClassificationResult, classCount: Int) throws {
        guard let images = result.features else { return nil }
        try self.init(training: images, test: nil, classCount: classCount, seed: 0)
    }
}

extension [Sample] {
    /// At most `count` of them in their order, drawn by `seed`.
    package func drawn(_ count: Int, seed: UInt64) -> [Sample] {
        guard self.count > count else { return self }
        return RandomStream.order(count: self.count, seed: seed, epoch: 0).prefix(count).sorted().map { self[$0] }
    }
}

/// What classifiers say of images that they have not seen, each of which is held out once, but for those that are alone
/// in their class.
private struct CrossValidation {
    /// The images that were held out, in order.
    let judged: [Int]
    /// The best of `Probe.neighbourCounts`, and what it predicts for each image that was held out.
    let neighbourCount: Int
    let neighbours: [Int]
    /// The best of `Probe.strengths`, and the probabilities that it gives each image that was held out.
    let strength: Double
    let regression: [[Double]]

    /// - Throws: `ClassifierSizeError`.
    init(_ images: Probe.Images, classCount: Int, seed: UInt64) throws {
        let folds = StratifiedFolds(labels: images.labels, count: Probe.foldCount, seed: seed).splits
        let count = images.labels.count
        var votes = [[Int]](repeating: Array(repeating: 0, count: count), count: Probe.neighbourCounts.count)
        var probabilities = [[[Double]]](
            repeating: Array(repeating: [], count: count), count: Probe.strengths.count)
        var losses = [Double](repeating: 0, count: Probe.strengths.count)
        for fold in folds {
            let labels = fold.training.map { images.labels[$0] }
            let (known, held) = (images.features.rows(fold.training), images.features.rows(fold.held))
            let neighbours = NearestNeighbours(known, labels: labels)
            for (image, choices) in zip(fold.held, neighbours.predictions(held, counts: Probe.neighbourCounts)) {
                for (choice, vote) in choices.enumerated() { votes[choice][image] = vote }
            }
            let standardize = Standardization(known)
            let (standardKnown, standardHeld) = (standardize(known), standardize(held))
            for (choice, strength) in Probe.strengths.enumerated() {
                let classifier = try LogisticRegression(
                    standardKnown, labels: labels, classCount: classCount, strength: strength, tolerance: 1e-4)
                let logits = classifier.logits(standardHeld)
                for (row, image) in fold.held.enumerated() {
                    let own = logits[row * classCount..<(row + 1) * classCount]
                    probabilities[choice][image] = Softmax.probabilities(own)
                    losses[choice] += Softmax.crossEntropy(own, label: images.labels[image])
                }
            }
        }
        let judged = folds.flatMap(\.held).sorted()
        self.judged = judged
        let right = votes.map { votes in judged.count { votes[$0] == images.labels[$0] } }
        let bestVote = right.indices.max { (right[$0], $1) < (right[$1], $0) } ?? 0
        neighbourCount = Probe.neighbourCounts[bestVote]
        neighbours = votes[bestVote]
        let bestStrength = losses.indices.min { (losses[$0], $0) < (losses[$1], $1) } ?? 0
        // Nothing speaks for any where none was held out: scikit-learn's.
        strength = judged.isEmpty ? 1 : Probe.strengths[bestStrength]
        regression = probabilities[bestStrength]
    }

    /// Labels that confident learning takes for wrong (Northcutt, Jiang and Chuang 2021): another class is at least as
    /// probable as it is on average for the images that bear its name, and more probable than the label.
    func doubtfulLabels(_ images: Probe.Images, classCount: Int) -> [Probe.DoubtfulLabel] {
        var sums = [Double](repeating: 0, count: classCount)
        var counts = [Int](repeating: 0, count: classCount)
        for image in judged {
            let label = images.labels[image]
            sums[label] += regression[image][label]
            counts[label] += 1
        }
        let thresholds = zip(sums, counts).map { $1 > 0 ? $0 / Double($1) : .infinity }
        let doubtful = judged.compactMap { image -> Probe.DoubtfulLabel? in
            let probabilities = regression[image]
            let suggested = probabilities.indexOfMaximum()
            let label = images.labels[image]
            guard suggested != label, probabilities[suggested] >= thresholds[suggested] else { return nil }
            return Probe.DoubtfulLabel(
                file: images.files[image], label: label, suggested: suggested,
                labelProbability: probabilities[label], suggestedProbability: probabilities[suggested])
        }
        return doubtful.sorted {
            ($0.labelProbability - $0.suggestedProbability, $0.file)
                < ($1.labelProbability - $1.suggestedProbability, $1.file)
        }
    }
}
