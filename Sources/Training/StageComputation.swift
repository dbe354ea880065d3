import Datasets
import Engine
import Networks
import Tasks

/// What a stage computes with: its frozen prefix, plans for batches of the rest, the loss, and an optimiser that starts
/// afresh.
package final class StageComputation {
    private let compiled: CompiledNetwork
    /// How what comes behind the prefix is compiled; `batch` is the size of a full batch.
    private let configuration: Plan.Configuration
    private let loss: any Loss
    package let optimizer: Optimizer

    /// Nil where nothing is frozen before the first trained layer; the plans take pixels then.
    package let prefix: FrozenPrefix?
    private var logitGradient: [Float]
    /// The running statistics that a forward pass moves.
    private let movedStatistics: [String]

    /// Compiles the prefix and the plan for full batches.
    /// - Throws: `ImageSizeError` or `EngineError` where the network cannot be computed so.
    package init(
        network: Network, parameters: ParameterStore, preprocessing: Preprocessing,
        configuration: Plan.Configuration, loss: any Loss, optimizer: OptimizerConfiguration
    ) throws {
        compiled = CompiledNetwork(network: network, parameters: parameters, preprocessing: preprocessing)
        self.loss = loss
        self.optimizer = Optimizer(optimizer, store: parameters, stages: configuration.trainableStages)
        prefix = try FrozenPrefix(of: compiled, configuration: configuration)
        var rest = configuration
        if let prefix { rest.part = .suffix(prefix.cut) }
        rest.quantization = nil
        self.configuration = rest
        _ = try compiled.plan(rest)
        logitGradient = Array(repeating: 0, count: configuration.batch * network.classCount)
        movedStatistics =
            configuration.batchNorm == .frozen
            ? []
            : parameters.descriptions.filter {
                $0.isStatistic && configuration.trainableStages.contains($0.stage)
            }.map(\.name)
    }

    /// The memory that the plans hold.
    package var memoryBytes: Int { compiled.memoryBytes }

    /// The inference plan for what comes behind the prefix, its weights as training has left them.
    /// - Throws: `EngineError`.
    func inferencePlan(batch: Int) throws -> Plan {
        var inference = configuration
        inference.batch = batch
        inference.trainableStages = []
        return try compiled.plan(inference)
    }

    /// Trains on a batch, unless its loss is no number or infinite, or it is interrupted: then parameters and
    /// statistics stay where they are.
    ///
    /// - Parameters:
    ///   - input: `targets.count` images of the configured size, RGB, or what the prefix yields for them.
    ///   - targets: at most a full batch.
    ///   - weights: how much each image counts, or nil for equal ones.
    ///   - number: of the step within the run; dropout masks are drawn from it.
    ///   - learningRates: of each trained stage.
    /// - Throws: `EngineError`, `CancellationError`.
    package func step(
        input: [UInt8], targets: [Target], weights: [Double]? = nil, number: Int, learningRates: [String: Double]
    ) throws -> BatchLoss {
        let (parameters, classCount) = (compiled.parameters, compiled.network.classCount)
        let statistics = movedStatistics.map { (name: $0, values: Array(parameters[$0])) }
        var isDone = false
        defer {
            if !isDone { for (name, values) in statistics { _ = parameters[name].update(fromContentsOf: values) } }
        }
        var wanted = configuration
        wanted.batch = targets.count
        let plan = try compiled.plan(wanted)
        precondition(input.count == plan.input.count, "\(targets.count) images of another size than planned")
        plan.input.copyBytes(from: input)
        try plan.forward(training: true, step: number)
        return try logitGradient.withUnsafeMutableBufferPointer { gradient in
            let gradient = UnsafeMutableBufferPointer(rebasing: gradient[..<(targets.count * classCount)])
            let result = loss(
                outputs: plan.output("logits"), targets: targets, weights: weights, gradient: gradient)
            guard result.mean.isFinite else { return result }
            try plan.backward(UnsafeBufferPointer(gradient))
            optimizer.step(
                plan.gradients.map { ParameterGradient(name: $0.name, values: UnsafeBufferPointer($0.values)) },
                learningRates: learningRates)
            compiled.parametersChanged(in: configuration.trainableStages)
            isDone = true
            return result
        }
    }

    /// Runs all steps of a full batch again and again, and tells what each of them costs.
    /// - Parameter includesPrefix: whether what is frozen is computed as well.
    /// - Throws: `CancellationError` where the process' work shall end.
    package func profile(repeats: Int, includesPrefix: Bool) throws -> [StepProfile] {
        let frozen = try includesPrefix ? prefix?.plan.profile(repeats: repeats) : nil
        return try (frozen ?? []) + compiled.plan(configuration).profile(repeats: repeats)
    }
}
