import Datasets
import Engine
import Evaluation
import Foundation
import TestSupport
import Testing

@Suite struct ProbeTests {
    /// What `Scripts/goldens/probe.py` stores: images 0..<100 are learned from, the others judged.
    private struct Golden: Decodable {
        struct Regression: Decodable {
            let strength: Double
            let probabilities: [[Double]]
        }
        struct Neighbours: Decodable {
            let count: Int
            let predictions: [Int]
        }
        struct Interval: Decodable {
            let right, total: Int
            let low, high: Double
        }

        let labels: [Int]
        let regressions: [Regression]
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
            let classifier = LogisticRegression(
                standardize(known), labels: Self.trained.map { expected.labels[$0] }, classCount: 4,
                strength: regression.strength, tolerance: 1e-9)
            let logits = classifier.logits(standardize(features.rows(Self.judged)))
            for (row, probabilities) in regression.probabilities.enumerated() {
                let ours = Softmax.probabilities(logits[row * 4..<row * 4 + 4])
                #expect(zip(ours, probabilities).allSatisfy { abs($0 - $1) < 1e-4 }, "\(ours) \(probabilities)")
            }
        }
    }

    @Test func nearestNeighboursEqualScikitLearns() throws {
        let (expected, features) = try load()
        let classifier = NearestNeighbours(
            features.rows(Self.trained), labels: Self.trained.map { expected.labels[$0] })
        #expect(expected.neighbours.count == 3)
        for neighbours in expected.neighbours {
            let predictions = classifier.predictions(features.rows(Self.judged), count: neighbours.count)
            #expect(predictions == neighbours.predictions)
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

    /// Three clouds of points, a few of which bear another's label.
    private func clouds(_ name: String, count: Int, wrong: Set<Int> = []) -> Probe.Images {
        var images = Probe.Images(featureCount: 6)
        var noise = [Float](repeating: 0, count: count * 6)
        noise.withUnsafeMutableBufferPointer { FormulaWeights.fill($0, name: name, low: -1, high: 1) }
        for index in 0..<count {
            var features = Array(noise[index * 6..<(index + 1) * 6])
            features[index % 3] += 2.5
            images.append(
                file: "\(index).png", label: wrong.contains(index) ? (index + 1) % 3 : index % 3, features: features)
        }
        return images
    }

    /// With more rows and columns than are multiplied on one thread.
    @Test func classifiersDoNotDependOnThreads() {
        defer { ComputeLibrary.useThreads(nil) }
        let (rows, columns) = (530, 300)
        var values = [Float](repeating: 0, count: rows * columns)
        values.withUnsafeMutableBufferPointer { FormulaWeights.fill($0, name: "wide", low: -1, high: 1) }
        let features = FeatureMatrix(columnCount: columns, values: values)
        let labels = (0..<rows).map { $0 % 3 }
        var logits: Set<[Float]> = []
        var neighbours: Set<[Int]> = []
        for threads in [1, 2, 3] {
            ComputeLibrary.useThreads(threads)
            logits.insert(
                LogisticRegression(features, labels: labels, classCount: 3, strength: 0.01, iterations: 20)
                    .logits(features))
            let classifier = NearestNeighbours(features, labels: labels)
            neighbours.insert(classifier.predictions(features, count: 5))
        }
        #expect(logits.count == 1 && neighbours.count == 1)
    }

    @Test func wrongLabelsAreFound() throws {
        let wrong: Set<Int> = [7, 44, 81]
        let probe = try #require(
            Probe(training: clouds("known", count: 90, wrong: wrong), test: nil, classCount: 3, seed: 1))
        #expect(Set(probe.doubtfulLabels.map(\.file)) == Set(wrong.map { "\($0).png" }))
        for image in probe.doubtfulLabels { #expect((image.suggested + 1) % 3 == image.label) }
        #expect(!probe.hasTestImages)
        #expect((85...87).contains(probe.regression.count) && probe.regression.total == 90)
        #expect(probe.majority.value < 0.4)
    }

    @Test func testImagesJudge() throws {
        let probe = try #require(
            Probe(training: clouds("known", count: 60), test: clouds("others", count: 31), classCount: 3, seed: 1))
        #expect(probe.hasTestImages && probe.imageCount == 60 && probe.featureCount == 6)
        #expect(probe.regression == Proportion(31, of: 31) && probe.neighbours == Proportion(31, of: 31))
        #expect(probe.majority == Proportion(11, of: 31))
        #expect(probe.doubtfulLabels.isEmpty)
        #expect(Probe.strengths.contains(probe.strength) && Probe.neighbourCounts.contains(probe.neighbourCount))
    }

    @Test func manyClassesAreLeftToTheCommand() {
        #expect(Probe.imageLimit(featureCount: 2048, classCount: 6) == 5000)
        #expect(Probe.imageLimit(featureCount: 2048, classCount: 100) == 1953)
        #expect(Probe.imageLimit(featureCount: 2048, classCount: 1000) == nil)
    }

    @Test func drawnImagesKeepTheirOrder() {
        let all = (0..<30).map { (index: Int) in Sample(path: "\(index)", name: "\(index)", label: index) }
        let drawn = all.drawn(10, seed: 2)
        #expect(drawn.count == 10 && drawn.map { $0.label ?? 0 } == Set(drawn.map { $0.label ?? 0 }).sorted())
        #expect(drawn != all.drawn(10, seed: 3))
        #expect(all.drawn(30, seed: 2) == all)
    }

    /// Held out, such an image could be named rightly by nobody, and would pass for mislabelled.
    @Test func anImageAloneInItsClassJudgesButIsNotJudged() throws {
        var images = clouds("known", count: 12)
        images.append(file: "lonely.png", label: 3, features: [0, 0, 0, 0, 0, 9])
        let probe = try #require(Probe(training: images, test: nil, classCount: 5, seed: 1))
        #expect(probe.imageCount == 13)
        for score in [probe.majority, probe.neighbours, probe.regression] { #expect(score.total == 12) }
        #expect(!probe.doubtfulLabels.contains { $0.file == "lonely.png" })

        let folds = StratifiedFolds(labels: images.labels, count: 5, seed: 1)
        #expect(folds.alone == [12] && folds.parts.flatMap(\.self).sorted() == Array(0..<12))
        for split in folds.splits { #expect(split.training.contains(12) && !split.held.contains(12)) }
    }

    @Test func imagesOfDifferentClassesCannotJudgeOneAnother() {
        var images = Probe.Images(featureCount: 2)
        for label in 0..<3 { images.append(file: "\(label).png", label: label, features: [Float(label), 1]) }
        #expect(Probe(training: images, test: nil, classCount: 3, seed: 1).map { _ in true } == nil)
        let judged = Probe(training: images, test: images, classCount: 3, seed: 1)
        #expect(judged?.neighbours == Proportion(3, of: 3) && judged?.strength == 1)
        #expect(judged?.doubtfulLabels == [])
    }
}
