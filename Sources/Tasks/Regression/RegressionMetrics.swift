import Foundation
import Metrics

/// A figure that says how far numbers are from the truth. Raw values are the keys of `report.json`; definitions are
/// scikit-learn's, and SciPy's of the correlation.
package enum RegressionMetric: String, CaseIterable, Hashable, Sendable {
    case meanAbsoluteError = "mean_absolute_error"
    case medianAbsoluteError = "median_absolute_error"
    case rootMeanSquaredError = "root_mean_squared_error"
    /// The part of the numbers' variance that is explained, at most 1; undefined where all are the same.
    case determination = "r2"
    /// Pearson's, −1...1; undefined where all numbers, or all predictions, are the same.
    case correlation
}

/// Gathers numbers that are said of images and those that are true.
package struct RegressionTally: Sendable {
    private var numbers: [Double] = []
    private var predictions: [Double] = []

    package init() {}

    /// - Parameter predictions: one for each of the numbers.
    package init(numbers: [Double], predictions: [Double]) {
        precondition(numbers.count == predictions.count, "a prediction for each number")
        self.numbers = numbers
        self.predictions = predictions
    }

    package mutating func add(_ number: Double, predicted: Double) {
        numbers.append(number)
        predictions.append(predicted)
    }

    package var imageCount: Int { numbers.count }

    /// The metrics that are defined.
    package var values: [RegressionMetric: Double] { values(counts: [Int32](repeating: 1, count: imageCount)) }

    /// An interval for every value, on all cores.
    func intervals(_ bootstrap: Bootstrap) -> [RegressionMetric: ClosedRange<Double>] {
        bootstrap.intervals(of: values, imageCount: imageCount, proportions: []) { values(counts: $0) }
    }

    /// The metrics where images count differently often.
    private func values(counts: [Int32]) -> [RegressionMetric: Double] {
        let total = Double(counts.reduce(0) { $0 + Int($1) })
        guard total > 0 else { return [:] }
        func mean(_ value: (Int) -> Double) -> Double {
            counts.indices.reduce(0) { $0 + Double(counts[$1]) * value($1) } / total
        }
        func error(_ index: Int) -> Double { predictions[index] - numbers[index] }
        let squaredError = mean { error($0) * error($0) }
        var values: [RegressionMetric: Double] = [
            .meanAbsoluteError: mean { abs(error($0)) }, .rootMeanSquaredError: squaredError.squareRoot(),
            .medianAbsoluteError: median(counts) { abs(error($0)) },
        ]
        let (numberMean, predictionMean) = (mean { numbers[$0] }, mean { predictions[$0] })
        let variance = mean { pow(numbers[$0] - numberMean, 2) }
        let predictionVariance = mean { pow(predictions[$0] - predictionMean, 2) }
        guard variance > 0 else { return values }
        values[.determination] = 1 - squaredError / variance
        guard predictionVariance > 0 else { return values }
        let covariance = mean { (numbers[$0] - numberMean) * (predictions[$0] - predictionMean) }
        values[.correlation] = max(-1, min(1, covariance / (variance * predictionVariance).squareRoot()))
        return values
    }

    /// The number in the middle, or the mean of the two there.
    private func median(_ counts: [Int32], _ value: (Int) -> Double) -> Double {
        let sorted = counts.indices.flatMap { [Double](repeating: value($0), count: Int(counts[$0])) }.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
}
