import Archives
import Files

/// Tensors that training leaves in a file beside the weights of the network, by what they are.
package enum Baggage: String, CaseIterable, Sendable {
    /// `num_batches_tracked`, and what profilers count.
    case counters
    /// Optimisers, schedules, epochs, random seeds.
    case trainingState = "state of the training"
    /// The negative examples of momentum contrast (MoCo).
    case queues
    /// Momentum encoders, teachers and moving averages: the network once more.
    case copies = "a second copy of the network"
    /// What our ONNX graphs prepare pixels and make answers with.
    case constants = "constants of the graph"
    /// What a name map sets aside.
    case unwanted = "what the name map sets aside"

    /// Whether a tensor counts something, wherever it stands.
    static func isCounter(_ tensor: TensorEntry) -> Bool {
        isCounter(tensor.name.nameComponents)
    }

    private static func isCounter(_ components: [Substring]) -> Bool {
        components.last.map { counterNames.contains($0) } ?? false
    }

    /// What a tensor outside of the network is, or nil for one that may mean something.
    static func kind(of tensor: TensorEntry) -> Baggage? {
        if tensor.hasAbsurdName { return nil }
        let components = tensor.name.nameComponents
        if isCounter(components) { return .counters }
        if let first = components.first, stateNames.contains(first) { return .trainingState }
        if components.last.map({ queueNames.contains($0) }) ?? false { return .queues }
        return components.dropLast().contains(where: isCopy) ? .copies : nil
    }

    private static let counterNames: Set<Substring> = [
        "num_batches_tracked", "total_ops", "total_params", "n_averaged", "num_updates",
    ]
    private static let stateNames: Set<Substring> = [
        "optimizer", "optimizers", "optimizer_weights", "optimizer_state_dict", "optim", "lr_scheduler", "scheduler",
        "optimizer_states", "optimizer_state", "lr_schedulers", "lr_scheduler_state_dict", "loops", "callbacks",
        "hyper_parameters", "rng_state", "random_state", "scaler", "grad_scaler", "amp", "amp_scaler", "epoch", "step",
        "global_step", "iteration", "best_acc", "best_acc1", "best_prec1",
    ]
    private static let queueNames: Set<Substring> = ["queue", "queue_ptr", "queue2", "queue2_ptr"]
    private static let copyNames: Set<Substring> = ["encoder_k", "key_encoder"]
    private static let copyWords: Set<Substring> = [
        "ema", "teacher", "momentum", "target", "swa", "shadow", "averaged",
    ]

    /// Whether a component of a name says that what it holds is the network once more.
    static func isCopy(_ component: Substring) -> Bool {
        // Most have one word, and need not be taken apart.
        guard component.utf8.contains(UInt8(ascii: "_")) else { return copyWords.contains(component) }
        return copyNames.contains(component) || component.parts(separatedBy: "_").contains { copyWords.contains($0) }
    }
}
