import COneDNN
import Files
import Kernels
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

/// The memory that the steps of a plan work in, once it has been laid out.
final class Arena {
    private var storage = Storage(byteCount: 0)
    private var plan = MemoryPlan()
    private var isShared = false

    /// - Parameter partner: whose memory is used if it is large enough.
    /// - Throws: `EngineError` where there is not enough memory.
    func adopt(_ plan: MemoryPlan, sharing partner: Arena?) throws {
        self.plan = plan
        if let partner, partner.storage.byteCount >= plan.byteCount {
            (storage, isShared) = (partner.storage, true)
        } else {
            storage = try Storage(reserving: plan.byteCount)
        }
    }

    /// Of memory that is not somebody else's.
    var byteCount: Int { isShared ? 0 : storage.byteCount }

    func pointer(_ buffer: MemoryPlan.Buffer) -> UnsafeMutableRawPointer {
        storage.pointer + plan.offset(of: buffer)
    }

    func bytes(_ buffer: MemoryPlan.Buffer) -> UnsafeMutablePointer<UInt8> {
        pointer(buffer).assumingMemoryBound(to: UInt8.self)
    }

    func floats(_ buffer: MemoryPlan.Buffer, count: Int) -> UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(start: pointer(buffer).assumingMemoryBound(to: Float.self), count: count)
    }
}

/// Turns fused layers into steps: forward in order, then backward through the differentiated ones.
///
/// How each kind of layer is lowered stands in a file of its own; this one keeps what they share.
final class Lowering {
    /// The output of a layer, or the input of the network.
    struct Value {
        let buffer: MemoryPlan.Buffer
        let precision: Precision
        let shape: FeatureShape
    }

    let graph: LayerGraph
    let partition: Partition
    let store: ParameterStore
    let configuration: Plan.Configuration
    let arena = Arena()
    /// The shape of an image.
    let inputShape: FeatureShape
    /// The value of the watched feature map.
    let watched: Int?
    /// Whose memory and packed weights may be shared.
    let partner: Lowering?

    private(set) var values: [Value] = []
    private(set) var steps: [Step] = []
    /// How many of the steps belong to the forward pass.
    private(set) var forwardCount = 0
    /// Repacks the weights of a layer after the store changed, with the layer's stage.
    private(set) var packers: [(stage: String, pack: () throws -> Void, primitives: [Primitive])] = []
    private(set) var gradients: [Gradient] = []
    /// For each tap, where its output goes, in f32, and its shape for one image.
    private(set) var taps: [String: (storage: Storage, shape: FeatureShape)] = [:]
    /// dL/dlogits, batch × classes.
    private(set) var logitGradient: Storage?
    /// The watched feature map and the gradient with respect to it, both batch × shape floats.
    private(set) var watchedMap: (shape: FeatureShape, values: Storage, gradient: Storage)?
    /// The values that exist in 8-bit integers.
    var quantizedValues: [Int: QuantizedValue] = [:]
    /// Those of them that exist in no other form yet.
    var integersOnly: Set<Int> = []
    /// The largest magnitudes so far, by layer, where they are observed.
    var observedMagnitudes: [String: Float] = [:]
    /// The packed weights of convolutions, by layer.
    var packedWeights: [String: PackedWeights] = [:]
    /// The weights of linear layers that compute in bf16, by layer.
    var narrowWeights: [String: UnsafeMutableRawPointer] = [:]
    /// Memory that outlives the steps, kept for its owners and counted.
    private(set) var persistent: [Storage] = []

    private var memory = MemoryPlan()
    private var bindings: [(primitive: Primitive, slot: dnn_slot, buffer: MemoryPlan.Buffer)] = []
    private var primitives: [Primitive] = []
    /// What emits the steps that compute a value once more for the backward pass, which would else keep it.
    private var recomputations: [Int: (MemoryPlan.Buffer) -> Void] = [:]
    /// The gradients that have arrived at each value so far.
    private var arrived: [Int: [MemoryPlan.Buffer]] = [:]
    private var scratchFloats = 0
    private var packingBytes = 0
    private var convolutionBytes = 0

