import CLBFGS
import COpenBLAS
import Foundation

/// Multinomial logistic regression with an L2 penalty, as scikit-learn's `LogisticRegression` defines it.
///
/// It minimises ½‖W‖² + strength · Σ −log softmax(W·x + b)[label] over all images; b is not penalised. Features should have
/// about the same scale (see `Standardization`).
package struct LogisticRegression: Sendable {
    package let classCount: Int
    package let featureCount: Int
    /// `classCount` × `featureCount`, then `classCount` intercepts.
    private let parameters: [Double]

    /// Fits it.
    /// - Parameters:
    ///   - features: one row an image.
    ///   - labels: the class of each row, in `0..<classCount`.
    ///   - strength: how much the images count against the penalty; scikit-learn's `C`.
    ///   - tolerance: the norm of the mean loss' gradient at which it ends.
    package init(
        _ features: FeatureMatrix, labels: [Int], classCount: Int, strength: Double = 1, tolerance: Double = 1e-7,
        iterations: Int = 1000
    ) {
        precondition(features.rowCount == labels.count, "\(labels.count) labels for \(features.rowCount) images")
        precondition(classCount > 0 && labels.allSatisfy { (0..<classCount).contains($0) }, "labels are classes")
        self.classCount = classCount
        featureCount = features.columnCount
        var parameters = [Double](repeating: 0, count: classCount * (features.columnCount + 1))
        let objective = Objective(features, labels: labels, classCount: classCount, strength: strength)
        let isMinimized = withExtendedLifetime(objective) {
            minimize(
                &parameters, Int32(parameters.count), tolerance, Int32(iterations),
                { context, x, gradient, _ in
                    guard let context, let x, let gradient else { return .nan }
                    return Unmanaged<Objective>.fromOpaque(context).takeUnretainedValue().evaluate(x, gradient)
                }, Unmanaged.passUnretained(objective).toOpaque())
        }
        precondition(isMinimized, "the minimiser refuses \(parameters.count) parameters")
        self.parameters = parameters
    }

    /// The logits of each row, `classCount` numbers a row.
    package func logits(_ features: FeatureMatrix) -> [Float] {
        precondition(features.columnCount == featureCount, "features of another layer")
        return product(features, parameters.map(Float.init), classCount: classCount)
    }

    /// The most probable class of each row.
    package func predictions(_ features: FeatureMatrix) -> [Int] {
        let logits = logits(features)
        return (0..<features.rowCount).map { row in
            logits[row * classCount..<(row + 1) * classCount].lazy.map(Double.init).indexOfMaximum()
        }
    }

    /// The part of the rows whose class it names.
    package func accuracy(_ features: FeatureMatrix, labels: [Int]) -> Double {
        guard !labels.isEmpty else { return 0 }
        return Double(zip(predictions(features), labels).count { $0 == $1 }) / Double(labels.count)
    }
}

/// X·Wᵀ + b, row after row.
private func product(_ features: FeatureMatrix, _ parameters: [Float], classCount: Int) -> [Float] {
    let columns = features.columnCount
    let intercepts = parameters[(classCount * columns)...]
    var result = [Float]()
    result.reserveCapacity(features.rowCount * classCount)
    for _ in 0..<features.rowCount { result += intercepts }
    cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, Int32(features.rowCount), Int32(classCount), Int32(columns), 1,
        features.values, Int32(columns), parameters, Int32(columns), 1, &result, Int32(classCount))
    return result
}

/// The mean loss and its gradient.
private final class Objective {
    private let features: FeatureMatrix
    private let labels: [Int]
    private let classCount: Int
    /// What ½‖W‖² counts beside the mean loss.
    private let penalty: Double

    init(_ features: FeatureMatrix, labels: [Int], classCount: Int, strength: Double) {
        self.features = features
        self.labels = labels
        self.classCount = classCount
        penalty = 1 / (strength * Double(max(labels.count, 1)))
    }

    func evaluate(_ x: UnsafePointer<Double>, _ gradient: UnsafeMutablePointer<Double>) -> Double {
        let columns = features.columnCount
        let weightCount = classCount * columns
        let parameters = (0..<weightCount + classCount).map { Float(x[$0]) }
        var scores = product(features, parameters, classCount: classCount)
        var loss = 0.0
        var interceptGradient = [Double](repeating: 0, count: classCount)
        let share = 1 / Double(labels.count)
        for (row, label) in labels.enumerated() {
            let classes = row * classCount..<(row + 1) * classCount
            let largest = Double(classes.reduce(-Float.infinity) { max($0, scores[$1]) })
            let sum = classes.reduce(0) { $0 + exp(Double(scores[$1]) - largest) }
            loss += share * (log(sum) + largest - Double(scores[classes.lowerBound + label]))
            for (index, position) in classes.enumerated() {
                let probability = exp(Double(scores[position]) - largest) / sum
                let difference = share * (probability - (index == label ? 1 : 0))
                interceptGradient[index] += difference
                scores[position] = Float(difference)
            }
        }
        var weightGradient = [Float](repeating: 0, count: weightCount)
        cblas_sgemm(
            CblasRowMajor, CblasTrans, CblasNoTrans, Int32(classCount), Int32(columns), Int32(features.rowCount), 1,
            scores, Int32(classCount), features.values, Int32(columns), 0, &weightGradient, Int32(columns))
        for index in 0..<weightCount {
            loss += 0.5 * penalty * x[index] * x[index]
            gradient[index] = Double(weightGradient[index]) + penalty * x[index]
        }
        for index in 0..<classCount { gradient[weightCount + index] = interceptGradient[index] }
        return loss
    }
}
