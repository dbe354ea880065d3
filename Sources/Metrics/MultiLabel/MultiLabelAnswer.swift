import Foundation

/// The classes of one image, those that were named, and what the probabilities come to.
struct MultiLabelAnswer: Sendable, Hashable {
    /// Ascending, as the two below.
    let actual: [Int]
    let predicted: [Int]
    /// What is in both.
    let correct: [Int]
    /// The negative logarithm of the probability of each right answer, one for each class, averaged.
    let logLoss: Double
    /// The squared distance of the probabilities from the truth, averaged over the classes.
    let squaredError: Double

    /// How many classes were named wrongly or not named.
    var wrongCount: Int { actual.count + predicted.count - 2 * correct.count }
    /// As if the image were a class and its classes images.
    var scores: ClassificationReport.Scores {
        .init(support: actual.count, predicted: predicted.count, correct: correct.count)
    }

    /// - Parameters:
    ///   - labels: the classes of the image, in any order.
    ///   - probabilities: of each class by itself.
    ///   - thresholds: of each class: what is at least as probable is named.
    init(labels: [Int], probabilities: [Double], thresholds: [Double]) {
        let known = Set(labels)
        actual = known.sorted()
        predicted = probabilities.indices.filter { probabilities[$0] >= thresholds[$0] }
        correct = predicted.filter(known.contains)
        var (logLoss, squaredError) = (0.0, 0.0)
        for (index, probability) in probabilities.enumerated() {
            let right = known.contains(index) ? probability : 1 - probability
            // scikit-learn keeps probabilities this far from 0 and 1.
            logLoss -= log(min(max(right, .ulpOfOne), 1 - .ulpOfOne))
            squaredError += (1 - right) * (1 - right)
        }
        let classCount = Double(max(probabilities.count, 1))
        (self.logLoss, self.squaredError) = (logLoss / classCount, squaredError / classCount)
    }
}
