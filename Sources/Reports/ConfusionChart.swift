import Files
import Metrics

/// A confusion matrix as inline SVG, shaded by the cells' part of the row.
struct ConfusionChart {
    let confusion: ConfusionMatrix
    let classNames: [String]
    let content: Content

    /// What stands in the cells.
    enum Content: String, CaseIterable {
        /// How many images.
        case counts
        /// Their part of the row, in percent.
        case parts
    }

    /// More classes than this are a table's business.
    static let classLimit = 100

    private var count: Int { confusion.classCount }
    private var cell: Double { count <= 12 ? 46 : count <= 30 ? 30 : 14 }
    private var hasText: Bool { count <= 30 }
    private var fontSize: Double { count <= 12 ? 14 : 11 }
    private var labels: [String] { classNames.map { $0.shortened(to: 18) } }
    private var labelWidth: Double { Double(labels.map(\.count).max() ?? 0) * fontSize * 0.6 + 12 }
    private var left: Double { labelWidth + 22 }
    private var top: Double { labelWidth * 0.75 + 28 }
    private var width: Double { left + cell * Double(count) + max(labelWidth * 0.72 - cell / 2, 4) }
    private var height: Double { top + cell * Double(count) + 2 }

    /// The drawing; nil where there are too many classes to see anything, or where without text it would be that of the
    /// counts again.
    var figure: HTML? {
        guard count <= Self.classLimit, hasText || content == .counts else { return nil }
        let middle = cell * Double(count) / 2
        let caption = content == .counts ? "Images" : "Percent of the actual class"
        let id = "matrix-\(content.rawValue)"
        return """
            <figure><figcaption>\(caption)</figcaption>
            <div class="scroll" tabindex="0"><svg class="matrix\(width <= 520 ? " fits" : "")" viewBox="0 0 \(px(width)) \(px(height))" \
            width="\(px(width))" height="\(px(height))" font-size="\(px(fontSize))" role="img" \
            aria-labelledby="\(id)-title \(id)-text">
            <title id="\(id)-title">Confusion matrix: \(caption)</title>
            <desc id="\(id)-text">\(confusion.correct) of \(confusion.total) images lie on the diagonal. \
            Rows are actual classes, columns predicted ones.</desc>
            <text class="label" text-anchor="middle" x="\(px(left + middle))" y="\(px(fontSize))">predicted</text>
            <text class="label" text-anchor="middle" \
            transform="translate(\(px(fontSize)) \(px(top + middle))) rotate(-90)">actual</text>
            \((0..<count).map(columnLabel))\((0..<count).map(row))</svg></div></figure>

            """
    }

    private func columnLabel(_ column: Int) -> HTML {
        let x = left + cell * (Double(column) + 0.5)
        return """
            <text class="name" transform="translate(\(px(x)) \(px(top - 8))) rotate(-45)">\
            <title>\(classNames[column])</title>\(labels[column])</text>

            """
    }

    private func row(_ row: Int) -> HTML {
        let y = top + cell * Double(row)
        let total = confusion.actualCount(row)
        let cells = (0..<count).map { self.cell(row, $0, y: y, rowTotal: total) }
        return """
            <text class="name" text-anchor="end" x="\(px(left - 7))" y="\(px(y + cell / 2 + fontSize * 0.35))">\
            <title>\(classNames[row])</title>\(labels[row])</text>\(cells)

            """
    }

    private func cell(_ row: Int, _ column: Int, y: Double, rowTotal: Int) -> HTML {
        let images = confusion[actual: row, predicted: column]
        // Of many classes nearly all cells are empty: leaving them out keeps the file small.
        guard images > 0 || hasText else { return "" }
        let part = rowTotal == 0 ? 0 : Double(images) / Double(rowTotal)
        let opacity = images == 0 ? 0.05 : 0.12 + 0.88 * part
        let kind = images == 0 ? "none" : row == column ? "right" : "wrong"
        let side = px(cell - (hasText ? 2 : 1))
        let x = left + cell * Double(column)
        let title: HTML =
            "\(Words.counted(images, "image")) of \(classNames[row]) predicted as \(classNames[column]) (\(Words.percent(part)))"
        var label: HTML = ""
        if hasText {
            let tone = opacity > 0.74 ? " strong" : opacity > 0.62 ? " middle" : ""
            label = """
                <text class="count\(tone)" text-anchor="middle" x="\(px(x + cell / 2 - 1))" \
                y="\(px(y + cell / 2 - 1 + fontSize * 0.35))">\(images == 0 ? "·" : text(images, part))</text>
                """
        }
        return """
            <g><title>\(title)</title><rect class="\(kind)" x="\(px(x))" y="\(px(y))" width="\(side)" height="\(side)" \
            rx="2" fill-opacity="\(Words.decimals(opacity, 2))"/>\(label)</g>
            """
    }

    private func text(_ images: Int, _ part: Double) -> String {
        switch content {
        case .counts: String(images)
        // As everywhere, only a whole is 100.
        case .parts: part < 0.005 ? "<1" : String(part < 1 ? min(Int((100 * part).rounded()), 99) : 100)
        }
    }
}
