extension RunReport {
    /// `report.html`: one file that needs nothing else, neither a network nor a script.
    package var html: String {
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
            \(headline)\(training)\(perClass)\(confusion)\(badFiles)\(dataSummary)\(modelFacts)\(freezeProof)\(timing)\
            \(recipeText)</main>
            </body>
            </html>

            """
        return page.text
    }

    var scores: ClassificationReport { result.tally.report }

    private var headline: HTML {
        var figures: [(String, String)] = [
            ("Macro F1", Words.percent(scores.macroAverage.f1)),
            ("Balanced accuracy", Words.percent(scores.balancedAccuracy)),
        ]
        if let topFive = result.tally.topFiveAccuracy { figures.append(("Top-5 accuracy", Words.percent(topFive))) }
        if let logLoss = result.tally.logLoss { figures.append(("Log loss", Words.decimals(logLoss, 3))) }
        figures.append(("Evaluated in", Words.duration(result.seconds)))
        return """
            <section class="headline" aria-label="Accuracy">
            <strong>\(Words.percent(scores.accuracy))</strong>
            <p>\(meaning)</p>
            </section>
            <dl class="figures">
            \(figures.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>\n" as HTML })</dl>

            """
    }

    /// The accuracy in a sentence, beside what needs no model.
    private var meaning: HTML {
        let total = scores.imageCount
        guard total > 0 else { return "There was no image to judge the model by." }
        let supports = scores.perClass.map(\.support)
        let largest = supports.max() ?? 0
        return """
            accuracy: \(Words.grouped(scores.confusion.correct)) of \(Words.counted(total, "\(result.role) image")) \
            were given the right class. Always naming the most frequent class would be right for \
            \(Words.percent(Double(largest) / Double(total))).
            """
    }

    private var perClass: HTML {
        func row(_ name: String, _ scores: ClassificationReport.Scores) -> HTML {
            let numbers = [scores.precision, scores.recall, scores.f1].map { value -> HTML in
                "<td class=\"number\">\(scores.support == 0 && value == 0 ? "–" : Words.percent(value))</td>"
            }
            return """
                <tr><th scope="row">\(name)</th>\(numbers)<td class="number">\(Words.grouped(scores.support))</td></tr>

                """
        }
        return """
            <section>
            <h2>Class by class</h2>
            <p class="soft">Precision: how many of the images named so are so. Recall: how many of the images that \
            are so were found. F1: the harmonic mean of both. In the macro mean every class counts the same, in the weighted mean \
            every image.</p>
            <div class="scroll"><table>
            <thead><tr><th scope="col" class="text">Class</th><th scope="col">Precision</th><th scope="col">Recall</th>\
            <th scope="col">F1</th><th scope="col">Images</th></tr></thead>
            <tbody>
            \(zip(classNames, scores.perClass).map(row))</tbody>
            <tfoot>
            \(row("Macro mean", scores.macroAverage))\(row("Weighted mean", scores.weightedAverage))\
            </tfoot>
            </table></div>
            </section>

            """
    }

    private var confusion: HTML {
        let chart = ConfusionChart(confusion: scores.confusion, classNames: classNames).svg
        return """
            <section>
            <h2>What was taken for what</h2>
            <p class="soft">Each row holds the images of one actual class, by the class predicted; the shade is the \
            part of the row. Blue is right, orange wrong.\
            \(chart == nil ? " There are too many classes to draw: see confusion_matrix.csv." : "")</p>
            \(chart ?? "")\(mostConfused)</section>

            """
    }

    /// The largest counts beside the diagonal.
    private var mostConfused: HTML {
        let matrix = scores.confusion
        var pairs: [(actual: Int, predicted: Int, images: Int)] = []
        for (actual, row) in matrix.rows.enumerated() {
            for (predicted, images) in row.enumerated() where images > 0 && actual != predicted {
                pairs.append((actual, predicted, images))
            }
        }
        guard !pairs.isEmpty else { return "" }
        let order = pairs.indices.sorted { (-pairs[$0].images, $0) < (-pairs[$1].images, $1) }
        let rows = order.prefix(10).map { index -> HTML in
            let pair = pairs[index]
            let part = Double(pair.images) / Double(matrix.actualCount(pair.actual))
            return """
                <tr><th scope="row">\(classNames[pair.actual])</th><td class="text">\(classNames[pair.predicted])</td>\
                <td class="number">\(Words.grouped(pair.images))</td><td class="number">\(Words.percent(part))</td></tr>

                """
        }
        return """
            <h3>Most frequent mistakes</h3>
            <div class="scroll"><table>
            <thead><tr><th scope="col" class="text">Actual</th><th scope="col" class="text">Predicted</th>\
            <th scope="col">Images</th><th scope="col">Part of class</th></tr></thead>
            <tbody>
            \(rows)</tbody>
            </table></div>

            """
    }
}
