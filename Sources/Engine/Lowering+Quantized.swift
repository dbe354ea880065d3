import COneDNN
import Kernels
import Networks

// Layers on 8-bit integers, and the way from and to them. A value may exist in either form or in both; the other one is
// made where a layer first asks for it.
extension Lowering {
    /// Emits the steps of a layer that can be computed in 8-bit integers.
    /// - Returns: false where it cannot be, or need not be.
    func lowerQuantized(_ layer: Layer, _ index: Int) throws -> Bool {
        guard let quantization = configuration.quantization, !partition.requiresGradient[index + 1] else {
            return false
        }
        switch layer.operation {
        case .convolution(let convolution):
            guard convolution.groups == 1, layer.activation == nil || layer.activation == .relu,
                let output = quantization.largestMagnitudes[layer.name],
                let input = quantized(layer.input, quantization), !input.isSigned
            else { return false }
            var residual: QuantizedValue?
            if let value = layer.residual {
                residual = quantized(value, quantization)
                if residual == nil { return false }
            }
            try emitConvolution(layer, index, convolution, input, residual, largest: output)
        case .maxPool(let pool):
            guard let input = integers.values[layer.input], !input.isSigned else { return false }
            emitMaxPool(layer, index, input, pool.window)
        case .paddedShortcut(let shortcut):
            guard let input = integers.values[layer.input] else { return false }
            let output = makeQuantizedValue(layer, index, isSigned: input.isSigned, scale: input.scale)
            emitPaddedShortcut(layer, from: input.buffer, to: output.buffer, stride: shortcut.stride, elementSize: 1)
        default: return false
        }
        return true
    }

    /// A value in 8-bit integers, made from numbers where need be; nil where it may be negative or was not observed.
    private func quantized(_ value: Int, _ quantization: Quantization) -> QuantizedValue? {
        if let known = integers.values[value] { return known }
        guard value > 0, isNonNegative(value),
            let largest = quantization.largestMagnitudes[graph.layers[value - 1].name]
        else { return nil }
        let source = values[value]
        let count = batch * source.shape.count
        let result = QuantizedValue(
            buffer: tape.makeBuffer(byteCount: count), isSigned: false,
            scale: QuantizedValue.scale(largest: largest, isSigned: false))
        integers.values[value] = result
        tape.emit("\(graph.layers[value - 1].name) to integers", touching: [source.buffer, result.buffer]) {
            [arena] _ in
            kernel_quantize(
                arena.pointer(source.buffer), arena.bytes(result.buffer), count, result.scale,
                source.precision == .bf16)
        }
        return result
    }

    /// Makes the numbers of a value that exists in 8-bit integers only.
    func dequantize(_ value: Int) {
        guard integers.only.remove(value) != nil, let source = integers.values[value] else { return }
        let result = values[value]
        let count = batch * result.shape.count
        tape.emit("\(graph.layers[value - 1].name) from integers", touching: [source.buffer, result.buffer]) {
            [arena] _ in
            kernel_dequantize(
                arena.pointer(source.buffer), arena.pointer(result.buffer), count, source.scale, source.isSigned,
                result.precision == .bf16)
        }
    }

    private func isNonNegative(_ value: Int) -> Bool {
        guard value > 0 else { return false }
        let layer = graph.layers[value - 1]
        switch layer.operation {
        case .convolution: return layer.activation?.isNonNegative ?? false
        case .maxPool, .paddedShortcut: return isNonNegative(layer.input)
        default: return false
        }
    }

