import Datasets
import Files
import Metrics
import Tasks
import Training

extension RunReport {
    /// `report.json`.
    package var json: JSON {
        var members: [(String, JSON)] = [("name", .string(name))]
        for metric in Metric.allCases where metric != .topFiveAccuracy || result.metrics.values[metric] != nil {
            members.append((metric.rawValue, JSON(result.metrics.values[metric])))
        }
        members += [
            ("ece", JSON(result.tally.calibration.expectedError)),
            ("confidence_intervals", result.metrics.intervalsJSON),
            ("warnings", .array(warnings.map(JSON.string))),
            ("omissions", .array(omissions.map(JSON.string))),
            ("images", .integer(result.tally.imageCount)),
            ("seconds", .number(result.seconds)),
            (
                "evaluated",
                [
                    "role": .string(result.role), "folder": .string(result.folder),
                    "tta": .string(result.testTimeAugmentation.rawValue),
                ]
            ),
            ("classes", .array(classNames.map(JSON.string))),
            ("per_class", .array(classNames.indices.map(classJSON))),
        ]
        members += confusionJSON
        members += [
            ("most_confused", .array(result.tally.confusion.mistakes.prefix(20).map(json))),
            ("calibration", calibrationJSON),
            ("galleries", .object(galleries.map { .init(key: $0.kind.rawValue, value: .array($0.images.map(json))) })),
            ("bad_images", .array(badImages.map { ["file": .string($0.path), "reason": .string($0.reason)] })),
            ("model", model.json),
            ("weight_loading", .array(weightLoading.map(JSON.string))),
            ("data", .array(data.map(json))),
            ("data_warnings", .array(dataWarnings.map(JSON.string))),
            ("image_widths", json(widths)),
            ("image_heights", json(heights)),
        ]
        if let probe { members.append(("baselines", probe.json(classNames: classNames))) }
        if !epochs.isEmpty {
            members += [
                ("monitor", JSON(monitor)),
                ("best_epoch", JSON(bestEpoch)),
                ("epochs", .array(epochs.map { $0.json(task) })),
                ("freeze_proof", .array(freezeProofs.map(\.json))),
            ]
        }
        members += [
            ("timings", .object(timings.map { .init(key: $0.name, value: .number($0.seconds)) })),
            ("machine", machine?.json ?? .null),
            ("versions", .object(versions.map { .init(key: $0.name, value: .string($0.version)) })),
            ("recipe", JSON(recipe)),
        ]
        return .object(members.map { .init(key: $0.0, value: $0.1) })
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

    private func json(_ image: GalleryImage) -> JSON {
        [
            "file": .string(image.file), "actual": .string(classNames[image.actual]),
            "predicted": .string(classNames[image.predicted]), "probability": .number(image.probability),
        ]
    }

    private var calibrationJSON: JSON {
        let calibration = result.tally.calibration
        var members = calibration.members
        members.insert(.init(key: "temperature", value: JSON(result.temperature)), at: 0)
        members.append(
            .init(key: "uncalibrated", value: result.tally.uncalibrated.map { .object($0.members) } ?? .null))
        let fit: JSON =
            temperatureFit.map {
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

    private func json(_ spread: DataSummary.Spread?) -> JSON {
        guard let spread else { return .null }
        return [
            "minimum": .integer(spread.minimum), "median": .integer(spread.median), "maximum": .integer(spread.maximum),
        ]
    }

    private func json(_ part: DataPart) -> JSON {
        [
            "role": .string(part.role), "folder": .string(part.folder),
            "images": .integer(part.imagesPerClass.reduce(0, +)),
            "images_per_class": .array(part.imagesPerClass.map(JSON.integer)),
            "ignored_files": .integer(part.ignoredFiles), "bad_images": .integer(part.badImages.count),
        ]
    }
}

extension RunReport.Model {
    fileprivate var json: JSON {
        [
            "architecture": .string(architecture), "parameters": .integer(parameterCount),
            "image_size": .integer(imageSize), "resize": .string(resize), "preprocessing": .string(preprocessing),
            "precision": .string(precision), "weights": JSON(weights), "temperature": JSON(temperature),
        ]
    }
}

extension MetricSummary<Metric> {
    fileprivate var intervalsJSON: JSON {
        let intervals = Metric.allCases.compactMap { metric in
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

extension EpochRecord {
    fileprivate func json(_ task: LearningTask) -> JSON {
        func members(_ columns: [String]) -> [JSON.Member] { columns.map { .init(key: $0, value: JSON(figures[$0])) } }
        var all: [JSON.Member] = [
            .init(key: "epoch", value: .integer(epoch)), .init(key: "stage", value: .string(stage)),
            .init(key: "train_loss", value: .number(trainLoss)),
        ]
        all += members(task.trainingColumns) + [.init(key: "val_loss", value: JSON(valLoss))]
        all += members(task.validationColumns)
        all += [
            .init(key: "lr", value: .number(learningRate)), .init(key: "seconds", value: .number(seconds)),
        ]
        return .object(all)
    }
}

extension FreezeProof {
    fileprivate var json: JSON {
        [
            "stage": .string(stage), "tensors": .integer(tensors), "hash_before": .string(hashBefore),
            "hash_after": .string(hashAfter), "holds": .bool(holds),
        ]
    }
}

extension Machine {
    fileprivate var json: JSON {
        [
            "processor": .string(processor), "cores": .integer(cores), "memory_bytes": .integer(memoryBytes),
            "system": .string(system),
        ]
    }
}
