import Evaluation
import Foundation
import TestSupport
import Testing

@Suite struct ProbeTests {
    /// What `Scripts/goldens/probe.py` stores.
    private struct Golden: Decodable {
        struct Case: Decodable {
            let strength: Double
            let probabilities: [[Double]]
        }

        let labels: [Int]
        let cases: [Case]
    }

    @Test func logisticRegressionEqualsScikitLearns() throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: golden("probe/logistic_regression.json")))
        let expected = try JSONDecoder().decode(Golden.self, from: data)
        let (rows, columns, trained) = (150, 24, 100)
        var values = [Float](repeating: 0, count: rows * columns)
        values.withUnsafeMutableBufferPointer { FormulaWeights.fill($0, name: "features", low: -1, high: 1) }
        for (row, label) in expected.labels.enumerated() { values[row * columns + label] += 0.75 }
        for index in values.indices { values[index] *= Float(index % columns + 1) }
        let features = FeatureMatrix(columnCount: columns, values: values)
        let standardize = Standardization(features.rows(Array(0..<trained)))
        for expected in expected.cases.map({ (labels: expected.labels, case: $0) }) {
            let classifier = LogisticRegression(
                standardize(features.rows(Array(0..<trained))), labels: Array(expected.labels[..<trained]),
                classCount: 4, strength: expected.case.strength)
            let logits = classifier.logits(standardize(features.rows(Array(trained..<rows))))
            for (row, probabilities) in expected.case.probabilities.enumerated() {
                let ours = Softmax.probabilities(logits[row * 4..<row * 4 + 4])
                #expect(zip(ours, probabilities).allSatisfy { abs($0 - $1) < 2e-4 }, "\(ours) \(probabilities)")
            }
        }
    }

    @Test func constantFeaturesAreOnlyMoved() {
        let features = FeatureMatrix(columnCount: 2, values: [5, 1, 5, 3])
        let standardized = Standardization(features)(features)
        #expect(standardized.values == [0, -1, 0, 1])
    }

    @Test func oneClassIsNamedAlways() {
        let features = FeatureMatrix(columnCount: 1, values: [1, 2, 3])
        let classifier = LogisticRegression(features, labels: [1, 1, 1], classCount: 2)
        #expect(classifier.accuracy(features, labels: [1, 1, 1]) == 1)
    }
}
