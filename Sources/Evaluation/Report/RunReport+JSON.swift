import Datasets

extension RunReport {
    /// `report.json`.
    package var json: JSON {
        let scores = result.tally.report
        var members: [(String, JSON)] = [
            ("name", .string(name)),
            ("accuracy", .number(scores.accuracy)),
            ("balanced_accuracy", .number(scores.balancedAccuracy)),
            ("macro_precision", .number(scores.macroAverage.precision)),
            ("macro_recall", .number(scores.macroAverage.recall)),
            ("macro_f1", .number(scores.macroAverage.f1)),
            ("weighted_precision", .number(scores.weightedAverage.precision)),
            ("weighted_recall", .number(scores.weightedAverage.recall)),
            ("weighted_f1", .number(scores.weightedAverage.f1)),
            ("log_loss", JSON(result.tally.logLoss)),
        ]
        if let topFive = result.tally.topFiveAccuracy { members.append(("top5_accuracy", .number(topFive))) }
        members += [
            ("images", .integer(scores.imageCount)),
            ("seconds", .number(result.seconds)),
            ("evaluated", ["role": .string(result.role), "folder": .string(result.folder)]),
            ("classes", .array(classNames.map(JSON.string))),
            ("per_class", .array(zip(classNames, scores.perClass).map(Self.json))),
            ("confusion_matrix", .array(scores.confusion.rows.map { .array($0.map(JSON.integer)) })),
            ("bad_images", .array(badImages.map { ["file": .string($0.path), "reason": .string($0.reason)] })),
            ("model", model.json),
            ("weight_loading", .array(weightLoading.map(JSON.string))),
            ("data", .array(data.map(json))),
            ("data_warnings", .array(dataWarnings.map(JSON.string))),
            ("image_widths", json(widths)),
            ("image_heights", json(heights)),
        ]
        if !epochs.isEmpty {
            members += [
                ("monitor", JSON(monitor)),
                ("best_epoch", JSON(bestEpoch)),
                ("epochs", .array(epochs.map(\.json))),
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

    private static func json(className: String, scores: ClassificationReport.Scores) -> JSON {
        [
            "class": .string(className), "precision": .number(scores.precision), "recall": .number(scores.recall),
            "f1": .number(scores.f1), "support": .integer(scores.support),
        ]
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
            "precision": .string(precision), "weights": JSON(weights),
        ]
    }
}

extension EpochRecord {
    fileprivate var json: JSON {
        [
            "epoch": .integer(epoch), "stage": .string(stage), "train_loss": .number(trainLoss),
            "train_accuracy": .number(trainAccuracy), "val_loss": JSON(valLoss), "val_accuracy": JSON(valAccuracy),
            "val_macro_f1": JSON(valMacroF1), "lr": .number(learningRate), "seconds": .number(seconds),
        ]
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
