import Files
import Metrics
import Tasks

extension ClassificationPage {
    /// What could be had without training, beside what training came to, and the labels that it doubts.
    var baselines: PageSection? {
        guard let probe = report.probe else { return nil }
        let wasTrained = !report.epochs.isEmpty
        let rows =
            probe.scores.map { name, score -> HTML in
                """
                <tr><th scope="row">\(name)</th><td class="number">\(Words.percent(score.value))</td>\
                <td class="number">\(Metric.accuracy.words(score.interval))</td></tr>

                """
            }
        let judges: HTML =
            probe.hasTestImages
            ? "judged by the same \(Words.counted(probe.majority.total, "image"))"
            : "each judged by a classifier that has not seen it"
        return PageSection(
            "baselines", wasTrained ? "Did training pay?" : "What are its features worth?",
            """
            <p class="soft">Simple classifiers on what the network yields before \
            \(wasTrained ? "any training of it" : "its last layers"), learned from \
            \(Words.counted(probe.imageCount, "\(wasTrained ? "training" : result.role) image")), \(judges).</p>
            <div class="scroll" tabindex="0"><table>
            <thead><tr><th scope="col" class="text">Classifier</th><th scope="col">Accuracy</th>\
            <th scope="col">95 % interval</th></tr></thead>
            <tbody>
            \(rows)</tbody>
            <tfoot><tr><th scope="row">This model</th><td class="number">\(Words.percent(scores.accuracy))</td>\
            <td class="number">\(result.metrics.intervals[.accuracy].map(Metric.accuracy.words) ?? "")</td></tr></tfoot>
            </table></div>
            \(wasTrained ? verdict(probe) : "")\
            \(doubtfulLabels(probe))
            """)
    }

    private func verdict(_ probe: Probe) -> HTML {
        let best = probe.scores.map(\.score.value).max() ?? 0
        let points = Words.decimals(100 * abs(scores.accuracy - best), 1)
        return scores.accuracy > best
            ? "<p>Training gained \(points) points over the best of them.</p>\n"
            : "<p>The best of them is \(points) points better: training has not paid so far.</p>\n"
    }

    private func doubtfulLabels(_ probe: Probe) -> HTML {
        let doubtful = probe.doubtfulLabels
        guard !doubtful.isEmpty else { return "" }
        let rows = doubtful.prefix(10).map { image -> HTML in
            """
            <tr><th scope="row">\(image.file)</th><td class="text">\(classNames[image.label])</td>\
            <td class="text">\(classNames[image.suggested])</td>\
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
    /// Each classifier's name and how often it was right, the best last as a rule.
    package var scores: [(name: String, score: Proportion)] {
        [
            ("always the most frequent class", majority),
            (neighbourCount == 1 ? "the nearest neighbour" : "\(neighbourCount) nearest neighbours", neighbours),
            ("logistic regression", regression),
        ]
    }

    /// With class names for classes.
    package func json(classNames: [String]) -> JSON {
        [
            "judged_by": .string(hasTestImages ? "test images" : "cross-validation"),
            "images": .integer(imageCount), "features": .integer(featureCount),
            "most_frequent_class": majority.json,
            "nearest_neighbours": neighbours.json(and: ("neighbours", .integer(neighbourCount))),
            "logistic_regression": regression.json(and: ("strength", .number(strength))),
            "doubtful_labels": .array(
                doubtfulLabels.map {
                    [
                        "file": .string($0.file), "label": .string(classNames[$0.label]),
                        "label_probability": .number($0.labelProbability),
                        "suggested": .string(classNames[$0.suggested]),
                        "suggested_probability": .number($0.suggestedProbability),
                    ]
                }),
        ]
    }
}

extension Proportion {
    fileprivate var json: JSON { .object(members) }

    fileprivate func json(and member: (String, JSON)) -> JSON {
        .object([.init(key: member.0, value: member.1)] + members)
    }

    private var members: [JSON.Member] {
        [
            .init(key: "accuracy", value: .number(value)), .init(key: "correct", value: .integer(count)),
            .init(key: "images", value: .integer(total)),
            .init(key: "interval", value: [.number(interval.lowerBound), .number(interval.upperBound)]),
        ]
    }
}
