import Datasets
import Files
import Metrics
import Tasks

/// What a report tells of answers that name one class.
struct ClassificationPage: TaskPage {
    let report: RunReport
    let result: ClassificationResult

    var scores: ClassificationReport { result.scores }
    var classNames: [String] { report.classNames }

    var headline: (value: String, name: String) { (Words.percent(scores.accuracy), "accuracy") }

    var score: (value: Double?, interval: ClosedRange<Double>?) {
        (scores.accuracy, result.metrics.intervals[.accuracy])
    }

    var details: [PageSection?] { [perClass, confusion, report.gallerySection(self), calibration] }

    var galleries: [Gallery] { [Gallery](result.judged) }

    var files: [(name: String, text: String)] {
        [("confusion_matrix.csv", result.tally.confusion.csv(classNames: classNames))]
    }

    /// The accuracy in a sentence, beside what needs no model.
    var meaning: HTML {
        let total = scores.imageCount
        guard total > 0 else { return "There was no image to judge the model by." }
        let largest = scores.perClass.map(\.support).max() ?? 0
        return """
            accuracy\(interval): \(Words.grouped(result.tally.confusion.correct)) of \
            \(Words.counted(total, "\(result.role) image")) were given the right class. Always naming the most frequent \
            class would be right for \(Words.percent(Double(largest) / Double(total))).
            """
    }

    private var interval: HTML {
        guard let interval = result.metrics.intervals[.accuracy] else { return "" }
        return ", 95 % interval \(Metric.accuracy.words(interval))"
    }
}
