/// What one epoch of training came to: a row of `metrics.csv`.
package struct EpochRecord: Codable, Hashable, Sendable {
    /// The epoch, counted from 1 over all stages of the run.
    package var epoch: Int
    /// The name of the recipe's stage.
    package var stage: String
    /// The mean loss over the training images, as it was minimised.
    package var trainLoss: Double
    /// The part of the training images predicted right, in `0...1`.
    package var trainAccuracy: Double
    /// The mean cross-entropy over the validation images; nil without validation, as the two below.
    package var valLoss: Double?
    /// The part of the validation images predicted right, in `0...1`.
    package var valAccuracy: Double?
    /// The mean F1 over classes on the validation images, in `0...1`.
    package var valMacroF1: Double?
    /// The learning rate at the end of the epoch; the largest one, where stages have rates of their own.
    package var learningRate: Double
    /// How long the epoch took, validation included.
    package var seconds: Double

    package init(
        epoch: Int, stage: String, trainLoss: Double, trainAccuracy: Double, valLoss: Double? = nil,
        valAccuracy: Double? = nil, valMacroF1: Double? = nil, learningRate: Double, seconds: Double
    ) {
        self.epoch = epoch
        self.stage = stage
        self.trainLoss = trainLoss
        self.trainAccuracy = trainAccuracy
        self.valLoss = valLoss
        self.valAccuracy = valAccuracy
        self.valMacroF1 = valMacroF1
        self.learningRate = learningRate
        self.seconds = seconds
    }
}
