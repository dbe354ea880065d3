import Files
import Metrics

extension ClassificationPage {
    /// Whether the probabilities can be believed, and what the temperature does to them.
    var calibration: PageSection? {
        let calibration = result.tally.calibration
        guard calibration.imageCount > 0 else { return nil }
        let chart = ReliabilityChart(calibration: calibration, uncalibrated: result.tally.uncalibrated)
        return PageSection(
            "calibration", "Can the probabilities be believed?",
            """
            <p>\(temperatureWords)</p>
            <p class="soft">Of images that the model is 80 % sure of, 80 % should be right. The expected calibration error \
            is the mean distance from that, over images in fifteen bins by the probability of the class named; of few images \
            it is large by chance.</p>
            \(effect)<figure>
            \(chart.svg)</figure>
            <details><summary>All bins</summary>
            \(binTable(calibration))</details>

            """)
    }

    /// What was done about the temperature.
    private var temperatureWords: HTML {
        var text: HTML
        switch (result.temperature, report.model.temperature) {
        case (let used?, _):
            text = """
                Logits were divided by the model’s temperature, \(Words.decimals(used, 3)), before they became \
                probabilities; that changes no prediction.
                """
        case (nil, let own?):
            text =
                "The model’s temperature, \(Words.decimals(own, 3)), was not used: the probabilities are as they come."
        case (nil, nil):
            text = "The model has no temperature: the probabilities are as they come."
        }
        if let fit = report.temperatureFit {
            text += """
                 It was fitted on \(Words.counted(fit.imageCount, "validation image")), whose log loss it brings from \
                \(Words.decimals(fit.lossBefore, 4)) to \(Words.decimals(fit.lossAfter, 4)).
                """
            if result.role == "validation" {
                text += " The images judged here are the same, so that the result looks better than on new ones."
            }
        }
        return text
    }

    /// The figures that depend on the temperature, without and with it.
    private var effect: HTML {
        let after = result.tally.calibration
        let before = result.tally.uncalibrated
        func row(_ name: String, _ value: (Calibration) -> Double?, _ words: (Double) -> String) -> HTML {
            func cell(_ calibration: Calibration) -> HTML {
                "<td class=\"number\">\(value(calibration).map(words) ?? "–")</td>"
            }
            return "<tr><th scope=\"row\">\(name)</th>\(before.map(cell) ?? "")\(cell(after))</tr>\n"
        }
        let columns: HTML =
            before == nil
            ? "<th scope=\"col\">Value</th>"
            : "<th scope=\"col\">Uncalibrated</th><th scope=\"col\">Calibrated</th>"
        return """
            <div class="scroll" tabindex="0"><table>
            <thead><tr><th scope="col" class="text">Figure</th>\(columns)</tr></thead>
            <tbody>
            \(row("Expected calibration error", \.expectedError, Words.percent))\
            \(row("Log loss", \.logLoss) { Words.decimals($0, 4) })\
            \(row("Brier score", \.brierScore) { Words.decimals($0, 4) })</tbody>
            </table></div>

            """
    }

    private func binTable(_ calibration: Calibration) -> HTML {
        let count = calibration.bins.count
        let rows = calibration.bins.enumerated().map { index, bin -> HTML in
            func cell(_ value: Double?) -> HTML { "<td class=\"number\">\(value.map(Words.percent) ?? "–")</td>" }
            return """
                <tr><th scope="row" class="number">\(Words.bin(index, of: count))</th>\(cell(bin.confidence))\
                \(cell(bin.accuracy))<td class="number">\(Words.grouped(bin.imageCount))</td></tr>

                """
        }
        return """
            <div class="scroll" tabindex="0"><table>
            <thead><tr><th scope="col" class="text">Confidence</th><th scope="col">Mean confidence</th>\
            <th scope="col">Accuracy</th><th scope="col">Images</th></tr></thead>
            <tbody>
            \(rows)</tbody>
            </table></div>

            """
    }
}

extension Words {
    /// `60.0 to 66.7 %`.
    static func bin(_ index: Int, of count: Int) -> String {
        let edges = [index, index + 1].map { decimals(100 * Double($0) / Double(count), 1) }
        return "\(edges[0]) to \(edges[1])\u{A0}%"
    }
}
