import Dispatch
import Files
import Kernels
import Networks

/// A network compiled for one batch size, image size, precision and set of trained stages: a list of steps on memory laid
/// out beforehand.
///
/// The frozen prefix, everything before the first trained stage, is compiled as an inference network: batch norm folded,
/// ReLU and residual sums fused, nothing kept. All calls come from one thread; the steps use all cores.
package final class Plan {
    /// What a plan is compiled for.
    package struct Configuration: Hashable, Sendable {
        /// Images in a batch.
        package var batch: Int
        package var height: Int
        package var width: Int
        package var precision: Precision
        /// The stages whose parameters are trained; none for inference.
        package var trainableStages: Set<String>
        /// What batch norm does in the trained stages.
        package var batchNorm: BatchNormMode
        /// The outputs wanted, by the names that `Network.node(tappedBy:)` knows. Layers after the last of them are left
        /// out, unless the plan trains. What is fused into a layer can be tapped where the whole network is inferred.
        package var taps: [String]
        /// What becomes of the positions of tapped feature maps.
        package var tapPooling = TapPooling.average
        /// The feature map to look at, as `Network.featureMap(named:)` has it, or the output of a node by its name: kept
        /// as it is and, where the plan has logits, with their gradient. A plan that trains watches none.
        package var watchedMap: String?
        /// What dropout masks are drawn from.
        package var seed: UInt64
        /// Which part of the network is computed.
        package var part = Part.whole
        /// How frozen layers are computed in 8-bit integers; nil where they are not.
        package var quantization: Quantization?
        /// Whether `largestMagnitudes` are recorded.
        package var observesMagnitudes = false

        package init(
            batch: Int, height: Int, width: Int, precision: Precision = .f32, trainableStages: Set<String> = [],
            batchNorm: BatchNormMode = .frozen, taps: [String] = ["logits"], seed: UInt64 = 0
        ) {
            self.batch = batch
            self.height = height
            self.width = width
            self.precision = precision
            self.trainableStages = trainableStages
            self.batchNorm = batchNorm
            self.taps = taps
            self.seed = seed
        }
    }

    /// The whole network or one side of a cut.
    package enum Part: Hashable, Sendable {
        case whole
        /// From pixels to the value at the cut: `boundary`.
        case prefix(Cut)
        /// From the value at the cut, which is put into `boundary`, to the logits.
        case suffix(Cut)
    }

    package let configuration: Configuration
    /// How many classes the logits tell apart.
    package let classCount: Int
    /// The input: batch × height × width × channels bytes, RGB where there are three. Filled before `forward`. Empty behind
    /// a cut.
    package let pixels: UnsafeMutableBufferPointer<UInt8>
    /// The gradients of all trained parameters, valid after `backward`.
    package let gradients: [Gradient]

    private let pixelStorage: Storage
    private let store: ParameterStore
    /// How many threads its primitives were made for, and are to run on.
    private let threadCount: Int
    private let program: Program

    /// Compiles a plan and packs the weights of `parameters`, which it goes on referring to.
    /// - Parameter partner: a plan on the same network and parameters that never runs while this one's results are
    ///   needed, and the other way round. Memory for activations and gradients, and packed weights where both want them
    ///   alike, are shared with it; its own packed weights are to be kept current.
    /// - Throws: `ImageSizeError` for images too small, `EngineError` where the processor or oneDNN refuses,
    ///   `CancellationError` where the process' work shall end.
    package init(
        network: Network, parameters: ParameterStore, preprocessing: Preprocessing, configuration: Configuration,
        sharingMemoryOf partner: Plan? = nil
    ) throws {
        precondition(configuration.batch > 0, "a batch holds at least one image")
        self.configuration = configuration
        threadCount = ComputeLibrary.threadCount
        parallel_adopt_threads(Int32(threadCount))
        store = parameters
        classCount = network.classCount
        let channels = network.inputChannels
        precondition(preprocessing.mean.count == channels, "a mean for each channel of the images")
        var pixelCount = configuration.batch * configuration.height * configuration.width * channels
        if case .suffix = configuration.part { pixelCount = 0 }
        pixelStorage = try Storage(reserving: pixelCount)
        pixels = UnsafeMutableBufferPointer(
            start: pixelStorage.pointer.bindMemory(to: UInt8.self, capacity: pixelCount), count: pixelCount)

        let nodes = try configuration.taps.map(network.node(tappedBy:))
        var graph = try network.fused(
            height: configuration.height, width: configuration.width, tapped: Set(nodes)
        ) { configuration.trainableStages.contains($0.stage) }
        var taps: [String: Int] = [:]
        let watched = try configuration.watchedMap.map { try network.value(watchedAs: $0, in: graph) }
        precondition(
            watched == nil || configuration.trainableStages.isEmpty && configuration.part == .whole,
            "a feature map is watched in a whole network that does not train")
        if case .prefix(let cut) = configuration.part {
            graph.keepPrefix(upTo: cut)
        } else {
            for (name, node) in zip(configuration.taps, nodes) { taps[name] = graph.values[node] }
            if configuration.trainableStages.isEmpty {
                let last = (taps.values + [watched].compactMap(\.self)).max()
                graph.layers.removeLast(graph.layers.count - (last ?? graph.layers.count))
            }
        }
        if case .suffix(let cut) = configuration.part {
            graph.keepSuffix(behind: cut)
            taps = taps.mapValues { $0 - cut.value }
        }

        let precision = configuration.precision
        guard precision.isSupported || !graph.usesLibrary(activations: precision) else {
            throw EngineError.unsupported(precision)
        }
        let pixels = pixels
        program = try Lowering.lower(
            graph, inputChannels: channels, parameters, configuration, taps: taps, watched: watched,
            sharing: partner?.program
        ) { input in
            // Behind a cut the input is put in its place from outside.
            guard !pixels.isEmpty else { return }
            preprocessing.mean.withUnsafeBufferPointer { mean in
                preprocessing.standardDeviation.withUnsafeBufferPointer { deviation in
                    kernel_normalize_pixels(
                        pixels.baseAddress, input, pixels.count / channels, channels,
                        preprocessing.channelOrder == .bgr, mean.baseAddress, deviation.baseAddress,
                        configuration.precision == .bf16)
                }
            }
        }
        let order = Dictionary(uniqueKeysWithValues: network.parameters.enumerated().map { ($1.name, $0) })
        gradients = program.gradients.sorted { order[$0.name, default: 0] < order[$1.name, default: 0] }
        try program.weights.pack()
    }

    /// The memory the plan holds: activations, gradients and packed weights. The parameters themselves are the store's.
    package var memoryBytes: Int {
        program.memoryBytes + pixelStorage.byteCount
    }

    /// The value at the cut, batch × `Cut.byteCount` bytes: of a prefix valid after `forward`, until the next; of the
    /// rest to be filled before each `forward`, because computing writes over it.
    package var boundary: UnsafeMutableRawBufferPointer {
        switch configuration.part {
        case .whole: preconditionFailure("a whole network has no boundary")
        case .prefix(let cut): boundary(cut, program.output)
        case .suffix(let cut): boundary(cut, program.input)
        }
    }

    private func boundary(_ cut: Cut, _ value: Value) -> UnsafeMutableRawBufferPointer {
        precondition(value.shape == cut.shape && value.precision == cut.precision, "the cut is of another network")
        return UnsafeMutableRawBufferPointer(
            start: program.arena.pointer(value.buffer), count: configuration.batch * cut.byteCount)
    }

    /// What the first step reads, image after image: `pixels`, or behind a cut `boundary`.
    package var input: UnsafeMutableRawBufferPointer {
        if case .suffix = configuration.part { boundary } else { UnsafeMutableRawBufferPointer(pixels) }
    }

    /// The largest magnitudes that layers have yielded so far, by name, of a plan that observes them.
    package var largestMagnitudes: [String: Float] { program.observed.largest }

    /// Runs the network on `pixels`, or on the value at the cut.
    /// - Parameters:
    ///   - training: dropout drops; batch norm in mode `adapt` uses the batch and moves the stored statistics.
    ///   - step: the number of the step, which dropout masks are drawn from.
    package func forward(training: Bool = false, step: Int = 0) throws {
        try run(0..<program.forwardCount, StepContext(isTraining: training, step: step))
    }

    /// Runs the network on numbers that are preprocessed already: batch × height × width × channels.
    package func forward(preprocessed input: [Float], training: Bool = false, step: Int = 0) throws {
        let value = program.input
        precondition(input.count == pixels.count, "the input must be batch × height × width × channels")
        let memory = program.arena.pointer(value.buffer)
        input.withUnsafeBufferPointer {
            if value.precision == .bf16 {
                kernel_f32_to_bf16($0.baseAddress, memory.assumingMemoryBound(to: UInt16.self), input.count)
            } else {
                memory.copyMemory(from: UnsafeRawPointer($0.baseAddress!), byteCount: input.count * 4)
            }
        }
        try run(1..<program.forwardCount, StepContext(isTraining: training, step: step))
    }

    /// The output of a tap after `forward`: batch × `width(of:)`, in f32.
    package func output(_ tap: String) -> UnsafeBufferPointer<Float> {
        UnsafeBufferPointer(self.tap(tap).storage.floats)
    }

    /// The shape of what a tap yields for an image.
    package func shape(of tap: String) -> FeatureShape { self.tap(tap).shape }

    /// How many numbers a tap yields for an image.
    package func width(of tap: String) -> Int { shape(of: tap).count }

    /// The feature map that is watched.
    package struct WatchedMap {
        /// Of one image.
        package let shape: FeatureShape
        /// Batch × `shape`, in f32; valid after `forward`.
        package let values: UnsafeBufferPointer<Float>
        /// dL/d`values`; valid after `backward`.
        package let gradient: UnsafeBufferPointer<Float>
    }

    /// What is known of the feature map that the configuration names.
    package var watchedMap: WatchedMap {
        guard let map = program.watchedMap else { preconditionFailure("the plan was compiled without a watched map") }
        return WatchedMap(
            shape: map.shape, values: UnsafeBufferPointer(map.values.floats),
            gradient: UnsafeBufferPointer(map.gradient.floats))
    }

    /// Computes the gradients of all trained parameters, or that of the watched feature map.
    ///
    /// With a watched map it may follow one `forward` several times, for several gradients.
    /// - Parameter logitGradient: dL/dlogits, batch × classes.
    package func backward(_ logitGradient: UnsafeBufferPointer<Float>) throws {
        guard let storage = program.logitGradient else { preconditionFailure("this plan differentiates nothing") }
        precondition(logitGradient.count == storage.floats.count, "the gradient must be batch × classes")
        _ = storage.floats.update(fromContentsOf: logitGradient)
        try run(program.forwardCount..<program.steps.count, StepContext())
    }

    /// Takes over what has changed in the parameters of `stages`.
    package func parametersChanged(in stages: Set<String>) throws {
        parallel_adopt_threads(Int32(threadCount))
        try program.weights.pack(stages)
    }

    /// Takes over what has changed in the parameters that the plan trains, or in all if it trains none.
    package func parametersChanged() throws {
        let trained = configuration.trainableStages
        parallel_adopt_threads(Int32(threadCount))
        try program.weights.pack(trained.isEmpty ? nil : trained)
    }

    /// Runs all steps again and again on whatever the input holds, and tells what each of them costs.
    /// - Parameter repeats: how often.
    /// - Throws: `CancellationError` where the process' work shall end.
    package func profile(repeats: Int = 1) throws -> [StepProfile] {
        parallel_adopt_threads(Int32(threadCount))
        var seconds = [[Double]](repeating: [], count: program.steps.count)
        for _ in 0..<max(repeats, 1) {
            for (position, step) in program.steps.enumerated() {
                try Cancellation.check()
                let start = DispatchTime.now().uptimeNanoseconds
                try step.run(StepContext(isTraining: true, step: 0))
                seconds[position].append(Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9)
            }
        }
        return zip(program.steps, seconds).map { step, seconds in
            StepProfile(
                name: step.name, seconds: seconds.sorted()[seconds.count / 2], multiplyAdds: step.multiplyAdds,
                byteCount: step.byteCount)
        }
    }

    private func run(_ steps: Range<Int>, _ context: StepContext) throws {
        parallel_adopt_threads(Int32(threadCount))
        for step in program.steps[steps] {
            try Cancellation.check()
            try step.run(context)
        }
    }

    private func tap(_ name: String) -> (storage: Storage, shape: FeatureShape) {
        guard let tap = program.taps[name] else { preconditionFailure("the plan was compiled without a tap \(name)") }
        return tap
    }
}

extension Network {
    /// The value of a feature map, after the batch norm and ReLU that belong to its layer.
    fileprivate func value(watchedAs name: String, in graph: LayerGraph) throws -> Int {
        guard let node = featureMap(named: name) ?? nodes.firstIndex(where: { $0.name == name }) else {
            throw EngineError(
                description:
                    "\(self.name) has no feature map \(name); it has \(featureMapStages.joined(separator: ", ")) and "
                    + "the layers in them"
            )
        }
        // Nodes that were fused have no value of their own: the last of them has.
        guard let value = graph.values[node...].first(where: { $0 > 0 }) else {
            preconditionFailure("\(nodes[node].name) was fused into nothing")
        }
        return value
    }
}
