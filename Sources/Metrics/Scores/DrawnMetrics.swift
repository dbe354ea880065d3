/// Computes the metrics of images that count differently often.
struct DrawnMetrics: Sendable {
    let classCount: Int
    let scores: [ImageScore]

    /// - Parameters:
    ///   - counts: how often each image counts.
    ///   - areas: of every class under these counts; empty where they are not wanted.
    func values(counts: [Int32], areas: [ClassRanking.Areas]) -> [Metric: Double] {
        var actual = [Int](repeating: 0, count: classCount)
        var predicted = actual
        var correct = actual
        var topFive = 0
        var (logLoss, squaredError) = (0.0, 0.0)
        for (score, count) in zip(scores, counts) where count > 0 {
            let count = Int(count)
            actual[score.label] += count
            predicted[score.predicted] += count
            if score.isCorrect { correct[score.label] += count }
            if score.isInTopFive { topFive += count }
            logLoss += Double(count) * score.logLoss
            squaredError += Double(count) * score.squaredError
        }
        let total = actual.reduce(0, +)
        let report = ClassificationReport(actual: actual, predicted: predicted, correct: correct)
        var values: [Metric: Double] = [
            .accuracy: report.accuracy, .balancedAccuracy: report.balancedAccuracy,
            .macroPrecision: report.macroAverage.precision, .macroRecall: report.macroAverage.recall,
            .macroF1: report.macroAverage.f1, .weightedPrecision: report.weightedAverage.precision,
            .weightedRecall: report.weightedAverage.recall, .weightedF1: report.weightedAverage.f1,
        ]
        guard total > 0 else { return values }
        values[.logLoss] = logLoss / Double(total)
        values[.brierScore] = squaredError / Double(total)
        if classCount > 5 { values[.topFiveAccuracy] = Double(topFive) / Double(total) }
        addAgreement(actual, predicted, correct, to: &values)
        addAreas(areas, weights: actual, to: &values)
        return values
    }

    /// Cohen's kappa and Matthews correlation.
    private func addAgreement(_ actual: [Int], _ predicted: [Int], _ correct: [Int], to values: inout [Metric: Double])
    {
        func products(_ a: [Int], _ b: [Int]) -> Double { zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
        let total = Double(actual.reduce(0, +))
        let right = Double(correct.reduce(0, +))
        let byChance = products(actual, predicted)
        let disagreementByChance = total * total - byChance
        if disagreementByChance > 0 { values[.cohenKappa] = 1 - total * (total - right) / disagreementByChance }
        let variances = (total * total - products(actual, actual)) * (total * total - products(predicted, predicted))
        values[.matthewsCorrelation] = variances > 0 ? (right * total - byChance) / variances.squareRoot() : 0
    }

    private func addAreas(_ areas: [ClassRanking.Areas], weights: [Int], to values: inout [Metric: Double]) {
        values[.macroROCAUC] = areas.mean(\.rocAUC)
        values[.weightedROCAUC] = areas.mean(\.rocAUC) { Double(weights[$0]) }
        values[.macroAveragePrecision] = areas.mean(\.averagePrecision)
        values[.weightedAveragePrecision] = areas.mean(\.averagePrecision) { Double(weights[$0]) }
    }
}
