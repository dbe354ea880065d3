import Foundation
import Metrics
import TestSupport
import Testing

@Suite struct MultiLabelTests {
    /// A case of `Scripts/goldens/metrics.py`: labels and probabilities, and what scikit-learn says of them.
    struct Case: Decodable {
        let labels: [[Int]]
        let probabilities: [[Double]]
        let thresholds: [Double]
        let perClass: [[Double]]
        let micro: [Double]
        let macro: [Double]
        let weighted: [Double]
        let image: [Double]
        let subsetAccuracy: Double
        let hammingLoss: Double
        let logLoss: Double
        let brierScore: Double
        let rocAuc: [Double?]
        let averagePrecision: [Double?]
        let meanRocAuc: Double?
        let meanAveragePrecision: Double?
        let bestF1: [Double?]

        /// What each metric should be; nil where it is undefined.
        var metrics: [MultiLabelMetric: Double?] {
            [
                .meanAveragePrecision: meanAveragePrecision, .macroROCAUC: meanRocAuc, .microPrecision: micro[0],
                .microRecall: micro[1], .microF1: micro[2], .macroPrecision: macro[0], .macroRecall: macro[1],
                .macroF1: macro[2], .weightedF1: weighted[2], .imageF1: image[2], .subsetAccuracy: subsetAccuracy,
                .hammingLoss: hammingLoss, .logLoss: logLoss, .brierScore: brierScore,
            ]
        }

        func tally(thresholds: [Double]? = nil) -> MultiLabelTally {
            var tally = MultiLabelTally(thresholds: thresholds ?? self.thresholds)
            for (labels, probabilities) in zip(labels, probabilities) {
                // In any order.
                tally.add(labels: labels.reversed(), probabilities: probabilities)
            }
            return tally
        }
    }

    static let cases: [String: Case] = {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let data = FileManager.default.contents(atPath: golden("metrics/multi_label.json")) else { return [:] }
        return (try? decoder.decode([String: Case].self, from: data)) ?? [:]
    }()

    private func isClose(_ a: Double?, _ b: Double?) -> Bool {
        guard let a, let b else { return a == nil && b == nil }
        return abs(a - b) <= 1e-9
    }

    private func expect(_ scores: MultiLabelReport.Scores, _ expected: [Double], _ name: String) {
        for (own, value) in zip([scores.precision, scores.recall, scores.f1], expected) {
            #expect(isClose(own, value), "\(name)")
        }
    }

    @Test func goldensArePresent() { #expect(Self.cases.count == 10) }

    @Test(arguments: cases.keys.sorted()) func equalsScikitLearn(_ name: String) throws {
        let expected = try #require(Self.cases[name])
        let tally = expected.tally()
        let (report, summary) = (tally.report, tally.summary)
        #expect(report.imageCount == expected.labels.count)
        #expect(expected.metrics.count == MultiLabelMetric.allCases.count)
        for (metric, value) in expected.metrics {
            #expect(isClose(summary.values[metric], value), "\(metric)")
            if value == nil || expected.labels.count == 1 {
                #expect(summary.intervals[metric] == nil, "\(metric)")
            } else if let value, value != 0, value != 1 {
                #expect(summary.intervals[metric] != nil, "\(metric)")
            }
        }
        for (own, value) in zip(summary.rocAUC, expected.rocAuc) { #expect(isClose(own, value)) }
        for (own, value) in zip(summary.averagePrecision, expected.averagePrecision) { #expect(isClose(own, value)) }
        for (scores, row) in zip(report.perClass, expected.perClass) {
            expect(scores, row, "class")
            #expect(scores.support == Int(row[3]))
        }
        expect(report.microAverage, expected.micro, "micro")
        expect(report.macroAverage, expected.macro, "macro")
        expect(report.weightedAverage, expected.weighted, "weighted")
        expect(report.imageAverage, expected.image, "image")
    }

    /// No threshold does better than the fitted one.
    @Test(arguments: cases.keys.sorted()) func thresholdsAreTheBest(_ name: String) throws {
        let expected = try #require(Self.cases[name])
        let thresholds = expected.tally().thresholdsOfBestF1
        let report = expected.tally(thresholds: thresholds).report
        for (index, best) in expected.bestF1.enumerated() {
            if let best {
                #expect(isClose(report.perClass[index].f1, best), "class \(index)")
            } else {
                #expect(thresholds[index] == 0.5)
            }
        }
    }

    /// In the middle of the gap, and of several gaps in the one nearest to one half.
    @Test func thresholdsLieBetweenImages() {
        func threshold(_ images: [(probability: Double, isOfClass: Bool)]) -> Double {
            var tally = MultiLabelTally(thresholds: [0.5])
            for image in images { tally.add(labels: image.isOfClass ? [0] : [], probabilities: [image.probability]) }
            return tally.thresholdsOfBestF1[0]
        }
        #expect(threshold([(0.75, true), (0.25, false)]) == 0.5)
        #expect(threshold([(0.875, true), (0.75, true), (0.125, false)]) == 0.4375)
        // F1 is 2/3 both with the first image alone and with all.
        #expect(threshold([(0.75, true), (0.25, false), (0.125, false), (0.0625, true)]) == 0.5)
        let next = 0.75.nextDown
        #expect(threshold([(0.75, true), (next, false)]) == 0.75)
        #expect(threshold([(0, true), (0, false)]) == 0)
    }

    @Test func noImagesScoreZero() {
        let tally = MultiLabelTally(thresholds: [0.5, 0.5])
        #expect(tally.report.subsetAccuracy == 0)
        #expect(tally.report.hammingLoss == 0)
        #expect(tally.summary.values[.logLoss] == nil)
        #expect(tally.summary.values[.meanAveragePrecision] == nil)
        #expect(tally.summary.intervals.isEmpty)
        #expect(tally.thresholdsOfBestF1 == [0.5, 0.5])
    }

    @Test func tooManyProbabilitiesAreDropped() {
        var tally = MultiLabelTally(thresholds: [0.5, 0.5], probabilityLimit: 3)
        tally.add(labels: [0], probabilities: [0.9, 0.2])
        #expect(tally.ranksImages)
        tally.add(labels: [1], probabilities: [0.2, 0.7])
        #expect(!tally.ranksImages)
        #expect(tally.summary.values[.subsetAccuracy] == 1)
        #expect(tally.summary.values[.meanAveragePrecision] == nil)
        #expect(tally.thresholdsOfBestF1 == [0.5, 0.5])
    }
}
