import Datasets
import Tasks

/// Where a run is: with parameters and moments all that its continuation depends on.
struct TrainingProgress: Codable, Equatable {
    /// The stage at work, from 0; the number of stages at the end of the run.
    var stage = 0
    /// The epoch of the stage at work, from 0.
    var epoch = 0
    /// The steps of the epoch that have been made.
    var step = 0
    /// Where in the epoch's order of images the next batch begins.
    var position = 0
    /// The loss of the epoch so far.
    var loss = BatchLoss()
    /// How long the epoch has taken so far.
    var seconds = 0.0
    /// How many steps the optimiser has made in this stage.
    var optimizerSteps = 0
    var patience = Patience()
    /// The digests of the frozen tensors at the beginning of the stage at work; nil before it.
    var frozen: [String: String]?
    var best: BestEpoch?
    var records: [EpochRecord] = []
    var proofs: [FreezeProof] = []
    var badImages: [BadImage] = []

    /// Goes on to the next epoch of the stage.
    mutating func beginNextEpoch() {
        epoch += 1
        (step, position, loss, seconds) = (0, 0, BatchLoss(), 0)
    }

    /// Goes on to the next stage.
    mutating func beginNextStage() {
        stage += 1
        (epoch, optimizerSteps, patience, frozen) = (0, 0, Patience(), nil)
    }

    /// Whether the numbers make sense in a run of these sizes.
    func isValid(stages: [StageConfiguration], images: Int) -> Bool {
        guard (0...stages.count).contains(stage), step >= 0, (0...images).contains(position), optimizerSteps >= 0,
            loss.images >= 0
        else { return false }
        return epoch >= 0 && epoch <= (stage < stages.count ? stages[stage].epochs : 0)
    }
}