    /// Scratch for sums over positions, shared by all steps.
    private(set) var sumsScratch = Storage(byteCount: 0)
    /// Scratch for our own convolution kernels, shared by all steps.
    private(set) var convolutionScratch = Storage(byteCount: 0)
    /// Scratch for plain weights on their way into a packed layout.
    private(set) var packingScratch = Storage(byteCount: 0)

    var batch: Int { configuration.batch }

    init(
        graph: LayerGraph, inputChannels: Int, store: ParameterStore, configuration: Plan.Configuration,
        watched: Int? = nil, partner: Lowering? = nil
    ) {
        self.graph = graph
        inputShape = FeatureShape(height: configuration.height, width: configuration.width, channels: inputChannels)
        self.store = store
        self.configuration = configuration
        self.watched = watched
        self.partner = partner
        partition = Partition(
            graph.layers, trainableStages: configuration.trainableStages,
            watched: configuration.taps.contains("logits") ? watched : nil)
    }

    /// Lowers everything.
    /// - Parameters:
    ///   - tapValues: the values to tap, by name; `logits` is the last one.
    ///   - writeInput: fills the input value.
    /// - Throws: `EngineError`; `CancellationError` where the process' work shall end.
    func lower(
        taps tapValues: [String: Int],
        writeInput: @escaping (UnsafeMutableRawPointer) -> Void
    ) throws {
        let input: Value
        if case .suffix(let cut) = configuration.part {
            input = makeValue(cut.shape, cut.precision)
        } else {
            input = makeValue(inputShape, configuration.precision)
        }
        emit("input", touching: [input.buffer]) { [arena] _ in writeInput(arena.pointer(input.buffer)) }
        try emitTaps(of: 0, tapValues)

        var backwardPasses: [() throws -> Void] = []
        for (index, layer) in graph.layers.enumerated() {
            try Cancellation.check()
            if try !lowerQuantized(layer, index) {
                layer.reads.forEach(dequantize)
                backwardPasses.append(try lower(layer, index))
            }
            emitObservation(of: index + 1)
            try emitTaps(of: index + 1, tapValues)
            if index + 1 == watched {
                dequantize(index + 1)
                try emitWatchedMap()
            }
        }
        dequantize(graph.layers.count)
        forwardCount = steps.count

        if partition.requiresGradient.last == true, let logits = values.last {
            let storage = makeStorage(floats: batch * logits.shape.count)
            logitGradient = storage
            let buffer = makeBuffer(floats: batch * logits.shape.count)
            emit("loss gradient", touching: [buffer]) { [arena] _ in
                arena.pointer(buffer).copyMemory(from: storage.pointer, byteCount: storage.byteCount)
            }
            arrived[graph.layers.count] = [buffer]
            for (index, pass) in backwardPasses.enumerated().reversed() {
                if index + 1 == watched {
                    emitWatchedGradient(of: index)
                    break
                }
                try pass()
            }
        }
        try finish()
    }

    /// Whether a layer's batch norm uses and follows the statistics of the batch.
    ///
    /// The variance of one value for each channel is 0 whatever the value, and the output the shift alone: where the batch
    /// has no more, as a single image on a map of 1×1, the stored statistics are used and stay as they are.
    private func followsBatch(_ layer: Layer, _ index: Int) -> Bool {
        let valuesPerChannel = batch * layer.outputShape.height * layer.outputShape.width
        return layer.epsilon != nil && partition.trains[index] && configuration.batchNorm == .adapt
            && valuesPerChannel > 1
    }

