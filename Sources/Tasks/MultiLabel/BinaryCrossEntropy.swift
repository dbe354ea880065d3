import Datasets
import Foundation

/// Binary cross-entropy of sigmoid outputs with label smoothing and weights: PyTorch's `BCEWithLogitsLoss` with its
/// `pos_weight`.
///
/// A class with logit x counts −v t log σ(x) − (1 − t) log(1 − σ(x)), where v is the class's positive weight and t is
/// 1 − ε / 2 where the image is of the class, ε / 2 where it is not. An image counts the mean over the classes; the batch's
/// loss is the mean over its images, weighted where they have weights.
package struct BinaryCrossEntropy: Sendable {
    package let classCount: Int
    private let labelSmoothing: Double
    private let positiveWeights: [Double]

    /// - Parameters:
    ///   - labelSmoothing: ε, in `0..<1`.
    ///   - positiveWeights: how much it counts that an image is of a class, beside that another is not; one for each
    ///     class, or nil for ones.
    package init(classCount: Int, labelSmoothing: Double = 0, positiveWeights: [Double]? = nil) {
        precondition(positiveWeights.map { $0.count == classCount } ?? true, "one weight for each class")
        self.classCount = classCount
        self.labelSmoothing = labelSmoothing
        self.positiveWeights = positiveWeights ?? Array(repeating: 1, count: classCount)
    }

    /// The loss of the first `answers.count` rows of `logits` (rows × classes).
    ///
    /// - Parameters:
    ///   - answers: the classes that each image has, ascending; none for an image of no class.
    ///   - weights: how much each image counts, or nil for equal ones; not negative, and not all zero.
    ///   - gradient: receives d(batch's loss)/d(logits) in as many rows; rows beyond them become zero.
    package func callAsFunction(
        logits: UnsafeBufferPointer<Float>, answers: [[Int]], weights: [Double]? = nil,
        gradient: UnsafeMutableBufferPointer<Float>? = nil
    ) -> BatchLoss {
        precondition(logits.count >= answers.count * classCount, "fewer logits than answers")
        precondition(weights.map { $0.count == answers.count } ?? true, "one weight for each image")
        var result = BatchLoss()
        result.images = answers.count
        result.weight = weights?.reduce(0, +) ?? Double(answers.count)
        for (row, answer) in answers.enumerated() {
            let range = row * classCount..<(row + 1) * classCount
            let weight = weights?[row] ?? 1
            let image = evaluate(
                UnsafeBufferPointer(rebasing: logits[range]), answer: answer,
                scale: weight / (result.weight * Double(classCount)),
                gradient: gradient.map { UnsafeMutableBufferPointer(rebasing: $0[range]) })
            result.sum += weight * image.loss
            if image.isCorrect { result.correct += 1 }
        }
        gradient?[(answers.count * classCount)...].update(repeating: 0)
        return result
    }

    /// The mean loss of one image over the classes, and whether exactly its classes have logits of at least zero.
    /// - Parameter scale: of the gradient.
    private func evaluate(
        _ logits: UnsafeBufferPointer<Float>, answer: [Int], scale: Double, gradient: UnsafeMutableBufferPointer<Float>?
    ) -> (loss: Double, isCorrect: Bool) {
        var sum = 0.0
        var isCorrect = true
        var remaining = answer[...]
        for c in 0..<classCount {
            let isOfClass = remaining.first == c
            if isOfClass { remaining.removeFirst() }
            if (logits[c] >= 0) != isOfClass { isCorrect = false }
            let target = (isOfClass ? 1 - labelSmoothing : 0) + labelSmoothing / 2
            // What log σ(x) and log(1 − σ(x)) count.
            let (positive, negative) = (positiveWeights[c] * target, 1 - target)
            let output = Sigmoid(Double(logits[c]))
            sum += positive * output.lossOfOne + negative * output.lossOfZero
            gradient?[c] = Float(scale * (negative * output.probability - positive * output.complement))
        }
        precondition(remaining.isEmpty, "an answer is of classes in ascending order")
        return (sum / Double(classCount), isCorrect)
    }
}

/// A sigmoid and its logarithms, without overflow and without loss of digits at either end.
private struct Sigmoid {
    /// σ(x).
    let probability: Double
    /// 1 − σ(x) = σ(−x).
    let complement: Double
    /// −log σ(x).
    let lossOfOne: Double
    /// −log(1 − σ(x)).
    let lossOfZero: Double

    init(_ x: Double) {
        let small = exp(-abs(x))
        let (larger, smaller) = (1 / (1 + small), small / (1 + small))
        (probability, complement) = x < 0 ? (smaller, larger) : (larger, smaller)
        let rest = log1p(small)
        (lossOfOne, lossOfZero) = (max(-x, 0) + rest, max(x, 0) + rest)
    }
}

extension BinaryCrossEntropy: Loss {
    package func callAsFunction(
        outputs: UnsafeBufferPointer<Float>, targets: [Target], weights: [Double]?,
        gradient: UnsafeMutableBufferPointer<Float>?
    ) -> BatchLoss {
        let answers = targets.map { target in
            guard case .categories(let labels) = target else { preconditionFailure("an image has a list of classes") }
            return labels
        }
        return self(logits: outputs, answers: answers, weights: weights, gradient: gradient)
    }
}