    private func emitConvolution(
        _ layer: Layer, _ index: Int, _ convolution: Convolution, _ input: QuantizedValue, _ residual: QuantizedValue?,
        largest: Float
    ) throws {
        let channels = convolution.outputChannels
        let folding = Folding(layer, store, outputChannels: channels)
        let narrow = QuantizedWeights(folding, channels: channels)
        let isSigned = layer.activation == nil
        let scale = QuantizedValue.scale(largest: largest, isSigned: isSigned)
        let primitive = try Primitive.quantizedConvolution(
            layer.geometry(convolution, batch: batch), isSigned ? DNN_S8 : DNN_U8,
            scales: narrow.scales.map { $0 * input.scale / scale }, biases: narrow.biases.map { $0 / scale },
            residual: residual.map { ($0.type, $0.scale / scale) }, relu: layer.activation == .relu, for: layer.name)
        let packing = try Primitive.packing(for: primitive, from: DNN_S8)
        let packed = tape.makeStorage(byteCount: primitive.weightsSize)
        packing.bind(DNN_C, packed.pointer)
        weights.add(stage: layer.stage, scratch: folding.weight.count, primitives: [packing]) {
            [plain = weights.plain] in
            // Scales and biases are part of the primitive.
            guard QuantizedWeights(folding, channels: channels) == narrow else {
                throw EngineError.changedIntegers(layer.name)
            }
            folding.writeQuantizedWeights(
                to: plain.pointer.assumingMemoryBound(to: Int8.self), factors: narrow.factors,
                scales: narrow.scales)
            try packing.execute(for: "packing \(layer.name)")
        }

        let output = makeQuantizedValue(
            layer, index, isSigned: isSigned, scale: scale, in: residual.map { accumulator(layer, index, $0) })
        tape.emit(
            layer.name, primitive, buffers: [(DNN_A, input.buffer), (DNN_C, output.buffer)],
            fixed: [(DNN_B, packed.pointer)])
    }

    /// Where a layer is added to its shortcut: in the shortcut's own memory where nobody needs that any more, not even the
    /// layer itself as its input; else on a copy of it.
    private func accumulator(_ layer: Layer, _ index: Int, _ shortcut: QuantizedValue) -> MemoryPlan.Buffer {
        if let residual = layer.residual, partition.lastReader[residual] == index,
            shortcut.buffer != integers.values[layer.input]?.buffer
        {
            return shortcut.buffer
        }
        let count = batch * layer.outputShape.count
        let copy = tape.makeBuffer(byteCount: count)
        tape.emit("\(layer.name) shortcut", touching: [shortcut.buffer, copy]) { [arena] _ in
            arena.pointer(copy).copyMemory(from: arena.pointer(shortcut.buffer), byteCount: count)
        }
        return copy
    }

    /// Appends the next value, in 8-bit integers only.
    private func makeQuantizedValue(
        _ layer: Layer, _ index: Int, isSigned: Bool, scale: Float, in buffer: MemoryPlan.Buffer? = nil
    ) -> QuantizedValue {
        let result = QuantizedValue(
            buffer: buffer ?? tape.makeBuffer(byteCount: batch * layer.outputShape.count), isSigned: isSigned,
            scale: scale)
        tape.makeValue(layer.outputShape, configuration.precision)
        integers.values[index + 1] = result
        integers.only.insert(index + 1)
        return result
    }

    private func emitMaxPool(
        _ layer: Layer, _ index: Int, _ input: QuantizedValue, _ window: Window
    ) {
        var geometry = pool_geometry(batch: batch, layer.inputShape, layer.outputShape, window)
        let output = makeQuantizedValue(layer, index, isSigned: false, scale: input.scale)
        tape.emit(layer.name, touching: [input.buffer, output.buffer]) { [arena] _ in
            kernel_max_pool_u8(&geometry, arena.bytes(input.buffer), arena.bytes(output.buffer))
        }
    }

    /// Records the largest magnitude of a value each time it is computed.
    func emitObservation(of value: Int) {
        guard configuration.observesMagnitudes else { return }
        let name = graph.layers[value - 1].name
        let source = values[value]
        let count = batch * source.shape.count
        tape.emit("\(name) magnitude", touching: [source.buffer]) { [arena, observed] _ in
            let largest = kernel_largest_magnitude(
                arena.pointer(source.buffer), count, source.precision == .bf16)
            observed.observe(largest, of: name)
        }
    }
}

/// What a convolution's weights become in 8-bit integers, batch norm folded in.
private struct QuantizedWeights: Equatable {
    let factors, scales, biases: [Float]

    init(_ folding: Folding, channels: Int) {
        func vector(_ write: (UnsafeMutableBufferPointer<Float>) -> Void) -> [Float] {
            var values = [Float](repeating: 0, count: channels)
            values.withUnsafeMutableBufferPointer { write($0) }
            return values
        }
        let factors = vector(folding.writeFactors)
        self.factors = factors
        biases = vector(folding.writeBias)
        scales = vector { folding.writeWeightScales(to: $0, factors: factors) }
    }
}
