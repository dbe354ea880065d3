import Datasets
import Files
import Metrics
import Tasks

/// What a report tells of answers that name any number of classes.
struct MultiLabelPage: TaskPage {
    let report: RunReport
    let result: MultiLabelResult

    private var classNames: [String] { report.classNames }
    private var metrics: MetricSummary<MultiLabelMetric> { result.metrics }
    private var imageCount: Int { result.imageCount }

    var headline: (value: String, name: String) {
        let metric = metrics.values[.meanAveragePrecision] == nil ? MultiLabelMetric.microF1 : .meanAveragePrecision
        return (metric.words(metrics.values[metric] ?? 0), metric.title.lowercased())
    }

    var meaning: HTML {
        guard imageCount > 0 else { return "There was no image to judge the model by." }
        let present = result.report.perClass.map(\.support).filter { $0 > 0 }
        let chance = Double(present.reduce(0, +)) / Double(max(present.count, 1) * imageCount)
        let interval = metrics.intervals[.meanAveragePrecision].map(MultiLabelMetric.meanAveragePrecision.words)
        return """
            mean average precision\(interval.map { ", 95 % interval \($0)" } ?? ""), on \
            \(Words.counted(imageCount, "\(result.role) image")): of the images put in the order of a class's probability, \
            how many down to each that is of it are so. In random order it would be \(Words.percent(chance)). Exactly the \
            right classes were named of \(Words.percent(result.report.subsetAccuracy)) of the images.
            """
    }

    var figures: PageSection? {
        let rows = MultiLabelMetric.allCases.compactMap { metric -> FigureRow? in
            guard let value = metrics.values[metric] else { return nil }
            return FigureRow(
                title: metric.title, meaning: metric.meaning, value: metric.words(value),
                interval: metrics.intervals[metric].map(metric.words))
        }
        return report.figuresSection(rows, metrics.bootstrap)
    }

    var score: (value: Double?, interval: ClosedRange<Double>?) {
        (metrics.values[.meanAveragePrecision], metrics.intervals[.meanAveragePrecision])
    }

    var details: [PageSection?] { [perClass, report.gallerySection(self), calibration] }
    var files: [(name: String, text: String)] { [] }

    var omissions: [String] {
        guard !result.tally.ranksImages else { return [] }
        return [
            "ROC-AUC and average precision are not computed: \(Words.grouped(imageCount)) images × "
                + "\(Words.grouped(classNames.count)) classes are more than "
                + "\(Words.grouped(ClassLimit.rankedProbabilities)) probabilities"
        ]
    }

    /// Precision, recall, F1, average precision, ROC-AUC and threshold of every class.
    private var perClass: PageSection {
        func cell(_ value: Double?) -> HTML { "<td class=\"number\">\(value.map(Words.percent) ?? "–")</td>" }
        let shown = report.classesShown(byRising: { result.report.perClass[$0].f1 })
        let rows = shown.map { index -> HTML in
            let scores = result.report.perClass[index]
            let numbers = [scores.precision, scores.recall, scores.f1, metrics.averagePrecision[index]]
            return """
                <tr><th scope="row">\(classNames[index])</th>\(numbers.map(cell))\
                <td class="number">\(metrics.rocAUC[index].map { Words.decimals($0, 4) } ?? "–")</td>\
                <td class="number">\(Words.decimals(result.tally.thresholds[index], 3))</td>\
                <td class="number">\(Words.grouped(scores.support))</td></tr>

                """
        }
        return PageSection(
            "classes", "Class by class",
            """
            <p class="soft">Precision: how many of the images named so are so. Recall: how many of the images that \
            are so were named so. F1: the harmonic mean of both. Average precision: the precision at every image found, \
            from the most probable down. ROC-AUC: how often an image of the class is thought more probable than another \
            one. A class is named from its threshold on.\(report.selection(of: shown, "those with the lowest F1"))\
            \(omissions.map { " \($0)." })</p>
            <div class="scroll" tabindex="0"><table class="sortable">
            <thead><tr><th scope="col" class="text">Class</th><th scope="col">Precision</th><th scope="col">Recall</th>\
            <th scope="col">F1</th><th scope="col">Average precision</th><th scope="col">ROC-AUC</th>\
            <th scope="col">Threshold</th><th scope="col">Images</th></tr></thead>
            <tbody>
            \(rows)</tbody>
            </table></div>

            """)
    }