    /// Emits the forward steps of a layer; the closure returned emits the backward ones.
    private func lower(_ layer: Layer, _ index: Int) throws -> () throws -> Void {
        switch layer.operation {
        case .convolution(let convolution):
            return followsBatch(layer, index)
                ? try lowerNormalized(layer, index, convolution) : try lowerFolded(layer, index, convolution)
        case .transposedConvolution(let convolution): return try lowerTransposed(layer, index, convolution)
        case .linear: return try lowerLinear(layer, index)
        case .batchNorm:
            return followsBatch(layer, index) ? lowerBatchNorm(layer, index) : lowerStoredBatchNorm(layer, index)
        case .layerNorm(let norm): return lowerLayerNorm(layer, index, norm)
        case .localResponseNorm(let norm): return lowerLocalResponseNorm(layer, index, norm)
        case .activation(let activation): return lowerActivation(layer, index, activation)
        case .scale(let scale): return lowerScale(layer, index, scale)
        case .sum: return lowerSum(layer, index)
        case .product: return lowerProduct(layer, index)
        case .concatenation: return lowerConcatenation(layer, index)
        case .maxPool(let pool): return lowerMaxPool(layer, index, pool.window)
        case .averagePool(let pool): return lowerAveragePool(layer, index, pool)
        case .adaptiveAveragePool(let pool): return lowerGridPool(layer, index, rows: pool.rows, columns: pool.columns)
        case .globalPool(.average): return lowerGridPool(layer, index, rows: 1, columns: 1)
        case .globalPool(.maximum): return lowerGlobalMaxPool(layer, index)
        case .paddedShortcut(let shortcut): return lowerPaddedShortcut(layer, index, stride: shortcut.stride)
        case .resize(let resize): return lowerResize(layer, index, resize)
        case .dropout(let dropout): return lowerDropout(layer, index, rate: dropout.rate)
        case .stochasticDepth(let depth): return lowerStochasticDepth(layer, index, rate: depth.rate)
        case .input, .flatten: preconditionFailure("\(layer.name) is no layer of its own")
        }
    }

    private func emitTaps(of value: Int, _ tapValues: [String: Int]) throws {
        for (name, tapped) in tapValues.sorted(by: { $0.key < $1.key }) where tapped == value {
            dequantize(value)
            taps[name] = try lowerTap(name, of: values[value])
        }
    }

    /// Copies the value just computed, for reading.
    private func emitWatchedMap() throws {
        let index = values.count - 1
        let (value, count) = (values[index], batch * values[index].shape.count)
        let map = (
            shape: value.shape, values: try reserveStorage(floats: count),
            gradient: try reserveStorage(floats: partition.requiresGradient[index] ? count : 0)
        )
        watchedMap = map
        emitCopy(of: value.buffer, like: value, to: map.values, "watched map")
    }

    /// Copies the gradient of the watched value, the output of layer `index`, as it arrives: not masked by its ReLU.
    private func emitWatchedGradient(of index: Int) {
        let layer = graph.layers[index]
        guard let map = watchedMap, let (first, second) = arrivedGradients(of: layer, index) else { return }
        let value = values[index + 1]
        if let second { emitSum(layer, of: first, second, mask: nil, like: value) }
        emitCopy(of: first, like: value, to: map.gradient, "watched gradient")
        memory.keepAcross(forwardCount)
    }

    /// Copies a value or its gradient into floats.
    private func emitCopy(of buffer: MemoryPlan.Buffer, like value: Value, to storage: Storage, _ name: String) {
        let count = batch * value.shape.count
        emit(name, touching: [buffer]) { [arena] _ in
            Self.widen(arena.pointer(buffer), storage, count: count, value.precision == .bf16)
        }
    }

    /// Lays out the arena and tells every primitive where its operands lie.
    private func finish() throws {
        memory.place()
        try arena.adopt(memory, sharing: partner?.arena)
        for binding in bindings { binding.primitive.bind(binding.slot, arena.pointer(binding.buffer)) }
        let scratchpad = try Storage(reserving: primitives.map(\.scratchpadSize).max() ?? 0)
        persistent.append(scratchpad)
        for primitive in primitives { primitive.bind(DNN_SCRATCHPAD, scratchpad.pointer) }
        sumsScratch = makeStorage(floats: scratchFloats)
        convolutionScratch = makeStorage(byteCount: convolutionBytes)
        packingScratch = makeStorage(byteCount: packingBytes)
        for packer in packers { for primitive in packer.primitives { primitive.bind(DNN_A, packingScratch.pointer) } }
    }
}

