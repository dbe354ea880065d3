import Foundation
import Metrics
import TestSupport
import Testing

@Suite struct MetricsTests {
    /// A case of `Scripts/goldens/metrics.py`: predictions, and what scikit-learn says of them.
    struct Case: Decodable {
        let labels: [Int]
        let probabilities: [[Double]]
        let predicted: [Int]
        let confusionMatrix: [[Int]]
        let accuracy: Double
        let balancedAccuracy: Double
        let perClass: [[Double]]
        let macro: [Double]
        let weighted: [Double]
        let logLoss: Double
        let top5: Double?
        let cohenKappa: Double?
        let matthewsCorrelation: Double
        let brierScore: Double
        let ece: Double
        let rocAuc: [Double?]
        let macroRocAuc: Double?
        let weightedRocAuc: Double?
        let averagePrecision: [Double?]
        let macroAveragePrecision: Double?
        let weightedAveragePrecision: Double?

        /// What each metric should be; nil where it is undefined.
        var metrics: [Metric: Double?] {
            [
                .accuracy: accuracy, .topFiveAccuracy: top5, .balancedAccuracy: balancedAccuracy,
                .macroPrecision: macro[0], .macroRecall: macro[1], .macroF1: macro[2],
                .weightedPrecision: weighted[0], .weightedRecall: weighted[1], .weightedF1: weighted[2],
                .cohenKappa: cohenKappa, .matthewsCorrelation: matthewsCorrelation, .logLoss: logLoss,
                .brierScore: brierScore, .macroROCAUC: macroRocAuc, .weightedROCAUC: weightedRocAuc,
                .macroAveragePrecision: macroAveragePrecision, .weightedAveragePrecision: weightedAveragePrecision,
            ]
        }
    }

    static let cases: [String: Case] = {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let data = FileManager.default.contents(atPath: golden("metrics/cases.json")) else { return [:] }
        // Keys of a dictionary are converted as well; they serve as names only.
        return (try? decoder.decode([String: Case].self, from: data)) ?? [:]
    }()

    private func isClose(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-9 }

    private func isClose(_ a: Double?, _ b: Double?) -> Bool {
        guard let a, let b else { return a == nil && b == nil }
        return isClose(a, b)
    }

    private func isClose(_ scores: ClassificationReport.Scores, _ expected: [Double]) -> Bool {
        zip([scores.precision, scores.recall, scores.f1], expected).allSatisfy(isClose)
    }

    @Test func goldensArePresent() { #expect(Self.cases.count == 14) }

    @Test(arguments: cases.keys.sorted()) func equalsScikitLearn(_ name: String) throws {
        let expected = try #require(Self.cases[name])
        let classCount = try #require(expected.probabilities.first?.count)
        var tally = ClassificationTally(classCount: classCount)
        for (label, probabilities) in zip(expected.labels, expected.probabilities) {
            tally.add(label: label, probabilities: probabilities)
        }
        let report = tally.report
        #expect(expected.probabilities.map { $0.indexOfMaximum() } == expected.predicted)
        #expect(tally.confusion.rows == expected.confusionMatrix)
        #expect(report.imageCount == expected.labels.count)
        let summary = tally.summary
        // Of one image there is no spread to draw, nor a part that was right.
        let isAlone = expected.labels.count == 1
        #expect(expected.metrics.count == Metric.allCases.count)
        for (metric, value) in expected.metrics {
            #expect(isClose(summary.values[metric], value), "\(metric)")
            // Draws may all agree on 0 or 1.
            if value == nil || isAlone {
                #expect(summary.intervals[metric] == nil, "\(metric)")
            } else if (value != 0 && value != 1) || metric == .accuracy {
                #expect(summary.intervals[metric] != nil, "\(metric)")
            }
        }
        for (own, value) in zip(summary.rocAUC, expected.rocAuc) { #expect(isClose(own, value)) }
        for (own, value) in zip(summary.averagePrecision, expected.averagePrecision) { #expect(isClose(own, value)) }
        #expect(isClose(tally.calibration.expectedError, isAlone ? nil : expected.ece))
        #expect(isClose(tally.calibration.logLoss, expected.logLoss))
        #expect(isClose(tally.calibration.brierScore, expected.brierScore))
        for (scores, row) in zip(report.perClass, expected.perClass) {
            #expect(isClose(scores, row))
            #expect(scores.support == Int(row[3]))
        }
    }

    @Test func noImagesScoreZero() {
        let tally = ClassificationTally(classCount: 7)
        #expect(tally.report.accuracy == 0)
        #expect(tally.report.balancedAccuracy == 0)
        #expect(tally.report.macroAverage.f1 == 0)
        #expect(tally.summary.values[.accuracy] == 0)
        for metric in [Metric.logLoss, .topFiveAccuracy, .cohenKappa, .macroROCAUC] {
            #expect(tally.summary.values[metric] == nil)
        }
        #expect(tally.summary.intervals.isEmpty)
        #expect(tally.calibration.expectedError == nil)
    }

    @Test func rowsAreActualClasses() {
        let matrix = ConfusionMatrix(classCount: 2, actual: [0, 0, 0, 1], predicted: [0, 1, 1, 1])
        #expect(matrix.rows == [[1, 2], [0, 1]])
        #expect(matrix[actual: 0, predicted: 1] == 2)
        #expect(matrix.actualCount(0) == 3)
        #expect(matrix.predictedCount(1) == 3)
        #expect(matrix.correct == 2)
        #expect(matrix.total == 4)
    }

    @Test func mistakesAreSortedByImages() {
        let matrix = ConfusionMatrix(
            classCount: 3, actual: [0, 0, 1, 1, 2, 2, 2], predicted: [0, 1, 2, 2, 0, 1, 2])
        #expect(
            matrix.mistakes.map { [$0.actual, $0.predicted, $0.images] } == [
                [1, 2, 2], [0, 1, 1], [2, 0, 1], [2, 1, 1],
            ])
        #expect(matrix.mistakes[0].partOfClass == 1)
        #expect(matrix.parts[0] == [0.5, 0.5, 0])
        #expect(ConfusionMatrix(classCount: 1).parts == [[0]])
    }

    @Test func softmaxOfLargeLogits() {
        let probabilities = Softmax.probabilities([1000, 1001, -1000] as [Float])
        #expect(abs(probabilities[0] - 1 / (1 + exp(1))) < 1e-15)
        #expect(probabilities[2] == 0)
        #expect(abs(probabilities.reduce(0, +) - 1) < 1e-15)
        #expect(abs(Softmax.crossEntropy([1000, 1001, -1000] as [Float], label: 2) - (2001 + log1p(exp(-1)))) < 1e-9)
    }
}
