import Datasets
import Files
import Tasks
import Training

extension RunReport {
    /// `report.json`.
    package var json: JSON {
        let page = page
        var members: [(String, JSON)] = [("name", .string(name))]
        if task != .classification { members.append(("task", .string(task.rawValue))) }
        members += page.metricMembers
        members += [
            ("warnings", .array(warnings.map(JSON.string))),
            ("omissions", .array(page.omissions.map(JSON.string))),
            ("images", .integer(result.imageCount)),
            ("seconds", .number(result.seconds)),
            (
                "evaluated",
                [
                    "role": .string(result.role), "folder": .string(result.folder),
                    "tta": .string(result.testTimeAugmentation.rawValue),
                ]
            ),
            ("classes", .array(classNames.map(JSON.string))),
        ]
        members += page.detailMembers
        members += [
            ("galleries", .object(galleries.map { .init(key: $0.kind.rawValue, value: .array($0.images.map(json))) })),
            ("bad_images", .array(badImages.map { ["file": .string($0.path), "reason": .string($0.reason)] })),
            ("model", model.json),
            ("weight_loading", .array(weightLoading.map(JSON.string))),
            ("data", .array(data.map(json))),
            ("data_warnings", .array(dataWarnings.map(JSON.string))),
        ]
        if !dataRemarks.isEmpty { members.append(("data_remarks", .array(dataRemarks.map(JSON.string)))) }
        members += [
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

    private func json(_ image: GalleryImage) -> JSON {
        func name(_ index: Int) -> JSON { .string(classNames[index]) }
        var members: [JSON.Member] = [.init(key: "file", value: .string(image.file))]
        switch image.target {
        case .category(let label): members.append(.init(key: "actual", value: name(label)))
        case .categories(let labels): members.append(.init(key: "actual", value: .array(labels.map(name))))
        case .number(let number):
            members.append(.init(key: "actual", value: .number(number)))
            return .object(members + [.init(key: "predicted", value: .number(image.value))])
        }
        return .object(
            members + [
                .init(key: "predicted", value: name(image.output)),
                .init(key: "probability", value: .number(image.value)),
            ])
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
            "images": .integer(part.imageCount),
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
