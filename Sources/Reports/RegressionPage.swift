import Files
import Metrics
import Tasks

/// What a report tells of numbers that are said of images.
struct RegressionPage: TaskPage {
    let report: RunReport
    let result: RegressionResult

    private var unit: String { report.classNames.first ?? "number" }

    var headline: (value: String, name: String) { (words(.meanAbsoluteError), "mean absolute error") }

    var meaning: HTML {
        guard result.imageCount > 0 else { return "There was no image to judge the model by." }
        let interval = result.intervals[.meanAbsoluteError].map { ", 95 % interval \(words($0))" } ?? ""
        let explained = result.values[.determination].map {
            " R² is \(Words.short($0)): 1 is without error, 0 what always saying the mean comes to."
        }
        return """
            mean absolute error\(interval), in the unit of \(unit): by so much the model is off, on average over \
            \(Words.counted(result.imageCount, "\(result.role) image")).\(explained ?? "")
            """
    }

    var figures: PageSection? {
        let rows = RegressionMetric.allCases.compactMap { metric -> FigureRow? in
            guard result.values[metric] != nil else { return nil }
            return FigureRow(
                title: metric.title, meaning: metric.meaning, value: words(metric),
                interval: result.intervals[metric].map(words))
        }
        return report.figuresSection(rows, result.bootstrap)
    }

    var score: (value: Double?, interval: ClosedRange<Double>?) {
        (result.values[.determination], result.intervals[.determination])
    }

    var details: [PageSection?] { [comparison, report.gallerySection(self)] }
    var omissions: [String] { [] }
    var files: [(name: String, text: String)] { [] }

    /// What is said beside what is true.
    private var comparison: PageSection? {
        guard !result.judged.isEmpty else { return nil }
        let shown = result.judged.evenlyChosen(ScatterChart.pointLimit)
        let chart = ScatterChart(
            name: unit, points: shown.map { .init(actual: $0.actual, predicted: $0.predicted, title: $0.file) })
        let some: HTML =
            shown.count < result.judged.count ? " Shown are \(Words.grouped(shown.count)) images." : ""
        return PageSection(
            "comparison", "What is said and what is true",
            """
            <p class="soft">A point for each image; on the line the model is right.\(some)</p>
            <figure>\(chart.svg)</figure>

            """)
    }

    private func words(_ metric: RegressionMetric) -> String { result.values[metric].map(Words.short) ?? "–" }

    private func words(_ interval: ClosedRange<Double>) -> String {
        rangeWords(Words.short(interval.lowerBound), Words.short(interval.upperBound))
    }

    var metricMembers: [(String, JSON)] {
        let intervals = RegressionMetric.allCases.compactMap { metric in
            result.intervals[metric].map {
                JSON.Member(key: metric.rawValue, value: [.number($0.lowerBound), .number($0.upperBound)])
            }
        }
        return RegressionMetric.allCases.map { ($0.rawValue, JSON(result.values[$0])) }
            + [("confidence_intervals", .object(intervals))]
    }

    var detailMembers: [(String, JSON)] { [] }
}

// MARK: - Galleries

extension RegressionPage: GalleryWords {
    var galleries: [Gallery] {
        let byError = result.judged.sorted { (abs($1.error), $0.file) < (abs($0.error), $1.file) }
        let byNumber = result.judged.sorted { ($0.actual, $0.file) < ($1.actual, $1.file) }
        let all = [
            Gallery(kind: .worstMistakes, images: byError.prefix(Gallery.imageLimit).map(image)),
            Gallery(
                kind: .examples, isExplained: false, images: byNumber.evenlyChosen(Gallery.imageLimit).map(image)),
        ]
        return all.filter { !$0.images.isEmpty }
    }

    private func image(_ judged: RegressionResult.Judged) -> GalleryImage {
        GalleryImage(
            file: judged.file, content: judged.content, target: .number(judged.actual), output: 0,
            value: judged.predicted, isCorrect: judged.error == 0, group: 0)
    }

    func title(_ kind: Gallery.Kind) -> String { kind == .examples ? "Examples" : "Largest errors" }

    func meaning(_ gallery: Gallery) -> String {
        gallery.kind == .examples
            ? "Some images, from the smallest number to the largest."
            : "The images of which the model is furthest off. Look at the labels too."
    }

    func verdict(_ image: GalleryImage) -> HTML {
        "\(Words.short(image.value))<br>is \(image.target.number.map(Words.short) ?? "–")"
    }
}

extension RegressionMetric {
    fileprivate var title: String {
        switch self {
        case .meanAbsoluteError: "Mean absolute error"
        case .medianAbsoluteError: "Median absolute error"
        case .rootMeanSquaredError: "Root mean squared error"
        case .determination: "R²"
        case .correlation: "Correlation"
        }
    }

    fileprivate var meaning: HTML? {
        switch self {
        case .meanAbsoluteError: nil
        case .medianAbsoluteError: "half of the images are nearer to the truth"
        case .rootMeanSquaredError: "large errors count more"
        case .determination: "the part of the numbers’ variance that is explained; 1 is best"
        case .correlation: "Pearson’s; 1 where what is said rises as what is true does"
        }
    }
}
