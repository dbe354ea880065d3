import Files

extension RunReport {
    /// `report.html`: one file that needs nothing else. A small script sorts tables; the page can be read without.
    package var html: String {
        let page = page
        let sections =
            ([page.figures, baselines(page), training] + page.details
            + [badFiles, dataSummary, modelFacts, freezeProof, timing, recipeText]).compactMap(\.self)
        let document: HTML = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(name): \(page.headline.value) \(page.headline.name)</title>
            <style>
            \(reportStyle)
            </style>
            </head>
            <body>
            <header>
            <h1>\(name)</h1>
            <p class="soft">\(model.architecture) · \(answers) · \
            \(Words.counted(result.imageCount, "\(result.role) image"))</p>
            </header>
            <main>
            \(headline)<nav aria-label="Contents"><ul>
            \(sections.map(\.link))</ul></nav>

            \(sections.map(\.html))</main>
            \(tableSorting)            </body>
            </html>

            """
        return document.text
    }

    /// Between what it chooses: `6 classes`, or the name of a number.
    private var answers: String {
        task.definition.targetKind == .number
            ? classNames.joined(separator: ", ") : Words.counted(classNames.count, "class", "classes")
    }

    private var headline: HTML {
        """
        <section class="headline" aria-label="\(page.headline.name.capitalizedFirst)">
        <strong>\(page.headline.value)</strong>
        <p>\(page.meaning)</p>
        \(warnings.map { "<p class=\"bad\">Warning: \($0)</p>\n" as HTML })</section>

        """
    }
}
