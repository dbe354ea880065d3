import COneDNN
import Kernels
import Networks

/// The output of a layer, or the input of the network.
struct Value {
    let buffer: MemoryPlan.Buffer
    let precision: Precision
    let shape: FeatureShape
}

/// The steps of a plan in the making, and the memory that they work in.
final class Tape {
    /// Images in a batch.
    let batch: Int
    /// Where buffers lie, once everything is laid out.
    let arena = Arena()
    /// Scratch for sums over positions.
    let sums = Scratch()
    /// Scratch for our own convolution kernels.
    let convolutions = Scratch()

    /// Value 0 is the network's input, value `i + 1` the output of layer `i`.
    private(set) var values: [Value] = []
    private(set) var steps: [Step] = []
    /// Memory that outlives the steps, kept for its owners and counted.
    private(set) var persistent: [Storage] = []

    private var memory = MemoryPlan()
    private var bindings: [(primitive: Primitive, slot: dnn_slot, buffer: MemoryPlan.Buffer)] = []
    private var primitives: [Primitive] = []

    init(batch: Int) { self.batch = batch }

    /// Lays out the arena and tells every primitive where its operands lie.
    /// - Parameter partner: whose memory is used if it is large enough.
    /// - Throws: `EngineError` where there is not enough memory.
    func finish(sharing partner: Arena?) throws {
        memory.place()
        try arena.adopt(memory, sharing: partner)
        for binding in bindings { binding.primitive.bind(binding.slot, arena.pointer(binding.buffer)) }
        let scratchpad = try Storage(reserving: primitives.map(\.scratchpadSize).max() ?? 0)
        persistent.append(scratchpad)
        for primitive in primitives { primitive.bind(DNN_SCRATCHPAD, scratchpad.pointer) }
        for scratch in [sums, convolutions] { persistent.append(scratch.allocate()) }
    }
}

// Memory.
extension Tape {
    func makeBuffer(byteCount: Int) -> MemoryPlan.Buffer { memory.makeBuffer(byteCount: byteCount) }

    func makeBuffer(floats count: Int) -> MemoryPlan.Buffer { makeBuffer(byteCount: count * 4) }

    /// A buffer for a gradient of `value`.
    func makeGradientBuffer(of value: Value) -> MemoryPlan.Buffer {
        makeBuffer(byteCount: batch * value.shape.count * value.precision.byteCount)
    }

    func makeStorage(byteCount: Int) -> Storage {
        let storage = Storage(byteCount: byteCount)
        keep(storage)
        return storage
    }

    func makeStorage(floats count: Int) -> Storage { makeStorage(byteCount: count * 4) }

    /// Memory that grows with the batch.
    /// - Throws: `EngineError` where there is not enough.
    func reserveStorage(floats count: Int) throws -> Storage {
        let storage = try Storage(reserving: count * 4)
        keep(storage)
        return storage
    }

    /// Keeps memory as long as the steps.
    func keep(_ storage: Storage) { persistent.append(storage) }

    /// Makes room for sums of `channels`.
    func reserveSums(channels: Int) { sums.reserve(byteCount: kernel_sums_scratch(channels) * 4) }

    /// Keeps whatever is written before `step` and used from there on, so that the steps from there on can run again.
    func keepAcross(_ step: Int) { memory.keepAcross(step) }
}

// Values.
extension Tape {
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

    /// Lets a value lie elsewhere from here on.
    func move(_ value: Int, to buffer: MemoryPlan.Buffer) {
        values[value] = Value(buffer: buffer, precision: values[value].precision, shape: values[value].shape)
    }

    /// A copy of what lies in a buffer in another precision, or the buffer itself.
    /// - Parameter value: what the buffer is like.
    func converted(
        _ buffer: MemoryPlan.Buffer, like value: Value, to precision: Precision, for layer: Layer
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
}

// Steps.
extension Tape {
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
}

/// Memory that several steps use in turn, each for itself: as much as the neediest of them wants.
final class Scratch {
    private var byteCount = 0
    private var storage = Storage(byteCount: 0)

    func reserve(byteCount: Int) { self.byteCount = max(self.byteCount, byteCount) }

    /// Makes what was reserved.
    func allocate() -> Storage {
        storage = Storage(byteCount: byteCount)
        return storage
    }

    var memory: Storage { storage }
    var pointer: UnsafeMutableRawPointer { storage.pointer }
    var floats: UnsafeMutablePointer<Float>? { storage.floats.baseAddress }
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
