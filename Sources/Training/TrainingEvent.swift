import Datasets

/// Learns what happens while a model is trained; called between steps on the thread that trains.
package protocol TrainingObserver: AnyObject {
    func observe(_ event: TrainingEvent)
}

/// Something that happened in a run.
package enum TrainingEvent {
    /// The run begins, or goes on where a checkpoint left it.
    case began(RunOutline)
    case stageBegan(StageOutline)
    case stepEnded(StepProgress)
    /// A trial of 8-bit integers has looked at `images` of `total` images.
    case tried(images: Int, total: Int)
    /// How a trial of 8-bit integers ended.
    case triedQuantization(stage: String, QuantizationTrial)
    /// Validation has looked at `images` of `total` images.
    case validated(images: Int, total: Int)
    case epochEnded(EpochRecord, isBest: Bool)
    case stageEnded(StageSummary)
    /// An image that could not be read, reported once.
    case badImage(BadImage)
    /// Something that a person should know.
    case notice(String)
    /// The state of the run is on disk.
    case checkpointSaved(path: String)
}

/// What is to be done in a run, if no stage stops early.
package struct RunOutline: Hashable, Sendable {
    package let stages: Int
    package let epochs: Int
    package let steps: Int
    /// The epochs that a checkpoint had behind it.
    package let epochsDone: Int
}

/// What a stage is about to do.
package struct StageOutline: Hashable, Sendable {
    /// Counted from 0.
    package let index: Int
    package let configuration: StageConfiguration
    package let trainableParameters: Int
    package let frozenParameters: Int
    package let stepsPerEpoch: Int
    /// The memory of its plan, in bytes.
    package let memoryBytes: Int
    /// What is kept of the frozen part; nil where nothing is frozen or nothing may be kept.
    package let kept: KeptActivations?
}

/// What a stage keeps of the frozen part of its network, so that it need not be computed again.
package struct KeptActivations: Hashable, Sendable {
    /// The last stage of the network that is in the frozen part.
    package let stage: String
    package let bytesPerImage: Int
    /// How many images are wanted: each view of a training image, and each validation image.
    package let imageCount: Int
    /// Whether training images are among them: they are not where each epoch shows new views.
    package let includesTraining: Bool
    /// The most bytes that are kept in memory.
    package let budgetBytes: Int
    /// Where they are kept too.
    package let disk: ActivationCache.Disk?
}

/// Where a run is after a step.
package struct StepProgress: Hashable, Sendable {
    package let stage: String
    /// The epoch, counted from 1 over all stages.
    package let epoch: Int
    /// The step within the epoch, counted from 1.
    package let step: Int
    package let stepsPerEpoch: Int
    /// Steps still to come in this stage and those after it, if none stops early.
    package let stepsLeft: Int
    /// The images of this step.
    package let images: Int
    /// The mean loss of the epoch so far.
    package let loss: Double
    /// The part of its images that were answered rightly; nil where answers are not right or wrong.
    package let accuracy: Double?
    /// The largest of the learning rates.
    package let learningRate: Double
}

/// How a stage ended.
package struct StageSummary: Hashable, Sendable {
    package let stage: String
    package let epochs: Int
    /// Whether it ended before its last epoch because nothing improved.
    package let stoppedEarly: Bool
    package let proof: FreezeProof
    /// For how many images the frozen part was computed, and what that took in all.
    package let computedImages: Int
    package let prefixSeconds: Double
    /// How often it was kept from before.
    package let kept: ActivationCache.Usage
}
