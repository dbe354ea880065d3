import Foundation

/// Judges predictions one by one, keeping only sums.
package struct ClassificationTally: Sendable {
    /// The predictions counted so far.
    package private(set) var confusion: ConfusionMatrix
    private var logLossSum = 0.0
    private var topFiveCount = 0

    package init(classCount: Int) { confusion = ConfusionMatrix(classCount: classCount) }

    /// Counts an image of class `label` that was given these probabilities, one for each class.
    package mutating func add(label: Int, probabilities: [Double]) {
        confusion.add(actual: label, predicted: probabilities.indexOfMaximum())
        // scikit-learn keeps probabilities this far from 0 and 1.
        logLossSum -= log(min(max(probabilities[label], .ulpOfOne), 1 - .ulpOfOne))
        if rank(of: label, in: probabilities) < 5 { topFiveCount += 1 }
    }

    /// How many classes come before `label`; of equal probabilities the later class comes first, as in scikit-learn's
    /// `top_k_accuracy_score`.
    private func rank(of label: Int, in probabilities: [Double]) -> Int {
        let own = probabilities[label]
        return probabilities.enumerated().count { $1 > own || ($1 == own && $0 > label) }
    }

    /// Accuracy and the scores of each class.
    package var report: ClassificationReport { ClassificationReport(confusion) }

    /// The mean negative logarithm of the probability of the right class, probabilities clipped to ε...1 − ε with
    /// ε = 2⁻⁵²; nil without any image.
    package var logLoss: Double? { confusion.total == 0 ? nil : logLossSum / Double(confusion.total) }

    /// The part of the images whose class is among the five most probable ones; nil with five classes or fewer, where
    /// it says nothing, and without any image.
    package var topFiveAccuracy: Double? {
        guard confusion.classCount > 5, confusion.total > 0 else { return nil }
        return Double(topFiveCount) / Double(confusion.total)
    }
}