// What the lowering of each kind of layer builds on.
extension Lowering {
    func makeBuffer(byteCount: Int) -> MemoryPlan.Buffer { memory.makeBuffer(byteCount: byteCount) }

    func makeBuffer(floats count: Int) -> MemoryPlan.Buffer { makeBuffer(byteCount: count * 4) }

    /// A buffer for a gradient of `value`.
    func makeGradientBuffer(of value: Value) -> MemoryPlan.Buffer {
        makeBuffer(byteCount: batch * value.shape.count * value.precision.byteCount)
    }

    func makeStorage(byteCount: Int) -> Storage {
        let storage = Storage(byteCount: byteCount)
        persistent.append(storage)
        return storage
    }

    func makeStorage(floats count: Int) -> Storage { makeStorage(byteCount: count * 4) }

    /// Memory that grows with the batch.
    /// - Throws: `EngineError` where there is not enough.
    func reserveStorage(floats count: Int) throws -> Storage {
        let storage = try Storage(reserving: count * 4)
        persistent.append(storage)
        return storage
    }

    /// Appends the next value: the output of the layer being lowered.
    /// - Parameter buffer: where it lies, if it takes over the place of another value.
    @discardableResult func makeValue(
        _ shape: FeatureShape, _ precision: Precision, in buffer: MemoryPlan.Buffer? = nil
    ) -> Value {
        let byteCount = batch * shape.count * precision.byteCount
        let value = Value(buffer: buffer ?? makeBuffer(byteCount: byteCount), precision: precision, shape: shape)
        values.append(value)
        return value
    }

    /// Lets go of a value after the forward pass; the backward pass has it computed again.
    func recompute(_ value: Int, _ emit: @escaping (MemoryPlan.Buffer) -> Void) { recomputations[value] = emit }

    /// Where a value lies in the backward pass.
    func kept(_ value: Int) -> MemoryPlan.Buffer {
        if let recompute = recomputations.removeValue(forKey: value) {
            let (shape, precision) = (values[value].shape, values[value].precision)
            let buffer = makeGradientBuffer(of: values[value])
            values[value] = Value(buffer: buffer, precision: precision, shape: shape)
            recompute(buffer)
        }
        return values[value].buffer
    }

    /// Appends a step that reads or writes the given buffers.
    /// - Parameter parameterBytes: the bytes of the parameters that it reads, or of the gradients that it writes.
    func emit(
        _ name: String, touching buffers: [MemoryPlan.Buffer], multiplyAdds: Int = 0, parameterBytes: Int = 0,
        _ run: @escaping (StepContext) throws -> Void
    ) {
        for buffer in buffers { memory.use(buffer, at: steps.count) }
        let byteCount = Set(buffers).reduce(parameterBytes) { $0 + memory.byteCount(of: $1) }
        steps.append(Step(name: name, multiplyAdds: multiplyAdds, byteCount: byteCount, run: run))
    }

    /// Appends the execution of a primitive.
    func emit(
        _ name: String, _ primitive: Primitive, buffers: [(dnn_slot, MemoryPlan.Buffer)],
        fixed: [(dnn_slot, UnsafeMutableRawPointer)] = []
    ) {
        register(primitive)
        for (slot, buffer) in buffers { bindings.append((primitive, slot, buffer)) }
        for (slot, pointer) in fixed { primitive.bind(slot, pointer) }
        for (_, buffer) in buffers { memory.use(buffer, at: steps.count) }
        steps.append(
            Step(
                name: name, multiplyAdds: primitive.multiplyAdds, byteCount: primitive.operandsSize,
                run: { _ in try primitive.execute(for: name) }))
    }

