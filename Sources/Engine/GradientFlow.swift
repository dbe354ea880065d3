import Kernels
import Networks

/// The way of gradients back through the layers: what has arrived at each value, and what becomes of a parameter.
final class GradientFlow {
    private let tape: Tape
    /// The gradients of a partner, whose memory may be shared.
    private let shared: [Gradient]
    private(set) var gradients: [Gradient] = []
    /// The gradients that have arrived at each value so far.
    private var arrived: [Int: [MemoryPlan.Buffer]] = [:]
    /// What emits the steps that compute a value once more for the backward pass, which would else keep it.
    private var recomputations: [Int: (MemoryPlan.Buffer) -> Void] = [:]

    init(_ tape: Tape, sharing shared: [Gradient]) {
        self.tape = tape
        self.shared = shared
    }

    /// The memory for the gradient of a parameter.
    func make(_ name: String, count: Int) -> UnsafeMutableBufferPointer<Float> {
        let values = shared.first { $0.name == name }?.values ?? tape.makeStorage(floats: count).floats
        gradients.append(Gradient(name: name, values: values))
        return values
    }

    /// Records that a gradient of `value` lies in `buffer`. Whoever collects it may write over it.
    func send(_ buffer: MemoryPlan.Buffer, to value: Int) { arrived[value, default: []].append(buffer) }

    /// Lets go of a value after the forward pass; the backward pass has it computed again.
    func recompute(_ value: Int, _ emit: @escaping (MemoryPlan.Buffer) -> Void) { recomputations[value] = emit }

    /// Where a value lies in the backward pass.
    func kept(_ value: Int) -> MemoryPlan.Buffer {
        if let recompute = recomputations.removeValue(forKey: value) {
            let buffer = tape.makeGradientBuffer(of: tape.values[value])
            tape.move(value, to: buffer)
            recompute(buffer)
        }
        return tape.values[value].buffer
    }

    /// The gradient at the output of layer `index`, before its activation: the sum of all that arrived, masked.
    /// Nil where none arrived.
    func collect(of layer: Layer, _ index: Int) -> MemoryPlan.Buffer? {
        guard let (first, second) = takeArrived(of: layer, index) else { return nil }
        guard second != nil || layer.activation != nil else { return first }
        let mask = layer.activation == nil ? nil : kept(index + 1)
        emitSum(layer, of: first, second, mask: mask, like: tape.values[index + 1])
        return first
    }

    /// The same for a layer of channels, with sums over all positions for each channel.
    /// - Parameters:
    ///   - sums: receives the sums of the gradient.
    ///   - moments: where the input of the layer's batch norm lies, its means, and what receives the sums of
    ///     gradient · (input − mean).
    func collect(
        of layer: Layer, _ index: Int, sums: UnsafeMutableBufferPointer<Float>,
        moments: (
            input: MemoryPlan.Buffer, mean: UnsafeMutableBufferPointer<Float>, sums: UnsafeMutableBufferPointer<Float>
        )? = nil
    ) -> MemoryPlan.Buffer? {
        guard let (first, second) = takeArrived(of: layer, index) else { return nil }
        let value = tape.values[index + 1]
        let activation = layer.activation == nil ? nil : kept(index + 1)
        let (rows, channels) = (tape.batch * value.shape.height * value.shape.width, value.shape.channels)
        tape.reserveSums(channels: channels)
        let touched = [first, second, activation, moments?.input].compactMap(\.self)
        tape.emit("\(layer.name) gradient", touching: touched) { [arena = tape.arena, scratch = tape.sums] _ in
            var operands = gradient_operands(
                gradient: arena.pointer(first), other: second.map(arena.pointer),
                activation: activation.map(arena.pointer), range: layer.range,
                in: (moments?.input).map(arena.pointer), mean: moments?.mean.baseAddress)
            kernel_gradient_sums(
                &operands, rows, channels, sums.baseAddress, moments?.sums.baseAddress, scratch.floats,
                value.precision == .bf16)
        }
        return first
    }

    /// The gradient as it arrives at the output of layer `index`: not masked by its activation.
    func collectUnmasked(of layer: Layer, _ index: Int) -> MemoryPlan.Buffer? {
        guard let (first, second) = takeArrived(of: layer, index) else { return nil }
        if let second { emitSum(layer, of: first, second, mask: nil, like: tape.values[index + 1]) }
        return first
    }

    /// What has arrived at the output of layer `index`, added up to two gradients at most.
    private func takeArrived(
        of layer: Layer, _ index: Int
    ) -> (first: MemoryPlan.Buffer, second: MemoryPlan.Buffer?)? {
        guard let buffers = arrived.removeValue(forKey: index + 1), let first = buffers.first else { return nil }
        for other in buffers.dropFirst(2) { emitSum(layer, of: first, other, mask: nil, like: tape.values[index + 1]) }
        return (first, buffers.dropFirst().first)
    }

    /// Adds `second` to `first`, and clears what the activation that yielded `mask` has limited.
    private func emitSum(
        _ layer: Layer, of first: MemoryPlan.Buffer, _ second: MemoryPlan.Buffer?, mask: MemoryPlan.Buffer?,
        like value: Value
    ) {
        let count = tape.batch * value.shape.count
        let touched = [first, second, mask].compactMap(\.self)
        tape.emit("\(layer.name) gradient", touching: touched) { [arena = tape.arena] _ in
            kernel_combine_gradients(
                arena.pointer(first), second.map(arena.pointer), mask.map(arena.pointer), layer.range,
                arena.pointer(first), count, value.precision == .bf16)
        }
    }
}
