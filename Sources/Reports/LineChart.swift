import Files

/// A curve over the epochs of a run, as inline SVG.
struct LineChart {
    /// What is drawn: `Loss`.
    var title: String
    /// The curves; a gap where a value is missing.
    var series: [Series]
    /// The epoch of every point.
    var epochs: [Int]
    /// The recipe's stage of every point.
    var stages: [String]
    /// The epoch to mark.
    var markedEpoch: Int?
    /// The largest value of the vertical axis, where it is known beforehand.
    var ceiling: Double?
    /// Whether the vertical axis begins at zero.
    var beginsAtZero: Bool
    /// How a value is written.
    var format: @Sendable (Double) -> String

    struct Series {
        /// `training` or `validation`.
        var name: String
        /// Also the class of the style sheet.
        var style: String
        var values: [Double?]
    }

    private static let (width, height) = (480.0, 300.0)
    private static let (left, right, top, bottom) = (58.0, 14.0, 58.0, 44.0)

    /// The drawing, or nil where no value is finite.
    func svg(id: String) -> HTML? {
        let values = series.flatMap(\.values).compactMap { $0 }.filter(\.isFinite)
        guard let smallest = values.min(), let largest = values.max(), let first = epochs.first, let last = epochs.last
        else { return nil }
        let ticks = Ticks(from: beginsAtZero ? min(0, smallest) : smallest, to: max(ceiling ?? largest, largest))
        let frame = Frame(epochs: first...last, values: ticks.first...ticks.last)
        return """
            <svg class="chart" viewBox="0 0 480 300" role="img" aria-labelledby="\(id)-title \(id)-text">
            <title id="\(id)-title">\(title)</title>
            <desc id="\(id)-text">\(summary)</desc>
            <text class="heading" x="0" y="16">\(title)</text>
            \(legend)\(verticalAxis(ticks, frame))\(horizontalAxis(frame))\(boundaries(frame))\(mark(frame))\
            \(series.map { curve($0, frame) })</svg>

            """
    }

    /// The chart in words.
    private var summary: String {
        let ends = series.compactMap { series -> String? in
            let values = series.values.compactMap { $0 }
            guard let first = values.first, let last = values.last else { return nil }
            return "\(series.name) from \(format(first)) to \(format(last))"
        }
        return "\(title) over \(Words.counted(epochs.count, "epoch")): \(ends.joined(separator: ", "))."
    }

    /// Where epochs and values lie on the drawing.
    private struct Frame {
        let epochs: ClosedRange<Int>
        let values: ClosedRange<Double>

        func x(_ epoch: Double) -> Double {
            let inner = width - left - right
            guard epochs.count > 1 else { return left + inner / 2 + (epoch - Double(epochs.lowerBound)) * inner }
            // Half an epoch of air on both sides keeps points off the frame and boundaries inside it.
            return left + inner * (epoch - Double(epochs.lowerBound) + 0.5) / Double(epochs.count)
        }

        func y(_ value: Double) -> Double {
            let inner = height - top - bottom
            return top + inner * (values.upperBound - value) / (values.upperBound - values.lowerBound)
        }
    }

    private var legend: HTML {
        var x = Self.width - Self.right
        var pieces: [HTML] = []
        for series in series.reversed() where series.values.contains(where: { $0 != nil }) {
            let textWidth = Double(series.name.count) * 7.6
            pieces.append("<text class=\"label\" x=\"\(px(x - textWidth))\" y=\"16\">\(series.name)</text>")
            pieces.append(
                """
                <line class="\(series.style)" x1="\(px(x - textWidth - 30))" x2="\(px(x - textWidth - 6))" y1="12" \
                y2="12"/>
                """)
            x -= textWidth + 46
        }
        return "\(pieces)"
    }

    private func verticalAxis(_ ticks: Ticks, _ frame: Frame) -> HTML {
        let lines = ticks.values.map { value -> HTML in
            let y = frame.y(value)
            return """
                <line class="grid" x1="\(px(Self.left))" x2="\(px(Self.width - Self.right))" y1="\(px(y))" y2="\(px(y))"/>\
                <text class="label" text-anchor="end" x="\(px(Self.left - 7))" y="\(px(y + 5))">\(format(value))</text>
                """
        }
        return "\(lines)"
    }

