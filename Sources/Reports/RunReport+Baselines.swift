import Files
import Tasks

extension RunReport {
    /// What could be had without training, beside what training came to, and the labels that it doubts.
    func baselines(_ page: some TaskPage) -> PageSection? {
        guard let probe else { return nil }
        let wasTrained = !epochs.isEmpty
        let figure = probe.figure
        let rows = probe.scores.map { html($0.name, $0.value, $0.interval, figure) }
        let own = page.score
        let judges: HTML =
            probe.hasTestImages
            ? "judged by the same \(Words.counted(probe.judgedCount, "image"))"
            : "each judged by a \(probe.modelKind) that has not seen it"
        return PageSection(
            "baselines", wasTrained ? "Did training pay?" : "What are its features worth?",
            """
            <p class="soft">Simple \(probe.modelKind)s on what the network yields before \
            \(wasTrained ? "any training of it" : "its last layers"), learned from \
            \(Words.counted(probe.imageCount, "\(wasTrained ? "training" : result.role) image")), \(judges).</p>
            <div class="scroll" tabindex="0"><table>
            <thead><tr><th scope="col" class="text">\(probe.modelKind.capitalizedFirst)</th>\
            <th scope="col">\(figure.title.capitalizedFirst)</th>\
            <th scope="col">95 % interval</th></tr></thead>
            <tbody>
            \(rows)</tbody>
            <tfoot>\(html("This model", own.value, own.interval, figure))</tfoot>
            </table></div>
            \(wasTrained ? verdict(probe, own.value) : "")\
            \(doubtfulLabels(probe))
            """)
    }

    private func html(
        _ name: String, _ value: Double?, _ interval: ClosedRange<Double>?, _ figure: EpochFigure
    ) -> HTML {
        """
        <tr><th scope="row">\(name)</th><td class="number">\(value.map(figure.words) ?? "–")</td>\
        <td class="number">\(interval.map(figure.words) ?? "")</td></tr>

        """
    }

    private func verdict(_ probe: some Probe, _ value: Double?) -> HTML {
        guard let value else { return "" }
        let best = probe.scores.map(\.value).max() ?? 0
        let difference = abs(value - best)
        let gain =
            probe.figure.isFraction ? "\(Words.decimals(100 * difference, 1)) points" : Words.short(difference)
        return value > best
            ? "<p>Training gained \(gain) over the best of them.</p>\n"
            : "<p>The best of them is \(gain) better: training has not paid so far.</p>\n"
    }

    private func doubtfulLabels(_ probe: some Probe) -> HTML {
        let doubtful = probe.doubtfulLabels
        guard !doubtful.isEmpty else { return "" }
        let rows = doubtful.prefix(10).map { image -> HTML in
            """
            <tr><th scope="row">\(image.file)</th><td class="text">\(image.labelWords(classNames))</td>\
            <td class="text">\(image.suggestionWords(classNames))</td>\
            <td class="number">\(Words.percent(image.suggestedProbability))</td></tr>

            """
        }
        let more = doubtful.count - rows.count
        let note: HTML = more > 0 ? "<p>\(Words.grouped(more)) more are listed in report.json.</p>\n" : ""
        return """
            <h3>Labels worth a look</h3>
            <p class="soft">Images that look like another class to a classifier that learned from the others.</p>
            <div class="scroll" tabindex="0"><table>
            <thead><tr><th scope="col" class="text">File</th><th scope="col" class="text">Label</th>\
            <th scope="col" class="text">Looks like</th><th scope="col">Probability</th></tr></thead>
            <tbody>
            \(rows)</tbody>
            </table></div>
            \(note)
            """
    }
}

extension Probe {
    /// With class names for classes.
    package func json(classNames: [String]) -> JSON {
        var members: [JSON.Member] = [
            .init(key: "judged_by", value: .string(hasTestImages ? "test images" : "cross-validation")),
            .init(key: "images", value: .integer(imageCount)), .init(key: "features", value: .integer(featureCount)),
        ]
        members += scores.map { .init(key: $0.key, value: $0.json) }
        let doubtful = doubtfulLabels.map { image -> JSON in
            [
                "file": .string(image.file), "label": JSON(image.label.map { classNames[$0] }),
                "label_probability": .number(image.labelProbability),
                "suggested": JSON(image.suggested.map { classNames[$0] }),
                "suggested_probability": .number(image.suggestedProbability),
            ]
        }
        return .object(members + [.init(key: "doubtful_labels", value: .array(doubtful))])
    }
}

extension EpochFigure {
    /// `93.1 %`, or `0.931` of what is no part of anything.
    func words(_ value: Double) -> String { isFraction ? Words.percent(value) : Words.short(value) }

    /// `91.2 to 95.0 %`.
    func words(_ interval: ClosedRange<Double>) -> String {
        rangeWords(words(interval.lowerBound), words(interval.upperBound))
    }
}
