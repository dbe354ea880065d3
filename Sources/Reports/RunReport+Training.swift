import Files
import Training

extension RunReport {
    /// The learning curves and the epochs behind them; empty where nothing was trained.
    var training: PageSection? {
        guard !epochs.isEmpty else { return nil }
        let charts = [
            chart("Loss", \.trainLoss, \.valLoss, ceiling: nil, beginsAtZero: true) { Words.short($0) }.svg(id: "loss"),
            chart("Accuracy", \.trainAccuracy, \.valAccuracy, ceiling: 1, beginsAtZero: false) {
                "\(Words.short(100 * $0)) %"
            }.svg(id: "accuracy"),
        ]
        return PageSection(
            "training", "How it learnt",
            """
            <p class="soft">\(curveCaption)</p>
            <div class="charts">
            \(charts.compactMap { $0 }.map { "<figure>\($0)</figure>\n" as HTML })</div>
            <details><summary>All epochs</summary>
            \(epochTable)</details>

            """)
    }

    private func chart(
        _ title: String, _ train: (EpochRecord) -> Double, _ validation: (EpochRecord) -> Double?, ceiling: Double?,
        beginsAtZero: Bool, format: @escaping @Sendable (Double) -> String
    ) -> LineChart {
        LineChart(
            title: title,
            series: [
                .init(name: "training", style: "training", values: epochs.map(train)),
                .init(name: "validation", style: "validation", values: epochs.map(validation)),
            ],
            epochs: epochs.map(\.epoch), stages: epochs.map(\.stage), markedEpoch: bestEpoch, ceiling: ceiling,
            beginsAtZero: beginsAtZero, format: format)
    }

    private var curveCaption: HTML {
        var text: HTML = "\(Words.counted(epochs.count, "epoch"))."
        if let bestEpoch {
            text += " The weights of epoch \(bestEpoch) were kept"
            if let monitor { text += ", the best by \(monitor)" }
            text += "."
        }
        text += """
             Training figures are taken while the weights move, and on augmented images where the recipe augments, so \
            validation may look better.
            """
        return text
    }

    private var epochTable: HTML {
        func cell(_ text: String) -> HTML { "<td class=\"number\">\(text)</td>" }
        func percent(_ value: Double?) -> String { value.map(Words.percent) ?? "–" }
        let rows = epochs.map { epoch -> HTML in
            """
            <tr><th scope="row">\(epoch.epoch)\(epoch.epoch == bestEpoch ? " ★" : "")</th>\
            <td class="text">\(epoch.stage)</td>\(cell(Words.decimals(epoch.trainLoss, 4)))\
            \(cell(percent(epoch.trainAccuracy)))\(cell(epoch.valLoss.map { Words.decimals($0, 4) } ?? "–"))\
            \(cell(percent(epoch.valAccuracy)))\(cell(percent(epoch.valMacroF1)))\
            \(cell(Words.short(epoch.learningRate)))\(cell(Words.duration(epoch.seconds, 1)))</tr>

            """
        }
        return """
            <div class="scroll" tabindex="0"><table class="epochs">
            <thead><tr><th scope="col" class="text">Epoch</th><th scope="col" class="text">Stage</th>\
            <th scope="col">Training loss</th><th scope="col">Training accuracy</th>\
            <th scope="col">Validation loss</th><th scope="col">Validation accuracy</th>\
            <th scope="col">Validation macro F1</th><th scope="col">Learning rate</th>\
            <th scope="col">Time</th></tr></thead>
            <tbody>
            \(rows)</tbody>
            </table></div>

            """
    }

    /// Whether what was frozen stayed as it was.
    var freezeProof: PageSection? {
        guard !freezeProofs.isEmpty else { return nil }
        let rows = freezeProofs.map { proof -> HTML in
            """
            <tr><th scope="row">\(proof.stage)</th><td class="text number \(proof.holds ? "good" : "bad")">\
            \(proof.holds ? "✓ unchanged" : "✗ changed")</td><td class="number">\(Words.grouped(proof.tensors))</td>\
            <td class="number"><code>\(proof.hashBefore.shortened(to: 13))</code></td>\
            <td class="number"><code>\(proof.hashAfter.shortened(to: 13))</code></td></tr>

            """
        }
        return PageSection(
            "freeze-proof", "What was frozen stayed frozen",
            """
            <p class="soft">A hash of every frozen tensor, running statistics included, before and after each stage.</p>
            <div class="scroll" tabindex="0"><table>
            <thead><tr><th scope="col" class="text">Stage</th><th scope="col" class="text">Result</th>\
            <th scope="col">Frozen tensors</th><th scope="col">Before</th><th scope="col">After</th></tr></thead>
            <tbody>
            \(rows)</tbody>
            </table></div>

            """)
    }
}
