/// What a confusion matrix says of a classifier, by scikit-learn's definitions.
///
/// A ratio with nothing below the line is 0. A class that no image has is *absent*: it takes no part in any average, as
/// where scikit-learn is given the classes of the images as `labels`. Images that are taken for such a class count as
/// missed by their own.
package struct ClassificationReport: Hashable, Sendable {
    /// The scores of one class, or an average of them; all in `0...1`.
    package struct Scores: Hashable, Sendable, Codable {
        /// The part of the images predicted as the class that are of the class.
        package var precision: Double
        /// The part of the images of the class that were predicted as the class.
        package var recall: Double
        /// The harmonic mean of precision and recall.
        package var f1: Double
        /// How many images are of the class; of an average, how many images there are.
        package var support: Int
    }

    /// The scores of every class, by index.
    package let perClass: [Scores]
    /// The mean over all classes that have images, each counting the same.
    package let macroAverage: Scores
    /// The mean over all classes, each counting by its support.
    package let weightedAverage: Scores
    /// The part of the images that were predicted right, in `0...1`.
    package let accuracy: Double
    /// The mean recall of the classes that have images, in `0...1`.
    package let balancedAccuracy: Double
    /// How many images were judged.
    package var imageCount: Int { macroAverage.support }

    package init(_ confusion: ConfusionMatrix) {
        let classes = 0..<confusion.classCount
        self.init(
            actual: classes.map(confusion.actualCount), predicted: classes.map(confusion.predictedCount),
            correct: classes.map { confusion[actual: $0, predicted: $0] })
    }

    /// - Parameters:
    ///   - actual: how many images are of each class.
    ///   - predicted: how many were predicted as each class.
    ///   - correct: how many are both.
    init(actual: [Int], predicted: [Int], correct: [Int]) {
        let perClass = actual.indices.map {
            Scores(support: actual[$0], predicted: predicted[$0], correct: correct[$0])
        }
        let total = actual.reduce(0, +)
        self.perClass = perClass

        let present = actual.indices.filter { actual[$0] > 0 }
        macroAverage = Scores(averaging: present.map { (perClass[$0], 1) }, support: total)
        weightedAverage = Scores(averaging: perClass.map { ($0, Double($0.support)) }, support: total)
        accuracy = ratio(correct.reduce(0, +), total)
        let recalls = perClass.filter { $0.support > 0 }.map(\.recall)
        balancedAccuracy = recalls.isEmpty ? 0 : recalls.reduce(0, +) / Double(recalls.count)
    }
}

extension ClassificationReport.Scores {
    /// - Parameters:
    ///   - support: how many images are of the class.
    ///   - predicted: how many were predicted as the class.
    ///   - correct: how many are both.
    init(support: Int, predicted: Int, correct: Int) {
        self.support = support
        precision = ratio(correct, predicted)
        recall = ratio(correct, support)
        f1 = ratio(2 * correct, support + predicted)
    }

    /// - Parameter support: of the average.
    init(averaging scores: [(Self, weight: Double)], support: Int) {
        let total = scores.reduce(0) { $0 + $1.weight }
        func mean(_ value: (Self) -> Double) -> Double {
            total == 0 ? 0 : scores.reduce(0) { $0 + value($1.0) * $1.weight } / total
        }
        self.init(precision: mean(\.precision), recall: mean(\.recall), f1: mean(\.f1), support: support)
    }
}

/// A part of a whole; 0 of an empty whole.
private func ratio(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 0 : Double(part) / Double(whole) }
