/// A figure that says in one number how good answers are that may name several classes. Raw values are the keys of
/// `report.json`.
///
/// Definitions are scikit-learn's; `MultiLabelReport` says which classes the means are of. ROC-AUC and average precision
/// are of each class by itself; their means leave out classes for which they have no meaning.
package enum MultiLabelMetric: String, CaseIterable, Hashable, Sendable {
    /// The mean of the average precisions of the classes that have images.
    case meanAveragePrecision = "mean_average_precision"
    case macroROCAUC = "macro_roc_auc"
    case microPrecision = "micro_precision"
    case microRecall = "micro_recall"
    case microF1 = "micro_f1"
    case macroPrecision = "macro_precision"
    case macroRecall = "macro_recall"
    case macroF1 = "macro_f1"
    case weightedF1 = "weighted_f1"
    /// The mean over the images of the F1 of the classes named.
    case imageF1 = "image_f1"
    /// The part of the images of which exactly the right classes were named.
    case subsetAccuracy = "subset_accuracy"
    /// The part of the answers, one for each image and class, that are wrong.
    case hammingLoss = "hamming_loss"
    /// The mean negative logarithm of the probability of the right answer for each image and class, probabilities clipped
    /// to ε...1 − ε with ε = 2⁻⁵².
    case logLoss = "log_loss"
    /// The mean squared distance between probability and truth for each image and class, 0...1.
    case brierScore = "brier_score"
}

extension MetricSummary<MultiLabelMetric> {
    /// Computes on all cores.
    package init(_ tally: MultiLabelTally, bootstrap: Bootstrap = Bootstrap()) {
        self.init(
            classCount: tally.classCount, imageCount: tally.imageCount, bootstrap: bootstrap,
            proportions: [.subsetAccuracy], ranking: tally.ranking
        ) { counts, areas in tally.values(counts: counts, areas: areas) }
    }
}

extension MultiLabelTally {
    /// The metrics where images count differently often.
    /// - Parameters:
    ///   - counts: how often each image counts.
    ///   - areas: of every class under these counts; empty where they are not wanted.
    fileprivate func values(counts: [Int32], areas: [ClassRanking.Areas]) -> [MultiLabelMetric: Double] {
        let report = MultiLabelReport(answers, classCount: classCount, counts: counts)
        var values: [MultiLabelMetric: Double] = [
            .microPrecision: report.microAverage.precision, .microRecall: report.microAverage.recall,
            .microF1: report.microAverage.f1, .macroPrecision: report.macroAverage.precision,
            .macroRecall: report.macroAverage.recall, .macroF1: report.macroAverage.f1,
            .weightedF1: report.weightedAverage.f1, .imageF1: report.imageAverage.f1,
            .subsetAccuracy: report.subsetAccuracy, .hammingLoss: report.hammingLoss,
        ]
        values[.meanAveragePrecision] = areas.mean(\.averagePrecision)
        values[.macroROCAUC] = areas.mean(\.rocAUC)
        guard report.imageCount > 0 else { return values }
        func mean(_ value: (MultiLabelAnswer) -> Double) -> Double {
            zip(answers, counts).reduce(0) { $0 + Double($1.1) * value($1.0) } / Double(report.imageCount)
        }
        values[.logLoss] = mean(\.logLoss)
        values[.brierScore] = mean(\.squaredError)
        return values
    }
}
