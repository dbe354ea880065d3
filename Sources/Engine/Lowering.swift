import COneDNN
import Files
import Kernels
import Networks

/// Turns fused layers into a program: forward in order, then backward through the differentiated ones.
///
/// How each kind of layer is lowered stands in a file of its own. They emit steps on the tape, send gradients through the
/// flow, and hand weights to the packer.
struct Lowering {
    let graph: LayerGraph
    let partition: Partition
    let store: ParameterStore
    let configuration: Plan.Configuration
    let tape: Tape
    let flow: GradientFlow
    let weights: WeightPacker
    let integers = IntegerForms()
    let observed = Magnitudes()

    var batch: Int { configuration.batch }
    var arena: Arena { tape.arena }
    var values: [Value] { tape.values }

    /// Lowers a network.
    /// - Parameters:
    ///   - inputChannels: of an image.
    ///   - taps: the values to tap, by name; `logits` is the last one.
    ///   - watched: the value of the watched feature map.
    ///   - partner: whose memory and packed weights may be shared.
    ///   - writeInput: fills the input value.
    /// - Throws: `EngineError`; `CancellationError` where the process' work shall end.
    static func lower(
        _ graph: LayerGraph, inputChannels: Int, _ store: ParameterStore, _ configuration: Plan.Configuration,
        taps: [String: Int], watched: Int?, sharing partner: Program?,
        writeInput: @escaping (UnsafeMutableRawPointer) -> Void
    ) throws -> Program {
        let tape = Tape(batch: configuration.batch)
        let lowering = Lowering(
            graph: graph,
            partition: Partition(
                graph.layers, trainableStages: configuration.trainableStages,
                watched: configuration.taps.contains("logits") ? watched : nil),
            store: store, configuration: configuration, tape: tape,
            flow: GradientFlow(tape, sharing: partner?.gradients ?? []),
            weights: WeightPacker(tape, sharing: partner?.weights))
        lowering.emitInput(channels: inputChannels, writeInput)
        let outputs = try lowering.emitForward(taps: taps, watched: watched)
        let forwardCount = tape.steps.count
        let logitGradient = try lowering.emitBackward(outputs, watched: watched)
        try tape.finish(sharing: partner?.arena)
        lowering.weights.finish()
        guard let input = tape.values.first, let output = tape.values.last else { preconditionFailure("no values") }
        return Program(
            steps: tape.steps, forwardCount: forwardCount, arena: tape.arena, input: input, output: output,
            taps: outputs.taps, logitGradient: logitGradient, gradients: lowering.flow.gradients,
            watchedMap: outputs.watchedMap, weights: lowering.weights, observed: lowering.observed,
            persistent: tape.persistent, shared: partner.map { $0.shared + $0.persistent } ?? [])
    }

    /// Emits the backward steps of a layer.
    typealias BackwardPass = () throws -> Void

    private func emitInput(channels: Int, _ writeInput: @escaping (UnsafeMutableRawPointer) -> Void) {
        let input: Value
        if case .suffix(let cut) = configuration.part {
            input = tape.makeValue(cut.shape, cut.precision)
        } else {
            let shape = FeatureShape(height: configuration.height, width: configuration.width, channels: channels)
            input = tape.makeValue(shape, configuration.precision)
        }
        tape.emit("input", touching: [input.buffer]) { [arena] _ in writeInput(arena.pointer(input.buffer)) }
    }

    /// What the forward pass leaves for reading, and how the backward pass goes on: by layer, nil where it never comes.
    private struct Outputs {
        var taps: [String: (storage: Storage, shape: FeatureShape)] = [:]
        var watchedMap: WatchedMap?
        var passes: [BackwardPass?] = []
    }

    private func emitForward(taps: [String: Int], watched: Int?) throws -> Outputs {
        var outputs = Outputs()
        func emitTaps(of value: Int) throws {
            for (name, tapped) in taps.sorted(by: { $0.key < $1.key }) where tapped == value {
                dequantize(value)
                outputs.taps[name] = try lowerTap(name, of: values[value])
            }
        }
        try emitTaps(of: 0)
        for (index, layer) in graph.layers.enumerated() {
            try Cancellation.check()
            if try lowerQuantized(layer, index) {
                outputs.passes.append(nil)
            } else {
                layer.reads.forEach(dequantize)
                outputs.passes.append(try lower(layer, index))
            }
            emitObservation(of: index + 1)
            try emitTaps(of: index + 1)
            if index + 1 == watched {
                dequantize(index + 1)
                outputs.watchedMap = try emitWatchedMap()
            }
        }
        dequantize(graph.layers.count)
        return outputs
    }

