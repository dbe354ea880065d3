import Datasets
import Tasks

/// What a run came to.
package struct TrainingResult: Sendable {
    package enum Ending: Sendable {
        case completed
        /// Asked to stop; the checkpoint holds everything to go on.
        case interrupted
    }

    package let ending: Ending
    /// One for each epoch, in order.
    package let records: [EpochRecord]
    /// The epoch whose weights are in the model and its file now; nil before the first epoch.
    package let best: BestEpoch?
    /// One for each stage that ended.
    package let proofs: [FreezeProof]
    package let badImages: [BadImage]
}

/// The epoch with the best monitored figure.
package struct BestEpoch: Hashable, Codable, Sendable {
    /// Counted from 1 over all stages.
    package let epoch: Int
    package let stage: String
    package let monitor: Monitor
    package let value: Double
}
