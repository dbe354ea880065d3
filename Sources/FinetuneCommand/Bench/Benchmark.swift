import Engine
import Files
import Networks
import Recipes
import Tensors
import Training

/// What a network costs on random images: one step, timed again and again.
struct Benchmark {
    /// What a step does.
    enum Case: String, CaseIterable, Sendable {
        /// Inference.
        case forward
        /// Training of the head alone.
        case head
        /// Training of the last stage and the head.
        case layer4
        /// Training of everything.
        case full
    }

    var architecture: Architecture
    var workload: Case
    var precision: PrecisionChoice
    var batch: Int
    var imageSize: Int
    var batchNorm: BatchNormMode
    /// Whether what the frozen part yields comes from memory, as it does in a run's later epochs.
    var isCached = false
    /// How many steps are timed, after `warmUpCount` that are not.
    var repeats: Int

    static let warmUpCount = 3
    private static let classCount = 10

    struct Figures {
        /// The median of the timed steps.
        var secondsPerStep: Double
        /// The largest resident memory of the process since the benchmark began.
        var peakMemoryBytes: Int
        /// What each part of a step costs and what would be possible, where that was asked for.
        var profile: (steps: [StepProfile], roofline: Roofline)?
    }

    /// `int8`, or the precision of all there is.
    var precisionName: String { isQuantized ? precision.rawValue : precision.precision.rawValue }

    private var isQuantized: Bool { precision == .int8 }

    func imagesPerSecond(_ figures: Figures) -> Double { Double(batch) / figures.secondsPerStep }

    /// The stages that `workload` trains: the last but the head that has parameters stands for `layer4`.
    private func trainedStages(_ network: Network) -> Set<String> {
        let stages = network.trainableStageNames
        switch workload {
        case .forward: return []
        case .head: return [Network.headStage]
        case .layer4:
            return Set([network.featureMapStages.last].compactMap(\.self) + [Network.headStage])
        case .full: return Set(stages)
        }
    }

    /// Runs it.
    /// - Parameter isProfiled: whether each part of a step is timed as well.
    /// - Throws: `ImageSizeError`, `EngineError`, `CancellationError`.
    func run(isProfiled: Bool) throws -> Figures {
        PeakMemory.reset()
        let network = architecture.network(Architecture.Options(classCount: Self.classCount))
        let store = ParameterStore(network)
        store.initialize(stages: Set(network.trainableStageNames), seed: 1)
        let stages = trainedStages(network)
        var configuration = Plan.Configuration(
            batch: batch, height: imageSize, width: imageSize, precision: precision.precision, trainableStages: stages,
            batchNorm: batchNorm)
        if isQuantized { configuration.quantization = try calibrate(network, store) }
        var kept: [UInt8]?
        if isCached, !stages.isEmpty,
            let cut = try network.cut(
                height: imageSize, width: imageSize, precision: precision.precision, trained: stages)
        {
            kept = try activations(at: cut, network, store, configuration)
            configuration.part = .suffix(cut)
        }
        let plan = try Plan(network: network, parameters: store, preprocessing: .torch, configuration: configuration)
        fillWithNoise(plan.pixels)

        let training = trainingStep(plan, store, stages)
        let step = { (index: Int) in
            if let kept { plan.input.copyBytes(from: kept) }
            if stages.isEmpty { try plan.forward() } else { try training(index) }
        }
        var seconds: [Double] = []
        let clock = ContinuousClock()
        for index in 0..<Self.warmUpCount + repeats {
            try Cancellation.check()
            let time = try clock.measure { try step(index) }
            if index >= Self.warmUpCount { seconds.append(time / .seconds(1)) }
        }
        let peak = PeakMemory.bytes
        return Figures(
            secondsPerStep: seconds.sorted()[seconds.count / 2], peakMemoryBytes: peak,
            profile: isProfiled
                ? (
                    try plan.profile(repeats: repeats),
                    try Roofline(precision.precision, integers: isQuantized)
                ) : nil)
    }

    /// What the frozen part yields for a batch.
    private func activations(
        at cut: Cut, _ network: Network, _ store: ParameterStore, _ configuration: Plan.Configuration
    ) throws -> [UInt8] {
        var configuration = configuration
        configuration.trainableStages = []
        configuration.part = .prefix(cut)
        let plan = try Plan(network: network, parameters: store, preprocessing: .torch, configuration: configuration)
        fillWithNoise(plan.pixels)
        try plan.forward()
        return Array(plan.boundary)
    }

    /// The magnitudes that a batch yields.
    private func calibrate(_ network: Network, _ store: ParameterStore) throws -> Quantization {
        guard Quantization.isSupported else { throw EngineError.noIntegers }
        var configuration = Plan.Configuration(
            batch: batch, height: imageSize, width: imageSize, precision: precision.precision)
        configuration.observesMagnitudes = true
        let plan = try Plan(network: network, parameters: store, preprocessing: .torch, configuration: configuration)
        fillWithNoise(plan.pixels)
        try plan.forward()
        return Quantization(largestMagnitudes: plan.largestMagnitudes)
    }

    private func fillWithNoise(_ pixels: UnsafeMutableBufferPointer<UInt8>) {
        var random = RandomStream(seed: 1, purpose: .resampling)
        for i in pixels.indices { pixels[i] = UInt8(truncatingIfNeeded: random.nextWord()) }
    }

    /// Forward, loss, backward, and a step of SGD with momentum that the plan takes over.
    private func trainingStep(_ plan: Plan, _ store: ParameterStore, _ stages: Set<String>) -> (Int) throws -> Void {
        let loss = SoftmaxCrossEntropy(classCount: Self.classCount)
        let labels = (0..<batch).map { $0 % Self.classCount }
        let optimizer = Optimizer(OptimizerConfiguration(.sgd()), store: store, stages: stages)
        let rates = Dictionary(uniqueKeysWithValues: stages.map { ($0, 1e-3) })
        let gradients = plan.gradients.map {
            ParameterGradient(name: $0.name, values: UnsafeBufferPointer($0.values))
        }
        var logitGradient = [Float](repeating: 0, count: batch * Self.classCount)
        return { index in
            try plan.forward(training: true, step: index)
            try logitGradient.withUnsafeMutableBufferPointer {
                _ = loss(logits: plan.output("logits"), labels: labels, gradient: $0)
                try plan.backward(UnsafeBufferPointer($0))
            }
            optimizer.step(gradients, learningRates: rates)
            try plan.parametersChanged()
        }
    }
}
