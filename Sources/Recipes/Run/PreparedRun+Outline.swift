import Datasets
import Files
import Networks
import Tensors
import Training

extension PreparedRun {
    /// What the run is going to do, for a person: network, weights, data, stages.
    package var outline: [String] {
        networkLines + [""] + dataLines + [""] + stageLines
    }

    private var networkLines: [String] {
        let network = model.network
        let parameters = network.parameters.filter { !$0.isStatistic }.reduce(0) { $0 + $1.shape.product }
        return [
            "network  \(recipe.model.architecture.rawValue), \(Words.grouped(parameters)) parameters",
            "images   \(model.imageSize)×\(model.imageSize), \(model.resize.rawValue), preprocessing "
                + "\(model.preprocessing.name ?? "of its own"), \(configuration.precision.rawValue)",
        ] + weightLoading.enumerated().map { "\($0 == 0 ? "weights  " : "         ")\($1)" }
    }

    private var dataLines: [String] {
        let summary = DataSummary(dataset, survey: survey)
        var table = TextTable(
            [(recipe.task.definition.targetKind == .number ? "number" : "class", .leading)]
                + summary.parts.map { ($0.role.rawValue, .trailing) })
        let shown = Self.classesShown(summary)
        for index in shown {
            table.add([dataset.classNames[index]] + summary.parts.map { "\($0.imagesPerClass[index])" })
        }
        let more = dataset.classNames.count - shown.count
        if more > 0 {
            table.add(
                ["\(Words.grouped(more)) more"]
                    + summary.parts.map { part in
                        "\(part.imagesPerClass.reduce(0, +) - shown.reduce(0) { $0 + part.imagesPerClass[$1] })"
                    })
        }
        table.add(["all"] + summary.parts.map { "\($0.images)" })
        let ignored = summary.parts.filter { $0.ignored.count > 0 }.map {
            "\($0.folder): passed over \($0.ignored.summary)"
        }
        return table.lines + ignored + dataWarnings
    }

    /// The classes that get a line: all, or of more than a hundred the twenty with the fewest images to train on.
    private static func classesShown(_ summary: DataSummary) -> [Int] {
        let counts = summary.parts[0].imagesPerClass
        guard counts.count > 100 else { return Array(counts.indices) }
        return counts.indices.sorted { (counts[$0], $0) < (counts[$1], $1) }.prefix(20).sorted()
    }

    /// How the data was shared out, and what is suspicious about it, one line each.
    var dataWarnings: [String] {
        let bad = survey?.bad ?? []
        let shown = bad.prefix(10).map { "left out: \($0.path): \($0.reason)" }
        let rest = bad.count > shown.count ? ["left out: \(bad.count - shown.count) more images"] : []
        return dataset.remarks + shown + rest + (dataset.losses + dataset.audit.warnings).map { "warning: \($0)" }
    }

    private var stageLines: [String] {
        var table = TextTable([
            ("stage", .leading), ("trained", .leading), ("parameters", .trailing), ("epochs", .trailing),
            ("steps", .trailing), ("learning rate", .leading), ("schedule", .leading), ("batch norm", .leading),
        ])
        for stage in recipe.stages {
            let rates = Set(stage.learningRates.values)
            table.add([
                stage.name, stage.train.joined(separator: " "),
                Words.grouped(model.network.trainableParameterCount(stage.train)), "\(stage.epochs)",
                Words.grouped(stage.epochs * stepsPerEpoch),
                rates.count == 1
                    ? "\(rates.first ?? 0)"
                    : stage.train.map { "\($0) \(stage.learningRates[$0] ?? 0)" }.joined(separator: ", "),
                stage.schedule.shape.name, stage.batchNorm.rawValue,
            ])
        }
        let epochs = recipe.stages.reduce(0) { $0 + $1.epochs }
        return table.lines + [
            "",
            "\(Words.counted(epochs, "epoch")), \(Words.counted(epochs * stepsPerEpoch, "step")) of "
                + Words.counted(recipe.batchSize, "image"),
        ]
    }
}

extension Network {
    /// How many numbers an optimiser moves where these stages are trained.
    fileprivate func trainableParameterCount(_ stages: [String]) -> Int {
        parameters.filter { stages.contains($0.stage) && !$0.isStatistic }.reduce(0) { $0 + $1.shape.product }
    }
}
