import Tasks

/// What one epoch of training came to: a row of `metrics.csv`.
package struct EpochRecord: Codable, Hashable, Sendable {
    /// The epoch, counted from 1 over all stages of the run.
    package var epoch: Int
    /// The name of the recipe's stage.
    package var stage: String
    /// The mean loss over the training images, as it was minimised.
    package var trainLoss: Double
    /// The mean loss over the validation images, without label smoothing and weights; nil without validation.
    package var valLoss: Double?
    /// The task's figures by their columns, such as `train_accuracy`; those of validation are missing without it.
    package var figures: [String: Double]
    /// The learning rate at the end of the epoch; the largest one, where stages have rates of their own.
    package var learningRate: Double
    /// How long the epoch took, validation included.
    package var seconds: Double

    package init(
        epoch: Int, stage: String, trainLoss: Double, valLoss: Double? = nil, figures: [String: Double] = [:],
        learningRate: Double, seconds: Double
    ) {
        self.epoch = epoch
        self.stage = stage
        self.trainLoss = trainLoss
        self.valLoss = valLoss
        self.figures = figures
        self.learningRate = learningRate
        self.seconds = seconds
    }

    /// What a monitor watches, or nil where it was not measured.
    package func value(of monitor: Monitor) -> Double? {
        switch monitor {
        case .trainingLoss: trainLoss
        case .validationLoss: valLoss
        default: figures[monitor.name]
        }
    }
}