    /// What the probabilities are divided by, and where the thresholds come from.
    private var calibration: PageSection? {
        let thresholds: HTML =
            report.thresholdsAreFitted
            ? "The thresholds are those of the best F1 of each class on the validation images."
            : "A class is named from a probability of one half on."
        let temperature: HTML =
            report.temperatureFit.map { fit in
                """
                 A temperature of \(Words.decimals(fit.value, 3)), fitted on \
                \(Words.counted(fit.imageCount, "validation image")), makes their log loss \
                \(Words.decimals(fit.lossAfter, 4)); it was \(Words.decimals(fit.lossBefore, 4)).
                """
            } ?? result.temperature.map { " Outputs are divided by a temperature of \(Words.decimals($0, 3))." } ?? ""
        return PageSection(
            "calibration", "From outputs to answers", "<p class=\"soft\">\(thresholds)\(temperature)</p>\n")
    }
}

// MARK: - report.json

extension MultiLabelPage {
    var metricMembers: [(String, JSON)] {
        MultiLabelMetric.allCases.map { ($0.rawValue, JSON(metrics.values[$0])) }
            + [("confidence_intervals", metrics.intervalsJSON)]
    }

    var detailMembers: [(String, JSON)] {
        let classes = classNames.indices.map { index -> JSON in
            let scores = result.report.perClass[index]
            return [
                "class": .string(classNames[index]), "precision": .number(scores.precision),
                "recall": .number(scores.recall), "f1": .number(scores.f1), "support": .integer(scores.support),
                "roc_auc": JSON(metrics.rocAUC[index]), "average_precision": JSON(metrics.averagePrecision[index]),
                "threshold": .number(result.tally.thresholds[index]),
            ]
        }
        let fit: JSON =
            report.temperatureFit.map {
                [
                    "temperature": .number($0.value), "images": .integer($0.imageCount),
                    "log_loss_before": .number($0.lossBefore), "log_loss_after": .number($0.lossAfter),
                ]
            } ?? .null
        return [
            ("per_class", .array(classes)),
            ("calibration", ["temperature": JSON(result.temperature), "fit": fit]),
        ]
    }
}

// MARK: - Galleries

extension MultiLabelPage: GalleryWords {
    /// An answer about one class of an image.
    private struct Verdict {
        let image: MultiLabelResult.Judged
        let label: Int
        let isOfClass: Bool

        var probability: Double { image.prediction.probabilities[label] }
        var threshold: Double { image.prediction.thresholds[label] }
        var isCorrect: Bool { (probability >= threshold) == isOfClass }
        /// The probability given to what was said.
        var confidence: Double { probability >= threshold ? probability : 1 - probability }
        var distance: Double { abs(probability - threshold) }

        var galleryImage: GalleryImage {
            GalleryImage(
                file: image.prediction.file, content: image.content,
                target: .categories(image.prediction.labels ?? []), output: label, value: probability,
                isCorrect: isCorrect, group: label)
        }
    }

    private func verdicts(_ image: MultiLabelResult.Judged) -> [Verdict] {
        let labels = Set(image.prediction.labels ?? [])
        return classNames.indices.map { Verdict(image: image, label: $0, isOfClass: labels.contains($0)) }
    }

