import Datasets
import Foundation

/// Softmax cross-entropy with label smoothing and class weights: PyTorch's `CrossEntropyLoss` with its weighted mean.
///
/// An image of class y with probabilities p counts −Σ q_c w_c log p_c, where q is 1 − ε on y plus ε / classes everywhere;
/// the batch's loss is the sum over its images divided by the sum of their w_y. An image of weight m counts m times in
/// both sums.
package struct SoftmaxCrossEntropy: Sendable {
    package let classCount: Int
    private let labelSmoothing: Double
    private let weights: [Double]
    private let weightSum: Double

    /// - Parameter classWeights: one for each class, or nil for equal ones.
    package init(classCount: Int, labelSmoothing: Double = 0, classWeights: [Double]? = nil) {
        precondition(classWeights.map { $0.count == classCount } ?? true, "one weight for each class")
        self.classCount = classCount
        self.labelSmoothing = labelSmoothing
        weights = classWeights ?? Array(repeating: 1, count: classCount)
        weightSum = weights.reduce(0, +)
    }

    /// The loss of the first `labels.count` rows of `logits` (rows × classes).
    ///
    /// - Parameters:
    ///   - imageWeights: how much each image counts beside the weight of its class, or nil for ones.
    ///   - gradient: receives d(batch's loss)/d(logits) in as many rows; rows beyond them become zero.
    package func callAsFunction(
        logits: UnsafeBufferPointer<Float>, labels: [Int], imageWeights: [Double]? = nil,
        gradient: UnsafeMutableBufferPointer<Float>? = nil
    ) -> BatchLoss {
        precondition(logits.count >= labels.count * classCount, "fewer logits than labels")
        var result = BatchLoss()
        result.images = labels.count
        for (row, label) in labels.enumerated() { result.weight += weights[label] * (imageWeights?[row] ?? 1) }
        var probabilities = [Double](repeating: 0, count: classCount)
        for (row, label) in labels.enumerated() {
            let range = row * classCount..<(row + 1) * classCount
            let logits = UnsafeBufferPointer(rebasing: logits[range])
            let best = softmax(logits, into: &probabilities)
            if best.index == label { result.correct += 1 }
            let weight = imageWeights?[row] ?? 1
            result.sum += weight * loss(logits, label: label, logNormaliser: best.logNormaliser)
            if let gradient {
                writeGradient(
                    probabilities, label: label, scale: weight / result.weight,
                    to: UnsafeMutableBufferPointer(rebasing: gradient[range]))
            }
        }
        gradient?[(labels.count * classCount)...].update(repeating: 0)
        return result
    }

    /// Fills in the probabilities; returns the first largest class and log Σ exp(logits).
    private func softmax(
        _ logits: UnsafeBufferPointer<Float>, into probabilities: inout [Double]
    ) -> (index: Int, logNormaliser: Double) {
        var best = 0
        for c in 1..<max(classCount, 1) where logits[c] > logits[best] { best = c }
        let largest = Double(logits[best])
        var sum = 0.0
        for c in 0..<classCount {
            probabilities[c] = exp(Double(logits[c]) - largest)
            sum += probabilities[c]
        }
        for c in 0..<classCount { probabilities[c] /= sum }
        return (best, largest + log(sum))
    }

    private func loss(_ logits: UnsafeBufferPointer<Float>, label: Int, logNormaliser: Double) -> Double {
        let own = weights[label] * (logNormaliser - Double(logits[label]))
        guard labelSmoothing > 0 else { return own }
        var all = 0.0
        for c in 0..<classCount { all += weights[c] * (logNormaliser - Double(logits[c])) }
        return (1 - labelSmoothing) * own + labelSmoothing / Double(classCount) * all
    }

    private func writeGradient(
        _ probabilities: [Double], label: Int, scale: Double, to gradient: UnsafeMutableBufferPointer<Float>
    ) {
        let own = (1 - labelSmoothing) * weights[label]
        let even = labelSmoothing / Double(classCount)
        for c in 0..<classCount {
            let target = (c == label ? own : 0) + even * weights[c]
            gradient[c] = Float(scale * ((own + even * weightSum) * probabilities[c] - target))
        }
    }
}

extension SoftmaxCrossEntropy: Loss {
    package func callAsFunction(
        outputs: UnsafeBufferPointer<Float>, targets: [Target], weights: [Double]?,
        gradient: UnsafeMutableBufferPointer<Float>?
    ) -> BatchLoss {
        let labels = targets.map { target in
            guard case .category(let label) = target else { preconditionFailure("an image has one class") }
            return label
        }
        return self(logits: outputs, labels: labels, imageWeights: weights, gradient: gradient)
    }
}
