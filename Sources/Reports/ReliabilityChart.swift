import Files
import Metrics

/// Accuracy by confidence, as inline SVG: a bar for each bin, beside the diagonal on which it should end.
struct ReliabilityChart {
    let calibration: Calibration
    /// Drawn as circles beside the bars.
    let uncalibrated: Calibration?

    private static let (width, height) = (480.0, 420.0)
    private static let (left, right, top, bottom) = (68.0, 14.0, 34.0, 48.0)

    private func x(_ confidence: Double) -> Double {
        Self.left + confidence * (Self.width - Self.left - Self.right)
    }

    private func y(_ accuracy: Double) -> Double {
        Self.top + (1 - accuracy) * (Self.height - Self.top - Self.bottom)
    }

    var svg: HTML {
        """
        <svg class="chart reliability" viewBox="0 0 480 420" role="img" \
        aria-labelledby="reliability-title reliability-text">
        <title id="reliability-title">Reliability diagram</title>
        <desc id="reliability-text">\(summary)</desc>
        \(legend)\(axes)\(calibration.bins.indices.map(bar))\
        <line class="ideal" x1="\(px(x(0)))" y1="\(px(y(0)))" x2="\(px(x(1)))" y2="\(px(y(1)))"/>
        \(circles)</svg>

        """
    }

    private var summary: String {
        let error = calibration.expectedError.map(Words.percent) ?? "–"
        let before = uncalibrated?.expectedError.map { "; uncalibrated \(Words.percent($0))" } ?? ""
        return "Accuracy by confidence in fifteen bins. Expected calibration error \(error)\(before)."
    }

    private var legend: HTML {
        var items: [(mark: HTML, text: String)] = [
            (
                "<rect class=\"bin\" x=\"0\" y=\"6\" width=\"12\" height=\"12\"/>",
                uncalibrated == nil ? "accuracy" : "calibrated"
            )
        ]
        if uncalibrated != nil {
            items.append(("<circle class=\"before\" cx=\"6\" cy=\"12\" r=\"5\"/>", "uncalibrated"))
        }
        items.append(("<line class=\"ideal\" x1=\"-6\" x2=\"14\" y1=\"12\" y2=\"12\"/>", "as it should be"))
        let pieces = items.enumerated().map { index, item -> HTML in
            """
            <g transform="translate(\(px(Self.left + 10 + 135 * Double(index))) 0)">\(item.mark)\
            <text class="label" x="20" y="17">\(item.text)</text></g>
            """
        }
        return "\(pieces)\n"
    }

    private var axes: HTML {
        let lines = [0, 0.2, 0.4, 0.6, 0.8, 1].map { value -> HTML in
            let text = "\(Int(100 * value)) %"
            return """
                <line class="grid" x1="\(px(x(0)))" x2="\(px(x(1)))" y1="\(px(y(value)))" y2="\(px(y(value)))"/>\
                <text class="label" text-anchor="end" x="\(px(Self.left - 7))" y="\(px(y(value) + 5))">\(text)</text>\
                <text class="label" text-anchor="\(value == 1 ? "end" : "middle")" \
                x="\(px(value == 1 ? Self.width : x(value)))" y="\(px(Self.height - Self.bottom + 18))">\(text)</text>

                """
        }
        return """
            \(lines)<text class="label" text-anchor="middle" x="\(px(x(0.5)))" y="\(px(Self.height - 6))">\
            confidence</text>
            <text class="label" text-anchor="middle" transform="translate(13 \(px(y(0.5)))) rotate(-90)">accuracy</text>

            """
    }

    private func bar(_ index: Int) -> HTML {
        let bin = calibration.bins[index]
        guard let accuracy = bin.accuracy, let confidence = bin.confidence else { return "" }
        let count = Double(calibration.bins.count)
        let (from, to) = (x(Double(index) / count), x(Double(index + 1) / count))
        // Bins of few images say little: the fewer, the fainter.
        let part = Double(bin.imageCount) / Double(max(calibration.imageCount, 1))
        let title = """
            \(Words.bin(index, of: calibration.bins.count)): \(Words.counted(bin.imageCount, "image")), mean confidence \
            \(Words.percent(confidence)), \(Words.percent(accuracy)) right
            """
        return """
            <g><title>\(title)</title><rect class="bin" x="\(px(from + 1))" y="\(px(y(accuracy)))" \
            width="\(px(to - from - 2))" height="\(px(y(0) - y(accuracy)))" \
            fill-opacity="\(Words.decimals(min(0.35 + 3 * part, 1), 2))"/></g>

            """
    }

    private var circles: HTML {
        let pieces = (uncalibrated?.bins ?? []).compactMap { bin -> HTML? in
            guard let accuracy = bin.accuracy, let confidence = bin.confidence else { return nil }
            let title = """
                uncalibrated: \(Words.counted(bin.imageCount, "image")), mean confidence \
                \(Words.percent(confidence)), \(Words.percent(accuracy)) right
                """
            return """
                <circle class="before" cx="\(px(x(confidence)))" cy="\(px(y(accuracy)))" r="5"><title>\(title)</title></circle>

                """
        }
        return "\(pieces)"
    }
}
