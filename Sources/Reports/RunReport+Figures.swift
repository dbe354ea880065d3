import Files
import Metrics

/// A line of the table of figures.
struct FigureRow {
    let title: String
    /// What it says, in a few words; nil where the page explains it elsewhere.
    let meaning: HTML?
    let value: String
    let interval: String?
}

extension RunReport {
    /// Every figure with its interval.
    func figuresSection(_ rows: [FigureRow], _ bootstrap: Bootstrap, _ certainty: HTML = "") -> PageSection? {
        guard result.imageCount > 0 else { return nil }
        let lines = rows.map { row -> HTML in
            let meaning = row.meaning.map { "<br><small class=\"soft\">\($0)</small>" as HTML } ?? ""
            return """
                <tr><th scope="row">\(row.title)\(meaning)</th>\
                <td class="number">\(row.value)</td>\
                <td class="number">\(row.interval ?? "–")</td></tr>

                """
        }
        return PageSection(
            "figures", "In numbers",
            """
            <p class="soft">The intervals hold the true value in 95 of 100 cases: were the model judged by another \
            \(Words.counted(result.imageCount, "image")) of the same kind, the numbers would differ by chance. They \
            come from \(Words.grouped(bootstrap.replicates)) draws of the images with replacement.\(certainty)</p>
            <div class="scroll" tabindex="0"><table>
            <thead><tr><th scope="col" class="text">Figure</th><th scope="col">Value</th>\
            <th scope="col">95 % interval</th></tr></thead>
            <tbody>
            \(lines)</tbody>
            </table></div>

            """)
    }
}

extension RunReport {
    /// The classes that a table has rows for: all; of too many those that come first by `key`, in their own order.
    func classesShown(byRising key: (Int) -> Double) -> [Int] {
        guard classNames.count > ClassLimit.square else { return Array(classNames.indices) }
        let ordered = classNames.indices.map { (key: key($0), index: $0) }.sorted { $0 < $1 }
        return ordered.prefix(ClassLimit.square).map(\.index).sorted()
    }

    /// What a table leaves out; empty where it leaves out nothing.
    func selection(of shown: [Int], _ which: String) -> String {
        guard shown.count < classNames.count else { return "" }
        return " Shown are \(Words.grouped(shown.count)) of \(Words.counted(classNames.count, "class", "classes")), "
            + "\(which); report.json has all."
    }
}

/// `91.2 to 95.0 %` of two numbers with a percent sign, else both as they are.
func rangeWords(_ low: String, _ high: String) -> String {
    low.hasSuffix("%") && high.hasSuffix("%") ? "\(low.dropLast(2)) to \(high)" : "\(low) to \(high)"
}
