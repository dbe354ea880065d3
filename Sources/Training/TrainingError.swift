import Files

/// Why a run cannot begin or go on.
package enum TrainingError: UserFacingError, Equatable {
    /// The loss, or weights, became infinite or no numbers.
    case diverged(Divergence)
    /// Tensors that a stage must not touch are not what they were.
    case frozenTensorsChanged(stage: String, tensors: [String])
    /// Not one image of a part of the data could be read.
    case noReadableImages(part: String)
    /// There is nothing to train on.
    case noTrainingImages
    /// A stage trains what the network does not have.
    case unknownStage(stage: String, trained: String, known: [String])
    /// A stage trains something without a learning rate.
    case noLearningRate(stage: String, trained: String)
    /// The run was made with other settings, or with other images and weights, or by another program.
    case differentRun(checkpoint: String, settings: [String], data: [String])
    /// The file is no checkpoint, or not whole.
    case damagedCheckpoint(path: String, reason: String)
    /// The file in which activations are to be kept cannot be opened.
    case cacheUnusable(path: String, reason: String)

    package struct Divergence: Hashable, Sendable {
        package let stage: String
        /// Counted from 1 over all stages.
        package let epoch: Int
        /// Counted from 1; nil in validation.
        package let step: Int?
        /// Nil where weights became infinite or no numbers, before a loss told of it.
        package let loss: Double?
        package let learningRate: Double
        /// The epoch whose weights are in the file; nil before the first one.
        package let bestEpoch: Int?
        package let modelPath: String

        fileprivate var words: String {
            let place = step.map { "at step \($0) of epoch \(epoch)" } ?? "in the validation of epoch \(epoch)"
            let kept =
                bestEpoch.map { "the weights of epoch \($0), the best so far, are in \(modelPath)" }
                ?? "no epoch had ended, so no weights were kept"
            let fault = loss.map { "the loss became \($0)" } ?? "weights became infinite or no numbers"
            return """
                \(fault) \(place) (stage \(stage), learning rate \(learningRate)). \
                Use a lower learning rate, a warm-up or gradient clipping; \(kept)
                """
        }
    }

    package var kind: ErrorKind {
        switch self {
        case .diverged, .frozenTensorsChanged, .cacheUnusable: .failure
        case .differentRun(_, let settings, _): settings.isEmpty ? .data : .usage
        case .unknownStage, .noLearningRate: .usage
        case .noReadableImages, .noTrainingImages, .damagedCheckpoint: .data
        }
    }

    package var isOneLine: Bool {
        if case .differentRun = self { return false }
        return true
    }

    package var description: String {
        switch self {
        case .diverged(let divergence):
            divergence.words
        case .frozenTensorsChanged(let stage, let tensors):
            """
            stage \(stage) changed \(tensors.count) frozen tensors: \(tensors.prefix(8).joined(separator: ", "))\
            \(tensors.count > 8 ? ", …" : ""). This is an error in finetune: please report it
            """
        case .noReadableImages(let part):
            "not one of the \(part) images could be read; replace the files"
        case .noTrainingImages:
            "there are no training images"
        case .unknownStage(let stage, let trained, let known):
            "stage \(stage) trains \(trained), which the network does not have; it has \(known.joined(separator: ", "))"
        case .noLearningRate(let stage, let trained):
            "stage \(stage) trains \(trained) without a learning rate"
        case .differentRun(let checkpoint, let settings, let data):
            """
            \(checkpoint.legible): the run cannot go on, because it was begun differently:
            \((settings + data).map { "  \($0)".legible }.joined(separator: "\n"))
            Go on with the recipe.yaml of its own folder, the same images and weights, the same program and as many \
            threads, or begin a new run
            """
        case .damagedCheckpoint(let path, let reason):
            "\(path): is no usable checkpoint: \(reason). Begin a new run"
        case .cacheUnusable(let path, let reason):
            "\(path): cannot be used as a cache: \(reason); choose another folder with cache.directory, or no disk"
        }
    }
}
