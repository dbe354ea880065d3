import Files
import Metrics

extension ClassificationPage {
    /// Every metric with its interval.
    var figures: PageSection? {
        let metrics = result.metrics
        let rows = Metric.allCases.compactMap { metric -> FigureRow? in
            guard let value = metrics.values[metric] else { return nil }
            return FigureRow(
                title: metric.title, meaning: metric.meaning, value: metric.words(value),
                interval: metrics.intervals[metric].map(metric.words))
        }
        return report.figuresSection(rows, metrics.bootstrap, certainty)
    }

    /// Draws from images without a mistake have none either.
    private var certainty: HTML {
        let count = result.tally.imageCount
        guard result.tally.confusion.correct == count else { return "" }
        return """
             Without a mistake among the images they have no width; up to \(Words.percent(min(3 / Double(count), 1))) of \
            mistakes (three in \(Words.grouped(count))) would still agree with that.
            """
    }

    /// Precision, recall, F1, ROC-AUC and average precision of every class.
    var perClass: PageSection {
        func cell(_ value: Double?) -> HTML { "<td class=\"number\">\(value.map(Words.percent) ?? "–")</td>" }
        func row(
            _ name: String, _ scores: ClassificationReport.Scores, rocAUC: Double?, averagePrecision: Double?
        ) -> HTML {
            let numbers = [scores.precision, scores.recall, scores.f1].map { scores.support == 0 && $0 == 0 ? nil : $0 }
            return """
                <tr><th scope="row">\(name)</th>\((numbers + [averagePrecision]).map(cell))\
                <td class="number">\(rocAUC.map { Words.decimals($0, 4) } ?? "–")</td>\
                <td class="number">\(Words.grouped(scores.support))</td></tr>

                """
        }
        let metrics = result.metrics
        let absent = scores.perClass.map { $0.support == 0 && $0.precision == 0 }
        let shown = report.classesShown(byRising: { absent[$0] ? .infinity : scores.perClass[$0].f1 })
        let rows = shown.map {
            row(
                classNames[$0], scores.perClass[$0], rocAUC: metrics.rocAUC[$0],
                averagePrecision: metrics.averagePrecision[$0])
        }
        return PageSection(
            "classes", "Class by class",
            """
            <p class="soft">Precision: how many of the images named so are so. Recall: how many of the images that \
            are so were found. F1: the harmonic mean of both. Average precision: the precision at every image found, from \
            the most probable down. ROC-AUC: how often an image of the class is thought more probable than another one. In \
            the macro mean every class counts the same, in the weighted mean every image.\
            \(report.selection(of: shown, "those with the lowest F1"))\(omissions.map { " \($0)." })</p>
            <div class="scroll" tabindex="0"><table class="sortable">
            <thead><tr><th scope="col" class="text">Class</th><th scope="col">Precision</th><th scope="col">Recall</th>\
            <th scope="col">F1</th><th scope="col">Average precision</th><th scope="col">ROC-AUC</th>\
            <th scope="col">Images</th></tr></thead>
            <tbody>
            \(rows)</tbody>
            <tfoot>
            \(row(
                "Macro mean", scores.macroAverage, rocAUC: metrics.values[.macroROCAUC],
                averagePrecision: metrics.values[.macroAveragePrecision]))\
            \(row(
                "Weighted mean", scores.weightedAverage, rocAUC: metrics.values[.weightedROCAUC],
                averagePrecision: metrics.values[.weightedAveragePrecision]))\
            </tfoot>
            </table></div>

            """)
    }
}

extension ClassificationPage {
    /// What was not computed, and why: one sentence an element.
    var omissions: [String] {
        let (images, classes) = (result.tally.imageCount, classNames.count)
        guard !result.tally.ranksImages else { return [] }
        return [
            "ROC-AUC and average precision are not computed: \(Words.grouped(images)) images × "
                + "\(Words.grouped(classes)) classes are more than \(Words.grouped(ClassLimit.rankedProbabilities)) "
                + "probabilities"
        ]
    }
}

extension Metric {
    var title: String {
        switch self {
        case .accuracy: "Accuracy"
        case .topFiveAccuracy: "Top-5 accuracy"
        case .balancedAccuracy: "Balanced accuracy"
        case .macroPrecision: "Macro precision"
        case .macroRecall: "Macro recall"
        case .macroF1: "Macro F1"
        case .weightedPrecision: "Weighted precision"
        case .weightedRecall: "Weighted recall"
        case .weightedF1: "Weighted F1"
        case .cohenKappa: "Cohen’s kappa"
        case .matthewsCorrelation: "Matthews correlation"
        case .logLoss: "Log loss"
        case .brierScore: "Brier score"
        case .macroROCAUC: "Macro ROC-AUC"
        case .weightedROCAUC: "Weighted ROC-AUC"
        case .macroAveragePrecision: "Macro average precision"
        case .weightedAveragePrecision: "Weighted average precision"
        }
    }

    /// What it says, in a few words, where the page does not explain it for the classes.
    fileprivate var meaning: HTML? {
        switch self {
        case .balancedAccuracy: "mean recall of the classes"
        case .cohenKappa: "agreement beyond chance, at most 1"
        case .matthewsCorrelation: "of labels and predictions, −1 to 1"
        case .logLoss: "the less the better; 0 is best"
        case .brierScore: "squared error of the probabilities; 0 is best"
        default: nil
        }
    }

    func words(_ value: Double) -> String {
        switch self {
        case .cohenKappa, .matthewsCorrelation, .logLoss, .brierScore, .macroROCAUC, .weightedROCAUC:
            Words.decimals(value, 4)
        default: Words.percent(value)
        }
    }

    /// `91.2 to 95.0 %`.
    func words(_ interval: ClosedRange<Double>) -> String {
        rangeWords(words(interval.lowerBound), words(interval.upperBound))
    }
}
