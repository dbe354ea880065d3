import Datasets
import Engine
import Images
import Tasks

/// All that decides how a model is trained, but for the model and the images.
package struct TrainingConfiguration: Hashable, Sendable {
    package var task: LearningTask
    /// Run one after the other on the same weights.
    package var stages: [StageConfiguration]
    package var optimizer: OptimizerConfiguration
    package var loss: LossConfiguration
    /// Images for each step.
    package var batchSize: Int
    package var precision: Precision
    /// Whether frozen prefixes are computed in 8-bit integers where a `QuantizationTrial` allows it.
    package var triesQuantization: Bool
    /// What shuffling, augmentation and dropout are drawn from.
    package var seed: UInt64
    /// What the best epoch is chosen by; without validation images the training loss takes the place of theirs.
    package var monitor: Monitor
    /// What stages that have none of their own do to each training image.
    package var augmentations: [Augmentation]
    /// How many augmented views of a training image there are, for stages that do not say; nil for a new one each epoch.
    package var views: Int?
    package var badImages: BadImagePolicy

    package init(
        task: LearningTask = .classification, stages: [StageConfiguration],
        optimizer: OptimizerConfiguration = .init(.adamW(), weightDecay: 0.01),
        loss: LossConfiguration = .init(), batchSize: Int = 32, precision: Precision = .f32,
        triesQuantization: Bool = false, seed: UInt64 = 42,
        monitor: Monitor? = nil, augmentations: [Augmentation] = [],
        views: Int? = nil, badImages: BadImagePolicy = .skip
    ) {
        self.task = task
        self.stages = stages
        self.optimizer = optimizer
        self.loss = loss
        self.batchSize = batchSize
        self.precision = precision
        self.triesQuantization = triesQuantization
        self.seed = seed
        self.monitor = monitor ?? task.monitors[0]
        self.augmentations = augmentations
        self.views = views
        self.badImages = badImages
    }

    func augmentations(_ stage: StageConfiguration) -> [Augmentation] { stage.augmentations ?? augmentations }

    /// How many views of each training image a stage shows; nil where every epoch shows a new one.
    func viewCount(_ stage: StageConfiguration) -> Int? { augmentations(stage).isEmpty ? 1 : stage.views ?? views }

    /// The number of the view that an epoch of the run shows, which comes again in later ones; nil for a view that only
    /// this epoch shows.
    func view(_ stage: StageConfiguration, epoch: Int) -> Int? { viewCount(stage).map { epoch % $0 } }
}
