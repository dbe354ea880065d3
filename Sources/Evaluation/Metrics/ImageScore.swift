import Foundation

/// What the probabilities of one image come to, given its class.
struct ImageScore: Sendable, Hashable {
    let label: Int
    let predicted: Int
    /// The largest probability.
    let confidence: Double
    /// The negative logarithm of the probability of the right class.
    let logLoss: Double
    /// The squared distance of the probabilities from the truth; half of it where there are two classes.
    let squaredError: Double
    /// Whether fewer than five classes come before the right one.
    let isInTopFive: Bool

    var isCorrect: Bool { label == predicted }

    init(label: Int, predicted: Int, probabilities: [Double]) {
        self.label = label
        self.predicted = predicted
        confidence = probabilities[predicted]
        // scikit-learn keeps probabilities this far from 0 and 1.
        logLoss = -log(min(max(probabilities[label], .ulpOfOne), 1 - .ulpOfOne))
        let squares = probabilities.enumerated().reduce(0) { sum, entry in
            let error = entry.element - (entry.offset == label ? 1 : 0)
            return sum + error * error
        }
        squaredError = probabilities.count < 3 ? squares / 2 : squares
        isInTopFive = Self.rank(of: label, in: probabilities) < 5
    }

    /// How many classes come before `label`; of equal probabilities the later class comes first, as in scikit-learn's
    /// `top_k_accuracy_score`.
    private static func rank(of label: Int, in probabilities: [Double]) -> Int {
        let own = probabilities[label]
        return probabilities.enumerated().count { $1 > own || ($1 == own && $0 > label) }
    }
}
