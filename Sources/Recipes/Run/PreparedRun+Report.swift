import Datasets
import Engine
import Files
import Inference
import Networks
import Pretrained
import Reports
import Tasks
import Training

extension PreparedRun {
    /// The report on `result`, without what training adds.
    func report(_ result: any TaskResult) -> RunReport {
        var report = RunReport(
            name: recipe.name, task: recipe.task,
            model: RunReport.Model(
                model, precision: configuration.precision, weights: recipe.model.weights.name),
            classNames: dataset.classNames, result: result)
        report.describe(DataSummary(dataset, survey: survey))
        report.warnings = dataset.losses
        report.weightLoading = weightLoading
        report.recipe = recipe.yaml
        report.versions = .current
        return report
    }
}

extension RunReport {
    /// What became of the training.
    mutating func add(_ training: TrainingResult) {
        epochs = training.records
        bestEpoch = training.best?.epoch
        monitor = training.best?.monitor.name
        freezeProofs = training.proofs
    }

    /// One line: `test accuracy 0.9312 (0.9083 to 0.9521), macro F1 0.9304 on 480 images in data/test`.
    package var headline: String {
        "\(result.role) \(result.headline) on \(Words.counted(result.imageCount, "image")) in \(result.folder)"
    }
}

extension [RunReport.Version] {
    /// What computes here.
    package static var current: Self { [.init("finetune", toolVersion), .init("oneDNN", ComputeLibrary.version)] }
}