    /// Gives a primitive that is executed by hand its share of the common scratchpad.
    func register(_ primitive: Primitive) { primitives.append(primitive) }

    /// Makes room for sums of `channels`.
    func reserveSums(channels: Int) { scratchFloats = max(scratchFloats, kernel_sums_scratch(channels)) }

    /// Makes room for the scratch of a convolution kernel.
    func reserveConvolution(byteCount: Int) { convolutionBytes = max(convolutionBytes, byteCount) }

    /// Registers the repacking of a layer's weights.
    /// - Parameters:
    ///   - scratch: the bytes it needs of `packingScratch`.
    ///   - primitives: the reorders that read from there.
    func addPacker(stage: String, scratch: Int, primitives: [Primitive], _ pack: @escaping () throws -> Void) {
        packingBytes = max(packingBytes, scratch)
        primitives.forEach(register)
        packers.append((stage, pack, primitives))
    }

    /// The memory for the gradient of a parameter.
    func makeGradient(_ name: String) -> UnsafeMutableBufferPointer<Float> {
        let shared = partner?.gradients.first { $0.name == name }
        let values = shared?.values ?? makeStorage(floats: store[name].count).floats
        gradients.append(Gradient(name: name, values: values))
        return values
    }

    /// The precision that a layer yields.
    func precision(of layer: Layer) -> Precision {
        layer.outputPrecision(of: layer.inputs.map { values[$0].precision }, activations: configuration.precision)
    }

    /// Appends the next value, the output of `layer`.
    func makeOutput(_ layer: Layer) -> Value { makeValue(layer.outputShape, precision(of: layer)) }

    /// The same, in the memory of the layer's input where nobody needs that any more.
    func makeOutputInPlace(_ layer: Layer, _ index: Int) -> Value {
        let input = values[layer.input]
        let takesOver =
            partition.lastReader[layer.input] == index && !partition.isSaved[layer.input]
            && input.precision == precision(of: layer) && input.shape == layer.outputShape
        return makeValue(layer.outputShape, precision(of: layer), in: takesOver ? input.buffer : nil)
    }

    /// Where a value lies in `precision`: a copy of it, if it has another one.
    /// - Parameter isBackward: whether it is for a backward step.
    func operand(
        _ value: Int, _ precision: Precision, of layer: Layer, isBackward: Bool = false
    ) -> MemoryPlan.Buffer {
        let buffer = isBackward ? kept(value) : values[value].buffer
        return converted(buffer, like: values[value], to: precision, layer)
    }

    /// Records that a gradient of `value` lies in `buffer`, in `precision`.
    func send(_ buffer: MemoryPlan.Buffer, _ precision: Precision, to value: Int, of layer: Layer) {
        let source = Value(buffer: buffer, precision: precision, shape: values[value].shape)
        send(converted(buffer, like: source, to: values[value].precision, layer), to: value)
    }

    /// A copy in another precision, or the buffer itself.
    func converted(
        _ buffer: MemoryPlan.Buffer, like value: Value, to precision: Precision, _ layer: Layer
    ) -> MemoryPlan.Buffer {
        guard precision != value.precision else { return buffer }
        let count = batch * value.shape.count
        let copy = makeBuffer(byteCount: count * precision.byteCount)
        emit("\(layer.name) operand in \(precision.rawValue)", touching: [buffer, copy]) { [arena] _ in
            if precision == .bf16 {
                kernel_f32_to_bf16(
                    arena.floats(buffer, count: count).baseAddress,
                    arena.pointer(copy).assumingMemoryBound(to: UInt16.self), count)
            } else {
                kernel_bf16_to_f32(
                    arena.pointer(buffer).assumingMemoryBound(to: UInt16.self),
                    arena.floats(copy, count: count).baseAddress, count)
            }
        }
        return copy
    }

