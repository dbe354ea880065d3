import Networks

/// What steps know about the run they are part of.
struct StepContext {
    /// Whether dropout drops and batch norm uses the batch.
    var isTraining = false
    /// The number that dropout draws its masks from.
    var step = 0
}

/// One step of a plan: a primitive or a loop on memory that is already in its place.
struct Step {
    let name: String
    /// How many products of two numbers it adds up.
    var multiplyAdds = 0
    /// The bytes of what it reads and writes, each once.
    let byteCount: Int
    let run: (StepContext) throws -> Void
}

/// The gradient of one parameter, valid after `Plan.backward`.
package struct Gradient {
    /// The parameter's name.
    package let name: String
    /// In the parameter's layout.
    package let values: UnsafeMutableBufferPointer<Float>
}

/// A network that has been lowered: all that a plan needs to run it.
struct Program {
    let steps: [Step]
    /// How many of the steps belong to the forward pass.
    let forwardCount: Int
    let arena: Arena
    /// The first value, and the last.
    let input, output: Value
    /// For each tap, where its output goes, in f32, and its shape for one image.
    let taps: [String: (storage: Storage, shape: FeatureShape)]
    /// dL/dlogits, batch × classes.
    let logitGradient: Storage?
    let gradients: [Gradient]
    let watchedMap: WatchedMap?
    let weights: WeightPacker
    let observed: Magnitudes
    /// Memory that outlives the steps.
    let persistent: [Storage]
    /// The same of a partner, where gradients and weights lie that are shared with it.
    let shared: [Storage]

    /// The bytes of all memory that is not a partner's.
    var memoryBytes: Int { arena.byteCount + persistent.reduce(0) { $0 + $1.byteCount } }
}

/// A feature map that somebody looks at, and the gradient with respect to it, both batch × shape floats.
struct WatchedMap {
    let shape: FeatureShape
    let values, gradient: Storage
}

/// The largest magnitudes so far, by layer, where they are observed.
final class Magnitudes {
    private(set) var largest: [String: Float] = [:]

    func observe(_ magnitude: Float, of layer: String) { largest[layer] = max(largest[layer] ?? 0, magnitude) }
}
