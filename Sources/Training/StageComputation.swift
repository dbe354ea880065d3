import Engine
import Networks

/// What a stage computes with: its frozen prefix, plans for batches of the rest, the loss, and an optimiser that starts
/// afresh.
package final class StageComputation {
    /// The network and how its plans are compiled; `batch` is the size of a full batch.
    private let network: Network
    private let parameters: ParameterStore
    private let preprocessing: Preprocessing
    private let configuration: Plan.Configuration
    private let loss: SoftmaxCrossEntropy
    package let optimizer: Optimizer

    /// Nil where nothing is frozen before the first trained layer; the plans take pixels then.
    let prefix: FrozenPrefix?
    private let fullPlan: Plan
    /// For the last batch of an epoch, where it is smaller; compiled when it first comes.
    private var partialPlan: Plan?
    /// The plans whose packed weights are older than the parameters.
    private var isFullPlanStale = false
    private var isPartialPlanStale = false
    private var logitGradient: [Float]
    /// The running statistics that a forward pass moves.
    private let movedStatistics: [String]

    /// Compiles the prefix and the plan for full batches.
    /// - Throws: `ImageSizeError` or `EngineError` where the network cannot be computed so.
    package init(
        network: Network, parameters: ParameterStore, preprocessing: Preprocessing,
        configuration: Plan.Configuration, loss: SoftmaxCrossEntropy, optimizer: OptimizerConfiguration
    ) throws {
        self.network = network
        self.parameters = parameters
        self.preprocessing = preprocessing
        self.loss = loss
        self.optimizer = Optimizer(optimizer, store: parameters, stages: configuration.trainableStages)
        prefix = try FrozenPrefix(
            network: network, parameters: parameters, preprocessing: preprocessing, configuration: configuration)
        var rest = configuration
        if let prefix { rest.part = .suffix(prefix.cut) }
        rest.quantization = nil
        self.configuration = rest
        fullPlan = try Plan(
            network: network, parameters: parameters, preprocessing: preprocessing, configuration: rest,
            sharingMemoryOf: prefix?.plan)
        logitGradient = Array(repeating: 0, count: configuration.batch * network.classCount)
        movedStatistics =
            configuration.batchNorm == .frozen
            ? []
            : parameters.descriptions.filter {
                $0.isStatistic && configuration.trainableStages.contains($0.stage)
            }.map(\.name)
    }

    /// The memory that the plans hold.
    package var memoryBytes: Int {
        (prefix?.plan.memoryBytes ?? 0) + fullPlan.memoryBytes + (partialPlan?.memoryBytes ?? 0)
    }

    /// An inference plan for what comes behind the prefix, which shares memory and packed weights with the plans here.
    /// Before it runs, `packWeights` and its own `parametersChanged` take over what training has moved.
    func makeInferencePlan(batch: Int) throws -> Plan {
        var inference = configuration
        inference.batch = batch
        inference.trainableStages = []
        return try Plan(
            network: network, parameters: parameters, preprocessing: preprocessing, configuration: inference,
            sharingMemoryOf: fullPlan)
    }

    /// Takes over what has changed in the parameters.
    func packWeights() throws {
        if isFullPlanStale { try fullPlan.parametersChanged() }
        isFullPlanStale = false
    }

    /// Trains on a batch, unless its loss is no number or infinite, or it is interrupted: then parameters and
    /// statistics stay where they are.
    ///
    /// - Parameters:
    ///   - input: `labels.count` images of the configured size, RGB, or what the prefix yields for them.
    ///   - labels: at most a full batch.
    ///   - number: of the step within the run; dropout masks are drawn from it.
    ///   - learningRates: of each trained stage.
    /// - Throws: `EngineError`, `CancellationError`.
    package func step(
        input: [UInt8], labels: [Int], number: Int, learningRates: [String: Double]
    ) throws -> BatchLoss {
        let statistics = movedStatistics.map { (name: $0, values: Array(parameters[$0])) }
        var isDone = false
        defer {
            if !isDone { for (name, values) in statistics { _ = parameters[name].update(fromContentsOf: values) } }
        }
        let plan = try plan(for: labels.count)
        precondition(input.count == plan.input.count, "\(labels.count) images of another size than planned")
        plan.input.copyBytes(from: input)
        try plan.forward(training: true, step: number)
        return try logitGradient.withUnsafeMutableBufferPointer { gradient in
            let gradient = UnsafeMutableBufferPointer(rebasing: gradient[..<(labels.count * network.classCount)])
            let result = loss(logits: plan.output("logits"), labels: labels, gradient: gradient)
            guard result.mean.isFinite else { return result }
            try plan.backward(UnsafeBufferPointer(gradient))
            optimizer.step(
                plan.gradients.map { ParameterGradient(name: $0.name, values: UnsafeBufferPointer($0.values)) },
                learningRates: learningRates)
            (isFullPlanStale, isPartialPlanStale) = (true, true)
            isDone = true
            return result
        }
    }

    /// The plan for a batch of `count` images, its packed weights up to date.
    ///
    /// The one for a smaller batch works in the memory of the full one, and on its packed weights where the layouts agree.
    private func plan(for count: Int) throws -> Plan {
        try packWeights()
        if count == configuration.batch { return fullPlan }
        if let partialPlan, partialPlan.configuration.batch == count {
            if isPartialPlanStale { try partialPlan.parametersChanged() }
            isPartialPlanStale = false
            return partialPlan
        }
        var configuration = configuration
        configuration.batch = count
        let plan = try Plan(
            network: network, parameters: parameters, preprocessing: preprocessing, configuration: configuration,
            sharingMemoryOf: fullPlan)
        (partialPlan, isPartialPlanStale) = (plan, false)
        return plan
    }
}
