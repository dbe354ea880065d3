import Foundation
import Kernels
import Metrics
import TestSupport
import Testing

@Suite struct ClassifierTests {
    /// What `Scripts/goldens/probe.py` stores: images 0..<100 are learned from, the others judged.
    private struct Golden: Decodable {
        struct Regression: Decodable {
            let strength: Double
            let probabilities: [[Double]]
        }
        struct Ridge: Decodable {
            let rows: Int
            let penalty: Double
            let predictions: [Double]
        }
        struct Neighbours: Decodable {
            let count: Int
            let predictions: [Int]
            let means: [Double]
        }
        struct Interval: Decodable {
            let right, total: Int
            let low, high: Double
        }

        let labels: [Int]
        let numbers: [Double]
        let regressions: [Regression]
        let ridges: [Ridge]
        let neighbours: [Neighbours]
        let intervals: [Interval]
    }

    private static let trained = Array(0..<100)
    private static let judged = Array(100..<150)

    private func load() throws -> (golden: Golden, features: FeatureMatrix) {
        let data = try Data(contentsOf: URL(fileURLWithPath: golden("probe/classifiers.json")))
        let expected = try JSONDecoder().decode(Golden.self, from: data)
        let columns = 24
        var values = [Float](repeating: 0, count: 150 * columns)
        values.withUnsafeMutableBufferPointer { FormulaWeights.fill($0, name: "features", low: -1, high: 1) }
        for (row, label) in expected.labels.enumerated() { values[row * columns + label] += 0.75 }
        for index in values.indices { values[index] *= Float(index % columns + 1) }
        return (expected, FeatureMatrix(columnCount: columns, values: values))
    }

    @Test func logisticRegressionEqualsScikitLearns() throws {
        let (expected, features) = try load()
        let known = features.rows(Self.trained)
        let standardize = Standardization(known)
        #expect(expected.regressions.count == 3)
        for regression in expected.regressions {
            let classifier = try LogisticRegression(
                standardize(known), labels: Self.trained.map { expected.labels[$0] }, classCount: 4,
                strength: regression.strength, tolerance: 1e-9)
            let logits = classifier.logits(standardize(features.rows(Self.judged)))
            for (row, probabilities) in regression.probabilities.enumerated() {
                let ours = Softmax.probabilities(logits[row * 4..<row * 4 + 4])
                #expect(zip(ours, probabilities).allSatisfy { abs($0 - $1) < 1e-4 }, "\(ours) \(probabilities)")
            }
        }
    }

    @Test func ridgeRegressionEqualsScikitLearns() throws {
        let (expected, features) = try load()
        #expect(expected.ridges.count == 5)
        for ridge in expected.ridges {
            let known = features.rows(Array(0..<ridge.rows))
            let standardize = Standardization(known)
            // Where the features lie makes no difference, as the intercept has no penalty.
            func moved(_ features: FeatureMatrix) -> FeatureMatrix {
                FeatureMatrix(columnCount: features.columnCount, values: standardize(features).values.map { $0 + 2 })
            }
            let fitter = RidgeFitter(moved(known), numbers: Array(expected.numbers[..<ridge.rows]))
            let ours = fitter.fit(penalty: ridge.penalty).numbers(moved(features.rows(Self.judged)))
            // Features are standardised in single precision here.
            for (number, other) in zip(ours, ridge.predictions) { #expect(abs(number - other) < 1e-4) }
        }
    }

    /// More than the minimiser counts, and than memory holds.
    @Test(arguments: [3_000_000, Int.max / 2]) func tooManyParametersAreAnError(_ classCount: Int) {
        let features = FeatureMatrix(columnCount: 1000, values: [Float](repeating: 1, count: 2000))
        let error = #expect(throws: ClassifierSizeError.self) {
            try LogisticRegression(features, labels: [0, 1], classCount: classCount)
        }
        #expect(error?.description.contains("features cannot be fitted") == true)
    }

    @Test func nearestNeighboursEqualScikitLearns() throws {
        let (expected, features) = try load()
        let classifier = NearestNeighbours(
            features.rows(Self.trained), labels: Self.trained.map { expected.labels[$0] })
        #expect(expected.neighbours.count == 3)
        for neighbours in expected.neighbours {
            let predictions = classifier.predictions(features.rows(Self.judged), count: neighbours.count)
            #expect(predictions == neighbours.predictions)
            let means = classifier.means(
                of: Self.trained.map { [expected.numbers[$0]] }, features.rows(Self.judged), counts: [neighbours.count])
            for (ours, mean) in zip(means, neighbours.means) { #expect(abs(ours[0][0] - mean) < 1e-9) }
        }
    }

    @Test func constantFeaturesAreOnlyMoved() {
        let features = FeatureMatrix(columnCount: 2, values: [5, 1, 5, 3])
        #expect(Standardization(features)(features).values == [0, -1, 0, 1])
    }

    @Test func foldsKeepTheSharesOfClasses() {
        let labels = (0..<103).map { $0 < 60 ? 0 : $0 < 99 ? 1 : 2 }
        let folds = StratifiedFolds(labels: labels, count: 5, seed: 3)
        #expect(folds.parts.flatMap(\.self).sorted() == Array(0..<103))
        #expect(folds.parts.map(\.count).sorted() == [20, 20, 21, 21, 21])
        for label in 0..<3 {
            let counts = folds.parts.map { part in part.count { labels[$0] == label } }
            #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
        }
        for split in folds.splits { #expect(Set(split.training + split.held).count == 103) }
        #expect(StratifiedFolds(labels: labels, count: 5, seed: 4).parts != folds.parts)
        #expect(StratifiedFolds(labels: [0, 1, 0], count: 5, seed: 4).parts.count == 2)
        #expect(StratifiedFolds(labels: [0, 1], count: 5, seed: 4).splits.isEmpty)
    }

    @Test func intervalsEqualSciPys() throws {
        let intervals = try load().golden.intervals
        #expect(intervals.count == 4)
        for expected in intervals {
            let interval = Proportion(expected.right, of: expected.total).interval
            #expect(abs(interval.lowerBound - expected.low) < 1e-9 && abs(interval.upperBound - expected.high) < 1e-9)
        }
    }

    /// With more rows and columns than are multiplied on one thread.
    @Test func classifiersDoNotDependOnThreads() throws {
        defer { parallel_set_threads(0) }
        let (rows, columns) = (530, 300)
        var values = [Float](repeating: 0, count: rows * columns)
        values.withUnsafeMutableBufferPointer { FormulaWeights.fill($0, name: "wide", low: -1, high: 1) }
        let features = FeatureMatrix(columnCount: columns, values: values)
        let labels = (0..<rows).map { $0 % 3 }
        var logits: Set<[Float]> = []
        var neighbours: Set<[Int]> = []
        for threads: Int32 in [1, 2, 3] {
            parallel_set_threads(threads)
            logits.insert(
                try LogisticRegression(features, labels: labels, classCount: 3, strength: 0.01, iterations: 20)
                    .logits(features))
            let classifier = NearestNeighbours(features, labels: labels)
            neighbours.insert(classifier.predictions(features, count: 5))
        }
        #expect(logits.count == 1 && neighbours.count == 1)
    }
}