    private func horizontalAxis(_ frame: Frame) -> HTML {
        let count = frame.epochs.count
        let step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].first { count / $0 < 10 } ?? count
        let labels = frame.epochs.filter { $0 % step == 0 || count == 1 }.map { epoch -> HTML in
            """
            <text class="label" text-anchor="middle" x="\(px(frame.x(Double(epoch))))" \
            y="\(px(Self.height - Self.bottom + 18))">\(epoch)</text>
            """
        }
        return """
            \(labels)<text class="label" text-anchor="middle" x="\(px((Self.left + Self.width - Self.right) / 2))" \
            y="\(px(Self.height - 6))">epoch</text>
            """
    }

    /// The names of the recipe's stages, and lines between them.
    private func boundaries(_ frame: Frame) -> HTML {
        var pieces: [HTML] = []
        var start = 0
        for index in 1...stages.count where index == stages.count || stages[index] != stages[start] {
            let from = start == 0 ? Self.left : frame.x(Double(epochs[start]) - 0.5)
            let to = index == stages.count ? Self.width - Self.right : frame.x(Double(epochs[index]) - 0.5)
            if start > 0 {
                pieces.append(
                    """
                    <line class="boundary" x1="\(px(from))" x2="\(px(from))" y1="\(px(Self.top - 18))" \
                    y2="\(px(Self.height - Self.bottom))"/>
                    """)
            }
            let room = Int((to - from - 8) / 7.6)
            if room >= 3 {
                pieces.append(
                    """
                    <text class="label" x="\(px(from + 4))" y="\(px(Self.top - 9))"><title>\(stages[start])</title>\
                    \(stages[start].shortened(to: room))</text>
                    """)
            }
            start = index
        }
        return "\(pieces)"
    }

    private func mark(_ frame: Frame) -> HTML {
        guard let markedEpoch, let position = epochs.firstIndex(of: markedEpoch),
            let value = series.last(where: { $0.values.contains { $0 != nil } })?.values[position], value.isFinite
        else { return "" }
        return """
            <circle class="mark" cx="\(px(frame.x(Double(markedEpoch))))" cy="\(px(frame.y(value)))" r="8">\
            <title>The weights of epoch \(markedEpoch) were kept: \(format(value))</title></circle>
            """
    }

    private func curve(_ series: Series, _ frame: Frame) -> HTML {
        let points = zip(epochs, series.values).compactMap { epoch, value -> (x: String, y: String, text: String)? in
            guard let value, value.isFinite else { return nil }
            return (px(frame.x(Double(epoch))), px(frame.y(value)), "epoch \(epoch), \(series.name): \(format(value))")
        }
        let path = points.map { "\($0.x),\($0.y)" }.joined(separator: " ")
        let dots = points.count > 60 ? [] : points
        return """
            <polyline class="\(series.style)" points="\(path)"/>\
            \(dots.map { "<circle class=\"\(series.style)\" cx=\"\($0.x)\" cy=\"\($0.y)\" r=\"3\"><title>\($0.text)</title></circle>" as HTML })

            """
    }
}

/// Round numbers along an axis.
struct Ticks {
    let values: [Double]
    var first: Double { values[0] }
    var last: Double { values[values.count - 1] }

    /// Four to eight round numbers that enclose a range; a range without extent is widened.
    init(from low: Double, to high: Double) {
        let extent = high > low ? high - low : max(abs(high), 1e-3)
        let rough = extent / 5
        var power = 1.0
        while power > rough { power /= 10 }
        while power * 10 <= rough { power *= 10 }
        let step = [1, 2, 2.5, 5, 10].map { $0 * power }.first { $0 >= rough } ?? 10 * power
        let begin = (low / step).rounded(.down)
        var end = (high / step - 1e-9).rounded(.up)
        if end <= begin { end = begin + 1 }
        values = stride(from: begin, through: end, by: 1).map { $0 * step }
    }
}

/// A coordinate of a drawing, to a tenth.
func px(_ value: Double) -> String {
    let text = Words.decimals(value, 1)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

extension String {
    /// The string, or its beginning and an ellipsis where it is longer than `count` characters.
    func shortened(to count: Int) -> String { self.count <= count ? self : prefix(Swift.max(count - 1, 0)) + "…" }
}
