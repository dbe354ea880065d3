import Foundation
import Metrics
import Tensors
import Testing

@Suite struct BootstrapTests {
    /// Predictions of a made-up classifier of three classes, right in seven of ten cases.
    private func tally(images: Int, seed: Int) -> ClassificationTally {
        var tally = ClassificationTally(classCount: 3)
        var random = RandomStream(seed: 11, purpose: .resampling, sample: seed)
        for _ in 0..<images {
            let label = Int(random.uniform() * 3)
            var logits = (0..<3).map { _ in Float(random.normal()) }
            logits[label] += 1.4
            tally.add(label: label, probabilities: Softmax.probabilities(logits))
        }
        return tally
    }

    /// Of the intervals of 300 data sets, 95 % should hold what 200,000 images come to. Were it so exactly, between 91 %
    /// and 98 % would be seen with all but one chance in a thousand.
    @Test func intervalsCover() {
        var bootstrap = Bootstrap()
        bootstrap.replicates = 400
        var withoutDraws = bootstrap
        withoutDraws.replicates = 1
        let truth = MetricSummary(tally(images: 200_000, seed: 0), bootstrap: withoutDraws).values
        let summaries = (1...300).map { MetricSummary(tally(images: 200, seed: $0), bootstrap: bootstrap) }
        for metric in [Metric.accuracy, .macroF1, .cohenKappa, .logLoss, .brierScore, .macroROCAUC] {
            guard let value = truth[metric] else {
                Issue.record("\(metric) is undefined")
                continue
            }
            let covered = summaries.count { $0.intervals[metric]?.contains(value) == true }
            #expect((0.91...0.98).contains(Double(covered) / 300), "\(metric): \(covered) of 300")
        }
    }

    @Test func drawsAreTheSameEachTime() {
        let (first, second) = (tally(images: 50, seed: 1).summary, tally(images: 50, seed: 1).summary)
        #expect(first.intervals == second.intervals)
        #expect(first.intervals.count == Metric.allCases.count - 1, "top-5 has no meaning for three classes")
        for (metric, interval) in first.intervals {
            guard let value = first.values[metric] else { continue }
            #expect(interval.contains(value), "\(metric)")
        }
        var bootstrap = Bootstrap()
        bootstrap.seed = 1
        #expect(MetricSummary(tally(images: 50, seed: 1), bootstrap: bootstrap).intervals != first.intervals)
    }

    /// An interval of the accuracy is one of a binomial distribution.
    @Test func accuracyHasABinomialInterval() throws {
        var tally = ClassificationTally(classCount: 2)
        for index in 0..<1000 { tally.add(label: 0, probabilities: index < 900 ? [0.8, 0.2] : [0.3, 0.7]) }
        let interval = try #require(tally.summary.intervals[.accuracy])
        let halfWidth = 1.96 * (0.9 * 0.1 / 1000).squareRoot()
        #expect(abs(interval.lowerBound - (0.9 - halfWidth)) < 0.003)
        #expect(abs(interval.upperBound - (0.9 + halfWidth)) < 0.003)
    }

    @Test func rankingsBeyondTheLimitHaveValuesOnly() {
        let tally = tally(images: 100, seed: 1)
        var bootstrap = Bootstrap()
        bootstrap.rankingLimit = 299
        let summary = MetricSummary(tally, bootstrap: bootstrap)
        #expect(summary.values == tally.summary.values)
        #expect(summary.intervals[.macroROCAUC] == nil && summary.intervals[.weightedAveragePrecision] == nil)
        #expect(summary.intervals[.accuracy] == tally.summary.intervals[.accuracy])
    }

    /// That 20 images of 20 are right does not mean that all are.
    @Test func perfectPredictionsAreNotCertain() {
        var tally = ClassificationTally(classCount: 2)
        for index in 0..<20 { tally.add(label: index % 2, probabilities: index % 2 == 0 ? [1, 0] : [0, 1]) }
        #expect(tally.summary.intervals[.accuracy] == Proportion(20, of: 20).interval)
        #expect(tally.summary.intervals[.macroROCAUC] == nil && tally.summary.intervals[.macroF1] == nil)
        #expect(tally.calibration.expectedError == 0)
    }
}
