import Files
import Metrics

extension ClassificationPage {
    var metricMembers: [(String, JSON)] {
        var members: [(String, JSON)] = []
        for metric in Metric.allCases where metric != .topFiveAccuracy || result.metrics.values[metric] != nil {
            members.append((metric.rawValue, JSON(result.metrics.values[metric])))
        }
        return members + [
            ("ece", JSON(result.tally.calibration.expectedError)),
            ("confidence_intervals", result.metrics.intervalsJSON),
        ]
    }

    var detailMembers: [(String, JSON)] {
        [("per_class", .array(classNames.indices.map(classJSON)))] + confusionJSON + [
            ("most_confused", .array(result.tally.confusion.mistakes.prefix(20).map(json))),
            ("calibration", calibrationJSON),
        ]
    }

    /// As a square; of very many classes, whose square is nearly empty, as a list of what is not 0.
    private var confusionJSON: [(String, JSON)] {
        let confusion = result.tally.confusion
        guard confusion.classCount > ClassLimit.square else {
            return [
                ("confusion_matrix", .array(confusion.rows.map { .array($0.map(JSON.integer)) })),
                ("confusion_matrix_normalized", .array(confusion.parts.map { .array($0.map(JSON.number)) })),
            ]
        }
        let cells = confusion.cells.map { cell -> JSON in
            [.integer(cell.actual), .integer(cell.predicted), .integer(cell.images)]
        }
        return [
            ("confusion_matrix", .null), ("confusion_matrix_normalized", .null), ("confusion_cells", .array(cells)),
        ]
    }

    private func classJSON(_ index: Int) -> JSON {
        let scores = scores.perClass[index]
        return [
            "class": .string(classNames[index]), "precision": .number(scores.precision),
            "recall": .number(scores.recall), "f1": .number(scores.f1), "support": .integer(scores.support),
            "roc_auc": JSON(result.metrics.rocAUC[index]),
            "average_precision": JSON(result.metrics.averagePrecision[index]),
        ]
    }

    private func json(_ mistake: ConfusionMatrix.Mistake) -> JSON {
        [
            "actual": .string(classNames[mistake.actual]), "predicted": .string(classNames[mistake.predicted]),
            "images": .integer(mistake.images), "part_of_class": .number(mistake.partOfClass),
        ]
    }

    private var calibrationJSON: JSON {
        let calibration = result.tally.calibration
        var members = calibration.members
        members.insert(.init(key: "temperature", value: JSON(result.temperature)), at: 0)
        members.append(
            .init(key: "uncalibrated", value: result.tally.uncalibrated.map { .object($0.members) } ?? .null))
        let fit: JSON =
            report.temperatureFit.map {
                [
                    "temperature": .number($0.value), "images": .integer($0.imageCount),
                    "log_loss_before": .number($0.lossBefore), "log_loss_after": .number($0.lossAfter),
                ]
            } ?? .null
        members.append(.init(key: "fit", value: fit))
        let width = 1 / Double(calibration.bins.count)
        let bins = calibration.bins.enumerated().map { index, bin -> JSON in
            [
                "above": .number(Double(index) * width), "up_to": .number(Double(index + 1) * width),
                "images": .integer(bin.imageCount), "confidence": JSON(bin.confidence), "accuracy": JSON(bin.accuracy),
            ]
        }
        members.append(.init(key: "bins", value: .array(bins)))
        return .object(members)
    }
}

extension MetricSummary where Figure: RawRepresentable<String> & CaseIterable {
    /// `confidence_intervals` of `report.json`.
    var intervalsJSON: JSON {
        let intervals = Figure.allCases.compactMap { metric in
            self.intervals[metric].map {
                JSON.Member(
                    key: metric.rawValue, value: [.number($0.lowerBound), .number($0.upperBound)])
            }
        }
        return [
            "level": .number(bootstrap.level), "method": "percentile bootstrap over images, not stratified",
            "replicates": .integer(bootstrap.replicates), "seed": .integer(Int(bootstrap.seed)),
            "metrics": .object(intervals),
        ]
    }
}

extension Calibration {
    fileprivate var members: [JSON.Member] {
        [
            .init(key: "ece", value: JSON(expectedError)), .init(key: "log_loss", value: JSON(logLoss)),
            .init(key: "brier_score", value: JSON(brierScore)),
        ]
    }
}
