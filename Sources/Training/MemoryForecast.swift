import Engine
import Networks
import Pretrained
import Tasks

/// How much memory training takes at its peak, part by part, found out by compiling the plans without running them.
///
/// Not in it are decoded images and kept activations, which take what is free and never more than their budgets.
package struct MemoryForecast {
    /// Each with what it is, in bytes.
    package let parts: [(name: String, bytes: Int)]

    package var bytes: Int { parts.reduce(0) { $0 + $1.bytes } }

    /// - Parameters:
    ///   - configuration: of the only stage.
    ///   - programBytes: what the process takes before anything is loaded.
    /// - Throws: `ImageSizeError` or `EngineError`.
    package init(
        _ network: Network, _ configuration: Plan.Configuration, _ optimizer: OptimizerConfiguration, programBytes: Int
    ) throws {
        let store = ParameterStore(network)
        let computation = try StageComputation(
            network: network, parameters: store, preprocessing: .torch, configuration: configuration,
            loss: SoftmaxCrossEntropy(classCount: network.classCount), optimizer: optimizer)
        let trainingBytes = computation.memoryBytes
        _ = try computation.inferencePlan(batch: max(configuration.batch, 32))

        func bytes(_ chosen: (ParameterDescription) -> Bool) -> Int {
            network.parameters.filter(chosen).reduce(0) { $0 + $1.shape.reduce(4, *) }
        }
        let isTrained = { (parameter: ParameterDescription) in
            configuration.trainableStages.contains(parameter.stage)
        }
        let (hasFirst, hasSecond) = optimizer.method.moments
        let moments = (hasFirst ? 1 : 0) + (hasSecond ? 1 : 0)
        let momentBytes = moments * bytes { isTrained($0) && !$0.isStatistic }
        // Four batches wait ahead of the one at work, and the next epoch's begin to gather while this one is validated.
        let inFlight = 8 * configuration.batch * configuration.height * configuration.width * 3
        parts = [
            ("program", programBytes), ("weights", bytes { _ in true }),
            ("activations, gradients and packed weights", trainingBytes),
            ("the same for validation", computation.memoryBytes - trainingBytes),
            ("optimiser", momentBytes), ("best weights", bytes(isTrained)), ("images in flight", inFlight),
            ("checkpoint while it is written", bytes { _ in true } + momentBytes + bytes(isTrained)),
        ]
    }
}
