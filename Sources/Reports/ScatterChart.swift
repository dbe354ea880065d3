import Files

/// What is said of images over what is true, as inline SVG.
struct ScatterChart {
    struct Point {
        let actual, predicted: Double
        /// Shown where somebody points at it.
        let title: String
    }

    /// What the numbers are called.
    let name: String
    let points: [Point]

    /// More points are a blot.
    static let pointLimit = 1000

    private static let (width, height) = (480.0, 440.0)
    private static let (left, right, top, bottom) = (78.0, 14.0, 14.0, 48.0)

    var svg: HTML {
        let numbers = points.flatMap { [$0.actual, $0.predicted] }
        let ticks = Ticks(from: numbers.min() ?? 0, to: numbers.max() ?? 1)
        func part(_ value: Double) -> Double { (value - ticks.first) / (ticks.last - ticks.first) }
        func x(_ value: Double) -> String { px(Self.left + part(value) * (Self.width - Self.left - Self.right)) }
        func y(_ value: Double) -> String { px(Self.top + (1 - part(value)) * (Self.height - Self.top - Self.bottom)) }
        let middle = (ticks.first + ticks.last) / 2
        let axes = ticks.values.map { value -> HTML in
            """
            <line class="grid" x1="\(x(ticks.first))" x2="\(x(ticks.last))" y1="\(y(value))" y2="\(y(value))"/>\
            <text class="label" text-anchor="end" dy="5" x="\(px(Self.left - 7))" y="\(y(value))">\(Words.short(value))</text>\
            <text class="label" text-anchor="\(value == ticks.last ? "end" : "middle")" x="\(x(value))" \
            y="\(px(Self.height - Self.bottom + 18))">\(Words.short(value))</text>

            """
        }
        let dots = points.map { point -> HTML in
            """
            <circle class="validation" cx="\(x(point.actual))" cy="\(y(point.predicted))" r="3"><title>\(point.title): \
            \(Words.short(point.predicted)), is \(Words.short(point.actual))</title></circle>

            """
        }
        return """
            <svg class="chart reliability" viewBox="0 0 480 440" role="img" aria-labelledby="scatter-title scatter-text">
            <title id="scatter-title">\(name): what is said over what is true</title>
            <desc id="scatter-text">\(Words.counted(points.count, "image")), from \(Words.short(numbers.min() ?? 0)) to \
            \(Words.short(numbers.max() ?? 0)).</desc>
            \(axes)<text class="label" text-anchor="middle" x="\(x(middle))" y="\(px(Self.height - 6))">is</text>
            <text class="label" text-anchor="middle" transform="translate(13 \(y(middle))) rotate(-90)">said</text>
            <line class="ideal" x1="\(x(ticks.first))" y1="\(y(ticks.first))" x2="\(x(ticks.last))" y2="\(y(ticks.last))"/>
            \(dots)</svg>

            """
    }
}
