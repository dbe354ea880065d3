/// Every metric of a set of predictions, with an interval for each.
package struct MetricSummary: Sendable {
    /// The metrics that are defined.
    package let values: [Metric: Double]
    /// An interval for every value, as `Bootstrap` finds them.
    package let intervals: [Metric: ClosedRange<Double>]
    /// The ROC-AUC of every class against all others; nil where all images are of it, or none, or images cannot be
    /// ranked.
    package let rocAUC: [Double?]
    /// The average precision of every class; nil where no image is of it, or images cannot be ranked.
    package let averagePrecision: [Double?]
    package let bootstrap: Bootstrap

    /// Computes on all cores.
    package init(_ tally: ClassificationTally, bootstrap: Bootstrap = Bootstrap()) {
        self.bootstrap = bootstrap
        let classCount = tally.confusion.classCount
        let rankings = ClassRankings(classCount, tally.imageCount, bootstrap, tally.ranking)
        rocAUC = rankings.areas.map(\.rocAUC)
        averagePrecision = rankings.areas.map(\.averagePrecision)
        let drawn = DrawnMetrics(classCount: classCount, scores: tally.scores)
        let values = drawn.values(
            counts: [Int32](repeating: 1, count: tally.imageCount), areas: rankings.areas)
        self.values = values
        intervals = bootstrap.intervals(
            of: values, imageCount: tally.imageCount, proportions: [.accuracy, .topFiveAccuracy]
        ) { drawn.values(counts: $0, areas: rankings.areas(counts: $0)) }
    }
}