    var galleries: [Gallery] {
        let mistakes = result.judged.flatMap { verdicts($0).filter { !$0.isCorrect } }
            .sorted { ($1.confidence, $0.image.prediction.file) < ($0.confidence, $1.image.prediction.file) }
        let doubts = result.judged.compactMap { verdicts($0).min { $0.distance < $1.distance } }
            .sorted { ($0.distance, $0.image.prediction.file) < ($1.distance, $1.image.prediction.file) }
        let all: [Gallery] = [
            Gallery(kind: .worstMistakes, images: mistakes.prefix(Gallery.imageLimit).map(\.galleryImage)),
            Gallery(kind: .leastCertain, images: doubts.prefix(Gallery.imageLimit).map(\.galleryImage)),
            Gallery(kind: .examples, images: examples.map(\.galleryImage)),
        ]
        return all.filter { !$0.images.isEmpty }
    }

    /// Of each class the images that are of it, from the most probable to the least; of too many classes those with the
    /// lowest average precision.
    private var examples: [Verdict] {
        let present = classNames.indices.filter { result.report.perClass[$0].support > 0 }
        let worst = present.sorted {
            (metrics.averagePrecision[$0] ?? 0, $0) < (metrics.averagePrecision[$1] ?? 0, $1)
        }.prefix(Gallery.classLimit)
        return worst.sorted().flatMap { label -> [Verdict] in
            let own = result.judged.filter { $0.prediction.labels?.contains(label) ?? false }
                .map { Verdict(image: $0, label: label, isOfClass: true) }
                .sorted { ($1.probability, $0.image.prediction.file) < ($0.probability, $1.image.prediction.file) }
            return own.evenlyChosen(Gallery.examplesPerClass)
        }
    }

    func meaning(_ gallery: Gallery) -> String {
        switch gallery.kind {
        case .worstMistakes: "Classes named wrongly, or not named, the surest first. Look at the labels too."
        case .leastCertain: "Classes whose probability is nearest to their threshold, right or wrong."
        case .examples: "Some images of each class, from those best recognised to those least."
        }
    }

    func verdict(_ image: GalleryImage) -> HTML {
        let labels = image.target.classes
        let isOfClass = labels.contains(image.output)
        let words = "\(classNames[image.output].shortened(to: 40)), \(Words.percent(image.value))"
        let others = labels.map { classNames[$0].shortened(to: 40) }.joined(separator: ", ")
        let has: HTML = labels.isEmpty ? "<br>has no label" : "<br>has \(others)"
        return image.isCorrect
            ? "<span class=\"good\">✓ \(isOfClass ? "" : "not ")\(words)</span>"
            : "<span class=\"bad\">✗ \(isOfClass ? "missed: " : "")\(words)</span>\(has)"
    }
}

extension MultiLabelMetric {
    fileprivate var title: String {
        switch self {
        case .meanAveragePrecision: "Mean average precision"
        case .macroROCAUC: "Macro ROC-AUC"
        case .microPrecision: "Micro precision"
        case .microRecall: "Micro recall"
        case .microF1: "Micro F1"
        case .macroPrecision: "Macro precision"
        case .macroRecall: "Macro recall"
        case .macroF1: "Macro F1"
        case .weightedF1: "Weighted F1"
        case .imageF1: "F1 of images"
        case .subsetAccuracy: "Subset accuracy"
        case .hammingLoss: "Hamming loss"
        case .logLoss: "Log loss"
        case .brierScore: "Brier score"
        }
    }

    fileprivate var meaning: HTML? {
        switch self {
        case .microF1: "all answers together, whatever their class"
        case .macroF1: "mean of the classes"
        case .imageF1: "of the classes named of each image, mean of the images"
        case .subsetAccuracy: "images of which exactly the right classes were named"
        case .hammingLoss: "answers, one for each image and class, that are wrong"
        case .logLoss: "the less the better; 0 is best"
        case .brierScore: "squared error of the probabilities; 0 is best"
        default: nil
        }
    }

    fileprivate func words(_ value: Double) -> String {
        switch self {
        case .logLoss, .brierScore, .macroROCAUC: Words.decimals(value, 4)
        default: Words.percent(value)
        }
    }

    /// `91.2 to 95.0 %`.
    fileprivate func words(_ interval: ClosedRange<Double>) -> String {
        rangeWords(words(interval.lowerBound), words(interval.upperBound))
    }
}
