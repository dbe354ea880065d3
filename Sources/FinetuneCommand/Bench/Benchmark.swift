import Datasets
import Engine
import Files
import Networks
import Recipes
import Tasks
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
        let compiled = CompiledNetwork(network: network, parameters: store, preprocessing: .torch)
        let work = trainedStages(network).isEmpty ? try inference(compiled) : try training(compiled)
        var seconds: [Double] = []
        let clock = ContinuousClock()
        for index in 0..<Self.warmUpCount + repeats {
            try Cancellation.check()
            let time = try clock.measure { try work.step(index) }
            if index >= Self.warmUpCount { seconds.append(time / .seconds(1)) }
        }
        let peak = PeakMemory.bytes
        return Figures(
            secondsPerStep: seconds.sorted()[seconds.count / 2], peakMemoryBytes: peak,
            profile: isProfiled
                ? (try work.profile(), try Roofline(precision.precision, integers: isQuantized)) : nil)
    }

    /// What is timed: a step by its number, and what its parts take.
    private typealias Work = (step: (Int) throws -> Void, profile: () throws -> [StepProfile])

    private var configuration: Plan.Configuration {
        Plan.Configuration(batch: batch, height: imageSize, width: imageSize, precision: precision.precision)
    }

    /// A forward pass, as predictions take it.
    private func inference(_ compiled: CompiledNetwork) throws -> Work {
        var configuration = configuration
        if isQuantized { configuration.quantization = try calibrate(compiled) }
        let plan = try compiled.plan(configuration)
        fillWithNoise(plan.pixels)
        return ({ _ in try plan.forward() }, { try plan.profile(repeats: repeats) })
    }

    /// The step that a run takes: what the frozen part yields, once or each time, then forward, loss, backward and a step
    /// of SGD with momentum that the plan takes over.
    private func training(_ compiled: CompiledNetwork) throws -> Work {
        let stages = trainedStages(compiled.network)
        var configuration = configuration
        configuration.trainableStages = stages
        configuration.batchNorm = batchNorm
        if isQuantized { configuration.quantization = try calibrate(compiled) }
        let computation = try StageComputation(
            network: compiled.network, parameters: compiled.parameters, preprocessing: compiled.preprocessing,
            configuration: configuration, loss: SoftmaxCrossEntropy(classCount: Self.classCount),
            optimizer: OptimizerConfiguration(.sgd()))
        var pixels = [UInt8](repeating: 0, count: batch * imageSize * imageSize * 3)
        pixels.withUnsafeMutableBufferPointer { fillWithNoise($0) }
        let frozen = { [pixels] in
            guard let prefix = computation.prefix else { return pixels }
            return try pixels.withUnsafeBytes { Array(try prefix.activations(of: $0)) }
        }
        let kept = isCached ? try frozen() : nil
        let targets = (0..<batch).map { Target.category($0 % Self.classCount) }
        // Random weights on noise would diverge at any rate that moves them.
        let rates = Dictionary(uniqueKeysWithValues: stages.map { ($0, 1e-12) })
        return (
            { number in
                let loss = try computation.step(
                    input: kept ?? frozen(), targets: targets, number: number, learningRates: rates)
                precondition(loss.mean.isFinite, "a step of an infinite loss does not go back")
            }, { try computation.profile(repeats: repeats, includesPrefix: kept == nil) }
        )
    }

    /// The magnitudes that a batch yields.
    private func calibrate(_ compiled: CompiledNetwork) throws -> Quantization {
        guard Quantization.isSupported else { throw EngineError.noIntegers }
        var configuration = configuration
        configuration.observesMagnitudes = true
        let plan = try compiled.plan(configuration)
        defer { compiled.removePlans() }
        fillWithNoise(plan.pixels)
        try plan.forward()
        return Quantization(largestMagnitudes: plan.largestMagnitudes)
    }

    private func fillWithNoise(_ pixels: UnsafeMutableBufferPointer<UInt8>) {
        var random = RandomStream(seed: 1, purpose: .resampling)
        for i in pixels.indices { pixels[i] = UInt8(truncatingIfNeeded: random.nextWord()) }
    }
}
