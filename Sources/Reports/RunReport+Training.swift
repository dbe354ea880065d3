import Files
import Tasks
import Training

extension RunReport {
    /// The learning curves and the epochs behind them; empty where nothing was trained.
    var training: PageSection? {
        guard !epochs.isEmpty else { return nil }
        let charts = [
            chart("Loss", \.trainLoss, \.valLoss, ceiling: nil, beginsAtZero: true) { Words.short($0) }.svg(id: "loss"),
            figureChart?.svg(id: "figure"),
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

    /// Of the figure that the best epoch is chosen by, unless told otherwise.
    private var figureChart: LineChart? {
        guard let figure = task.definition.figures.first else { return nil }
        let isTrained = task.definition.rightness == figure
        return chart(
            figure.title.capitalizedFirst, { isTrained ? $0.figures["train_\(figure.name)"] : nil },
            { $0.figures["val_\(figure.name)"] }, ceiling: figure.isFraction ? 1 : nil,
            beginsAtZero: !figure.isFraction,
            format: { figure.isFraction ? "\(Words.short(100 * $0)) %" : Words.short($0) })
    }

    private func chart(
        _ title: String, _ train: (EpochRecord) -> Double?, _ validation: (EpochRecord) -> Double?, ceiling: Double?,
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
        func words(_ figure: EpochFigure, _ value: Double?) -> String { value.map(figure.words) ?? "–" }
        let training = [task.definition.rightness].compactMap(\.self)
        let validation = task.definition.figures
        func heading(_ text: String) -> HTML { "<th scope=\"col\">\(text)</th>" }
        let rows = epochs.map { epoch -> HTML in
            """
            <tr><th scope="row">\(epoch.epoch)\(epoch.epoch == bestEpoch ? " ★" : "")</th>\
            <td class="text">\(epoch.stage)</td>\(cell(Words.decimals(epoch.trainLoss, 4)))\
            \(training.map { cell(words($0, epoch.figures["train_\($0.name)"])) })\
            \(cell(epoch.valLoss.map { Words.decimals($0, 4) } ?? "–"))\
            \(validation.map { cell(words($0, epoch.figures["val_\($0.name)"])) })\
            \(cell(Words.short(epoch.learningRate)))\(cell(Words.duration(epoch.seconds, 1)))</tr>

            """
        }
        return """
            <div class="scroll" tabindex="0"><table class="epochs">
            <thead><tr><th scope="col" class="text">Epoch</th><th scope="col" class="text">Stage</th>\
            <th scope="col">Training loss</th>\(training.map { heading("Training \($0.title)") })\
            <th scope="col">Validation loss</th>\(validation.map { heading("Validation \($0.title)") })\
            <th scope="col">Learning rate</th>\
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

extension String {
    /// With a capital letter in front.
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
