import Files
import Metrics

extension RunReport {
    /// `report.html`: one file that needs nothing else. A small script sorts tables; the page can be read without.
    package var html: String {
        let sections = [
            figures, baselines, training, perClass, confusion, gallerySection, calibration, badFiles, dataSummary,
            modelFacts, freezeProof, timing, recipeText,
        ].compactMap(\.self)
        let page: HTML = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(name): \(Words.percent(scores.accuracy)) accuracy</title>
            <style>
            \(reportStyle)
            </style>
            </head>
            <body>
            <header>
            <h1>\(name)</h1>
            <p class="soft">\(model.architecture) · \(Words.counted(classNames.count, "class", "classes")) · \
            \(Words.counted(scores.imageCount, "\(result.role) image"))</p>
            </header>
            <main>
            \(headline)<nav aria-label="Contents"><ul>
            \(sections.map(\.link))</ul></nav>

            \(sections.map(\.html))</main>
            \(tableSorting)            </body>
            </html>

            """
        return page.text
    }

    var scores: ClassificationReport { result.scores }

    private var headline: HTML {
        """
        <section class="headline" aria-label="Accuracy">
        <strong>\(Words.percent(scores.accuracy))</strong>
        <p>\(meaning)</p>
        \(warnings.map { "<p class=\"bad\">Warning: \($0)</p>\n" as HTML })</section>

        """
    }

    /// The accuracy in a sentence, beside what needs no model.
    private var meaning: HTML {
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