    /// Records that a gradient of `value` lies in `buffer`.
    func send(_ buffer: MemoryPlan.Buffer, to value: Int) { arrived[value, default: []].append(buffer) }

    /// The gradient at the output of layer `index`, before its activation: the sum of all that arrived, masked.
    /// Nil where none arrived.
    func collectGradient(of layer: Layer, _ index: Int) -> MemoryPlan.Buffer? {
        guard let (first, second) = arrivedGradients(of: layer, index) else { return nil }
        guard second != nil || layer.activation != nil else { return first }
        let mask = layer.activation == nil ? nil : kept(index + 1)
        emitSum(layer, of: first, second, mask: mask, like: values[index + 1])
        return first
    }

    /// The same for a layer of channels, with sums over all positions for each channel.
    /// - Parameters:
    ///   - sums: receives the sums of the gradient.
    ///   - moments: where the input of the layer's batch norm lies, its means, and what receives the sums of
    ///     gradient · (input − mean).
    func collectGradient(
        of layer: Layer, _ index: Int, sums: UnsafeMutableBufferPointer<Float>,
        moments: (
            input: MemoryPlan.Buffer, mean: UnsafeMutableBufferPointer<Float>, sums: UnsafeMutableBufferPointer<Float>
        )? = nil
    ) -> MemoryPlan.Buffer? {
        guard let (first, second) = arrivedGradients(of: layer, index) else { return nil }
        let value = values[index + 1]
        let activation = layer.activation == nil ? nil : kept(index + 1)
        let (rows, channels) = (batch * value.shape.height * value.shape.width, value.shape.channels)
        reserveSums(channels: channels)
        let touched = [first, second, activation, moments?.input].compactMap(\.self)
        emit("\(layer.name) gradient", touching: touched) { [unowned self] _ in
            var operands = gradient_operands(
                gradient: arena.pointer(first), other: second.map(arena.pointer),
                activation: activation.map(arena.pointer), range: layer.range,
                in: (moments?.input).map(arena.pointer), mean: moments?.mean.baseAddress)
            kernel_gradient_sums(
                &operands, rows, channels, sums.baseAddress, moments?.sums.baseAddress, sumsScratch.floats.baseAddress,
                value.precision == .bf16)
        }
        return first
    }

    /// What has arrived at the output of layer `index`, added up to two gradients at most.
    private func arrivedGradients(
        of layer: Layer, _ index: Int
    ) -> (first: MemoryPlan.Buffer, second: MemoryPlan.Buffer?)? {
        guard let buffers = arrived.removeValue(forKey: index + 1), let first = buffers.first else { return nil }
        for other in buffers.dropFirst(2) { emitSum(layer, of: first, other, mask: nil, like: values[index + 1]) }
        return (first, buffers.dropFirst().first)
    }

    /// Adds `second` to `first`, and clears what the activation that yielded `mask` has limited.
    private func emitSum(
        _ layer: Layer, of first: MemoryPlan.Buffer, _ second: MemoryPlan.Buffer?, mask: MemoryPlan.Buffer?,
        like value: Value
    ) {
        let count = batch * value.shape.count
        emit("\(layer.name) gradient", touching: [first, second, mask].compactMap(\.self)) { [arena] _ in
            kernel_combine_gradients(
                arena.pointer(first), second.map(arena.pointer), mask.map(arena.pointer), layer.range,
                arena.pointer(first), count, value.precision == .bf16)
        }
    }
}

extension Layer {
    /// What its output is limited to.
    var range: value_range { value_range(activation?.range) }
}

extension value_range {
    /// No limit where there is no range.
    init(_ range: ClosedRange<Float>?) {
        guard let range else {
            self = .unlimited
            return
        }
        self.init(
            lowest: range.lowerBound, highest: range.upperBound.isInfinite ? .nan : range.upperBound)
    }

    static let unlimited = value_range(lowest: .nan, highest: .nan)
}
