import CLBFGS
import Files
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
    ///   - features: one row an image, of finite numbers.
    ///   - labels: the class of each row, in `0..<classCount`.
    ///   - strength: how much the images count against the penalty; scikit-learn's `C`.
    ///   - tolerance: the norm of the mean loss' gradient at which it ends.
    /// - Throws: `ClassifierSizeError` where there are more parameters than can be fitted, or than memory holds.
    package init(
        _ features: FeatureMatrix, labels: [Int], classCount: Int, strength: Double = 1, tolerance: Double = 1e-7,
        iterations: Int = 1000
    ) throws {
        precondition(features.rowCount == labels.count, "\(labels.count) labels for \(features.rowCount) images")
        precondition(classCount > 0 && labels.allSatisfy { (0..<classCount).contains($0) }, "labels are classes")
        self.classCount = classCount
        featureCount = features.columnCount
        let (count, overflows) = classCount.multipliedReportingOverflow(by: features.columnCount + 1)
        guard !overflows, let variableCount = Int32(exactly: count) else {
            throw ClassifierSizeError(classCount: classCount, featureCount: featureCount)
        }
        var parameters = [Double](repeating: 0, count: count)
        let objective = Objective(features, labels: labels, classCount: classCount, strength: strength)
        let isMinimized = withExtendedLifetime(objective) {
            minimize(
                &parameters, variableCount, tolerance, Int32(iterations),
                { context, x, gradient, _ in
                    guard let context, let x, let gradient else { return .nan }
                    return Unmanaged<Objective>.fromOpaque(context).takeUnretainedValue().evaluate(x, gradient)
                }, Unmanaged.passUnretained(objective).toOpaque())
        }
        guard isMinimized else { throw ClassifierSizeError(classCount: classCount, featureCount: featureCount) }
        self.parameters = parameters
    }

    /// The logits of each row, `classCount` numbers a row.
    package func logits(_ features: FeatureMatrix) -> [Float] {
        precondition(features.columnCount == featureCount, "features of another layer")
        return product(
            features.values.map(Double.init), columns: featureCount, parameters, classCount: classCount
        ).map(Float.init)
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

/// A classifier of more parameters than can be fitted.
package struct ClassifierSizeError: UserFacingError, Equatable {
    let classCount: Int
    let featureCount: Int

    package var kind: ErrorKind { .failure }
    package var description: String {
        """
        a logistic regression of \(Words.grouped(classCount)) classes on \(Words.grouped(featureCount)) features cannot be \
        fitted with the memory that there is
        """
    }
}

/// X·Wᵀ + b, row after row.
/// - Parameter features: rows of `columns` numbers.
private func product(_ features: [Double], columns: Int, _ parameters: [Double], classCount: Int) -> [Double] {
    let rows = features.count / columns
    let intercepts = parameters[(classCount * columns)...]
    var result = [Double]()
    result.reserveCapacity(rows * classCount)
    for _ in 0..<rows { result += intercepts }
    addProduct(features, rows: rows, inner: columns, transposed: parameters, columns: classCount, to: &result)
    return result
}

/// The mean loss and its gradient, in double precision: where classes can be told apart without error, the minimum is too
/// flat for less.
private final class Objective {
    private let features: [Double]
    private let labels: [Int]
    private let columns: Int
    private let classCount: Int
    /// What ½‖W‖² counts beside the mean loss.
    private let penalty: Double

    init(_ features: FeatureMatrix, labels: [Int], classCount: Int, strength: Double) {
        self.features = features.values.map(Double.init)
        self.labels = labels
        self.classCount = classCount
        columns = features.columnCount
        penalty = 1 / (strength * Double(max(labels.count, 1)))
    }

    func evaluate(_ x: UnsafePointer<Double>, _ gradient: UnsafeMutablePointer<Double>) -> Double {
        let weightCount = classCount * columns
        let parameters = Array(UnsafeBufferPointer(start: x, count: weightCount + classCount))
        var scores = product(features, columns: columns, parameters, classCount: classCount)
        var loss = 0.0
        let interceptGradient = UnsafeMutableBufferPointer(start: gradient + weightCount, count: classCount)
        interceptGradient.update(repeating: 0)
        let share = 1 / Double(labels.count)
        for (row, label) in labels.enumerated() {
            let classes = row * classCount..<(row + 1) * classCount
            let largest = classes.reduce(-Double.infinity) { max($0, scores[$1]) }
            let sum = classes.reduce(0) { $0 + exp(scores[$1] - largest) }
            loss += share * (log(sum) + largest - scores[classes.lowerBound + label])
            for (index, position) in classes.enumerated() {
                let difference = share * (exp(scores[position] - largest) / sum - (index == label ? 1 : 0))
                interceptGradient[index] += difference
                scores[position] = difference
            }
        }
        for index in 0..<weightCount {
            loss += 0.5 * penalty * x[index] * x[index]
            gradient[index] = penalty * x[index]
        }
        addProduct(
            transposed: scores, rows: classCount, inner: labels.count, features, columns: columns, to: gradient)
        return loss
    }
}
