/// Every metric of a set of predictions, with an interval for each.
package struct MetricSummary<Figure: Hashable & Sendable>: Sendable {
    /// The metrics that are defined.
    package let values: [Figure: Double]
    /// An interval for every value, as `Bootstrap` finds them.
    package let intervals: [Figure: ClosedRange<Double>]
    /// The ROC-AUC of every class against all others; nil where all images are of it, or none, or images cannot be
    /// ranked.
    package let rocAUC: [Double?]
    /// The average precision of every class; nil where no image is of it, or images cannot be ranked.
    package let averagePrecision: [Double?]
    package let bootstrap: Bootstrap

    /// Computes on all cores.
    /// - Parameters:
    ///   - proportions: the metrics that are a part of the images.
    ///   - ranking: of one class; nil where images cannot be ranked.
    ///   - drawn: the metrics where each image counts so often, and the areas of every class then, which are empty where they
    ///     are not wanted.
    init(
        classCount: Int, imageCount: Int, bootstrap: Bootstrap, proportions: Set<Figure>,
        ranking: @Sendable (Int) -> ClassRanking?,
        drawn: @Sendable (_ counts: [Int32], _ areas: [ClassRanking.Areas]) -> [Figure: Double]
    ) {
        self.bootstrap = bootstrap
        let rankings = ClassRankings(classCount, imageCount, bootstrap, ranking)
        rocAUC = rankings.areas.map(\.rocAUC)
        averagePrecision = rankings.areas.map(\.averagePrecision)
        values = drawn([Int32](repeating: 1, count: imageCount), rankings.areas)
        intervals = bootstrap.intervals(of: values, imageCount: imageCount, proportions: proportions) {
            drawn($0, rankings.areas(counts: $0))
        }
    }
}

extension MetricSummary<Metric> {
    /// Computes on all cores.
    package init(_ tally: ClassificationTally, bootstrap: Bootstrap = Bootstrap()) {
        let metrics = DrawnMetrics(classCount: tally.confusion.classCount, scores: tally.scores)
        self.init(
            classCount: metrics.classCount, imageCount: tally.imageCount, bootstrap: bootstrap,
            proportions: [.accuracy, .topFiveAccuracy], ranking: tally.ranking
        ) { counts, areas in metrics.values(counts: counts, areas: areas) }
    }
}
