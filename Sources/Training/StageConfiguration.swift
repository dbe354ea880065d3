import Engine
import Images

/// A part of a run in which the same stages of the network are trained.
package struct StageConfiguration: Hashable, Sendable {
    /// The name that metrics and reports give it.
    package var name: String
    /// The stages of the network that are trained; all others are frozen, running statistics included.
    package var train: Set<String>
    package var epochs: Int
    /// The learning rate of each trained stage before the schedule.
    package var learningRates: [String: Double]
    package var schedule: ScheduleConfiguration
    /// What batch norm does in the trained stages.
    package var batchNorm: BatchNormMode
    /// Instead of the run's augmentations; nil for those.
    package var augmentations: [Augmentation]?
    /// Instead of the run's number of views; nil for that.
    package var views: Int?
    package var earlyStopping: EarlyStopping?

    package init(
        name: String, train: Set<String>, epochs: Int, learningRates: [String: Double],
        schedule: ScheduleConfiguration = .init(), batchNorm: BatchNormMode = .frozen,
        augmentations: [Augmentation]? = nil, views: Int? = nil, earlyStopping: EarlyStopping? = nil
    ) {
        self.name = name
        self.train = train
        self.epochs = epochs
        self.learningRates = learningRates
        self.schedule = schedule
        self.batchNorm = batchNorm
        self.augmentations = augmentations
        self.views = views
        self.earlyStopping = earlyStopping
    }

    /// The learning rates of a step, counted from the beginning of the stage.
    package func learningRates(step: Int, stepsPerEpoch: Int) -> [String: Double] {
        let factor = schedule.factor(step: step, stepsPerEpoch: stepsPerEpoch, epochs: epochs)
        return learningRates.mapValues { $0 * factor }
    }
}
