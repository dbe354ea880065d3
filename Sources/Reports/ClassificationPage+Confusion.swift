import Files
import Metrics

extension ClassificationPage {
    /// The confusion matrix, as counts and as parts of its rows, and the pairs most often confused.
    var confusion: PageSection {
        let matrix = result.tally.confusion
        let charts = ConfusionChart.Content.allCases.compactMap {
            ConfusionChart(confusion: matrix, classNames: classNames, content: $0).figure
        }
        let drawing: HTML =
            charts.isEmpty
            ? "<p>There are too many classes to draw: see confusion_matrix.csv.</p>\n"
            : "<div class=\"charts\">\n\(charts)</div>\n"
        return PageSection(
            "confusion", "What was taken for what",
            """
            <p class="soft">Each row holds the images of one actual class, by the class predicted; the shade is the \
            part of the row. Blue is right, orange wrong.</p>
            \(drawing)\(mostConfused(matrix.mistakes))
            """)
    }

    private func mostConfused(_ mistakes: [ConfusionMatrix.Mistake]) -> HTML {
        guard !mistakes.isEmpty else { return "" }
        let rows = mistakes.prefix(10).map { mistake -> HTML in
            """
            <tr><th scope="row">\(classNames[mistake.actual])</th><td class="text">\(classNames[mistake.predicted])</td>\
            <td class="number">\(Words.grouped(mistake.images))</td>\
            <td class="number">\(Words.percent(mistake.partOfClass))</td></tr>

            """
        }
        return """
            <h3>Most confused pairs</h3>
            <div class="scroll" tabindex="0"><table>
            <thead><tr><th scope="col" class="text">Actual</th><th scope="col" class="text">Predicted</th>\
            <th scope="col">Images</th><th scope="col">Part of class</th></tr></thead>
            <tbody>
            \(rows)</tbody>
            </table></div>

            """
    }
}
