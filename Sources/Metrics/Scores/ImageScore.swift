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
        let own = probabilities[label]
        var (squares, rank) = (0.0, 0)
        for (index, probability) in probabilities.enumerated() {
            let error = probability - (index == label ? 1 : 0)
            squares += error * error
            // Of equal probabilities the later class comes first, as in scikit-learn's `top_k_accuracy_score`.
            if probability > own || (probability == own && index > label) { rank += 1 }
        }
        squaredError = probabilities.count < 3 ? squares / 2 : squares
        isInTopFive = rank < 5
    }
}