    /// - Returns: where dL/dlogits is put; nil where nothing is differentiated.
    private func emitBackward(_ outputs: Outputs, watched: Int?) throws -> Storage? {
        guard partition.requiresGradient.last == true, let logits = values.last else { return nil }
        let forwardCount = tape.steps.count
        let count = batch * logits.shape.count
        let (storage, buffer) = (tape.makeStorage(floats: count), tape.makeBuffer(floats: count))
        tape.emit("loss gradient", touching: [buffer]) { [arena] _ in
            arena.pointer(buffer).copyMemory(from: storage.pointer, byteCount: storage.byteCount)
        }
        flow.send(buffer, to: graph.layers.count)
        for (index, pass) in outputs.passes.enumerated().reversed() {
            if index + 1 == watched, let map = outputs.watchedMap {
                if let gradient = flow.collectUnmasked(of: graph.layers[index], index) {
                    emitCopy(of: gradient, like: values[index + 1], to: map.gradient, "watched gradient")
                    tape.keepAcross(forwardCount)
                }
                break
            }
            try pass?()
        }
        return storage
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
    private func lower(_ layer: Layer, _ index: Int) throws -> BackwardPass {
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
        case .dropout(let dropout): return lowerDropout(layer, index, dropout)
        case .input, .flatten: preconditionFailure("\(layer.name) is no layer of its own")
        }
    }

    /// Copies the value just computed, for reading.
    private func emitWatchedMap() throws -> WatchedMap {
        let index = values.count - 1
        let (value, count) = (values[index], batch * values[index].shape.count)
        let map = WatchedMap(
            shape: value.shape, values: try tape.reserveStorage(floats: count),
            gradient: try tape.reserveStorage(floats: partition.requiresGradient[index] ? count : 0))
        emitCopy(of: value.buffer, like: value, to: map.values, "watched map")
        return map
    }

    /// Copies a value or its gradient into floats.
    private func emitCopy(of buffer: MemoryPlan.Buffer, like value: Value, to storage: Storage, _ name: String) {
        let count = batch * value.shape.count
        tape.emit(name, touching: [buffer]) { [arena] _ in
            Self.widen(arena.pointer(buffer), storage, count: count, value.precision == .bf16)
        }
    }
}

// What the lowering of each kind of layer builds on.
extension Lowering {
    /// The precision that a layer yields.
    func precision(of layer: Layer) -> Precision {
        layer.outputPrecision(of: layer.inputs.map { values[$0].precision }, activations: configuration.precision)
    }

    /// Appends the next value, the output of `layer`.
    func makeOutput(_ layer: Layer) -> Value { tape.makeValue(layer.outputShape, precision(of: layer)) }

    /// The same, in the memory of the layer's input where nobody needs that any more.
    func makeOutputInPlace(_ layer: Layer, _ index: Int) -> Value {
        let input = values[layer.input]
        let takesOver =
            partition.lastReader[layer.input] == index && !partition.isSaved[layer.input]
            && input.precision == precision(of: layer) && input.shape == layer.outputShape
        return tape.makeValue(layer.outputShape, precision(of: layer), in: takesOver ? input.buffer : nil)
    }

    /// Where a value lies in `precision`: a copy of it, if it has another one.
    /// - Parameter isBackward: whether it is for a backward step.
    func operand(
        _ value: Int, _ precision: Precision, of layer: Layer, isBackward: Bool = false
    ) -> MemoryPlan.Buffer {
        let buffer = isBackward ? flow.kept(value) : values[value].buffer
        return tape.converted(buffer, like: values[value], to: precision, for: layer)
    }

    /// Records that a gradient of `value` lies in `buffer`, in `precision`.
    func send(_ buffer: MemoryPlan.Buffer, _ precision: Precision, to value: Int, of layer: Layer) {
        let source = Value(buffer: buffer, precision: precision, shape: values[value].shape)
        flow.send(tape.converted(buffer, like: source, to: values[value].precision, for: layer), to: value)
    }

    /// The memory for the gradient of a parameter.
    func makeGradient(_ name: String) -> UnsafeMutableBufferPointer<Float> {
        flow.make(name, count: store[name].count)
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
