import Kernels
import Networks

// Normalisations that stand by themselves: behind a sum, a pool or a concatenation.
extension Lowering {
    /// Batch norm on stored statistics: one factor and one summand for each channel.
    func lowerStoredBatchNorm(_ layer: Layer, _ index: Int) -> BackwardPass {
        let input = values[layer.input]
        let isBF16 = input.precision == .bf16
        let (rows, channels) = (rowCount(layer.outputShape), layer.outputShape.channels)
        let norm = StoredBatchNorm(layer, store)
        let (factor, offset) = (tape.makeStorage(floats: channels).floats, tape.makeStorage(floats: channels).floats)
        weights.add(stage: layer.stage) { norm.write(factor: factor, offset: offset) }
        let range = layer.range
        let output = makeOutputInPlace(layer, index)
        tape.emit(layer.name, touching: [input.buffer, output.buffer]) { [arena] _ in
            kernel_scale_shift(
                arena.pointer(input.buffer), factor.baseAddress, offset.baseAddress, nil, arena.pointer(output.buffer),
                rows, channels, range, isBF16)
        }
        return { [self] in
            let collected: MemoryPlan.Buffer?
            if partition.trains[index] {
                let scale = makeGradient(layer.parameter(.scale))
                let shift = makeGradient(layer.parameter(.shift))
                collected = flow.collect(
                    of: layer, index, sums: shift,
                    moments: (input: flow.kept(layer.input), mean: norm.mean, sums: scale))
                if collected != nil {
                    tape.emit("\(layer.name) scale gradient", touching: []) { _ in norm.divideByDeviation(scale) }
                }
            } else {
                collected = flow.collect(of: layer, index)
            }
            guard partition.requiresGradient[layer.input], let gradient = collected else { return }
            let zeros = tape.makeStorage(floats: channels).floats
            tape.emit("\(layer.name) gradient", touching: [gradient]) { [arena] _ in
                kernel_scale_shift(
                    arena.pointer(gradient), factor.baseAddress, zeros.baseAddress, nil, arena.pointer(gradient), rows,
                    channels, .unlimited, isBF16)
            }
            flow.send(gradient, to: layer.input)
        }
    }

    /// Batch norm on the statistics of the batch.
    func lowerBatchNorm(_ layer: Layer, _ index: Int) -> BackwardPass {
        let input = values[layer.input]
        let isBF16 = input.precision == .bf16
        let (rows, channels) = (rowCount(layer.outputShape), layer.outputShape.channels)
        let norm = BatchNormalization(layer, store, channels: channels, rows: rows, storage: tape.makeStorage(floats:))
        tape.reserveSums(channels: channels)
        let range = layer.range
        let output = makeOutput(layer)
        tape.emit(layer.name, touching: [input.buffer, output.buffer]) { [arena, sums = tape.sums] context in
            norm.prepare(
                arena.pointer(input.buffer), usesBatch: context.isTraining, scratch: sums.floats, isBF16: isBF16)
            kernel_scale_shift(
                arena.pointer(input.buffer), norm.factor.baseAddress, norm.offset.baseAddress, nil,
                arena.pointer(output.buffer), rows, channels, range, isBF16)
        }
        return { [self] in
            let scale = makeGradient(layer.parameter(.scale))
            let shift = makeGradient(layer.parameter(.shift))
            let normalized = flow.kept(layer.input)
            guard
                let gradient = flow.collect(
                    of: layer, index, sums: shift, moments: (input: normalized, mean: norm.mean, sums: scale))
            else { return }
            tape.emit("\(layer.name) gradient", touching: [gradient, normalized]) { [arena] _ in
                norm.prepareInputGradient(scaleGradient: scale, shiftGradient: shift)
                kernel_batch_norm_input_gradient(
                    arena.pointer(gradient), arena.pointer(normalized), norm.k1.baseAddress, norm.k2.baseAddress,
                    norm.k3.baseAddress, arena.pointer(gradient), rows, channels, isBF16)
            }
            if partition.requiresGradient[layer.input] { flow.send(gradient, to: layer.input) }
        }
    }

    func lowerLayerNorm(_ layer: Layer, _ index: Int, _ norm: LayerNorm) -> BackwardPass {
        let input = values[layer.input]
        let isBF16 = input.precision == .bf16
        let (rows, channels) = (rowCount(layer.outputShape), norm.channels)
        let (scale, shift) = (store[layer.parameter(.scale)], store[layer.parameter(.shift)])
        let epsilon = Float(norm.epsilon)
        let output = makeOutput(layer)
        tape.emit(layer.name, touching: [input.buffer, output.buffer]) { [arena] _ in
            kernel_layer_norm(
                arena.pointer(input.buffer), scale.baseAddress, shift.baseAddress, epsilon,
                arena.pointer(output.buffer), rows, channels, isBF16)
        }
        return { [self] in
            guard let gradient = flow.collect(of: layer, index) else { return }
            let trains = partition.trains[index]
            let scaleGradient = trains ? makeGradient(layer.parameter(.scale)) : nil
            let shiftGradient = trains ? makeGradient(layer.parameter(.shift)) : nil
            let normalized = flow.kept(layer.input)
            tape.reserveSums(channels: channels)
            tape.emit("\(layer.name) gradient", touching: [gradient, normalized]) { [arena, sums = tape.sums] _ in
                kernel_layer_norm_backward(
                    arena.pointer(normalized), scale.baseAddress, epsilon, arena.pointer(gradient),
                    arena.pointer(gradient), scaleGradient?.baseAddress, shiftGradient?.baseAddress,
                    sums.floats, rows, channels, isBF16)
            }
            if partition.requiresGradient[layer.input] { flow.send(gradient, to: layer.input) }
        }
    }

    func lowerLocalResponseNorm(_ layer: Layer, _ index: Int, _ norm: LocalResponseNorm) -> BackwardPass {
        let input = values[layer.input]
        let isBF16 = input.precision == .bf16
        let (rows, channels) = (rowCount(layer.outputShape), layer.outputShape.channels)
        var numbers = local_response(
            size: norm.size, alpha: Float(norm.alpha / Double(norm.size)), beta: Float(norm.beta), k: Float(norm.k))
        let output = makeOutput(layer)
        tape.emit(layer.name, touching: [input.buffer, output.buffer]) { [arena] _ in
            kernel_local_response_norm(
                &numbers, arena.pointer(input.buffer), arena.pointer(output.buffer), rows, channels, isBF16)
        }
        return { [self] in
            guard partition.requiresGradient[layer.input], let gradient = flow.collect(of: layer, index) else { return }
            let normalized = flow.kept(layer.input)
            let result = tape.makeGradientBuffer(of: input)
            tape.emit("\(layer.name) gradient", touching: [gradient, normalized, result]) { [arena] _ in
                kernel_local_response_norm_backward(
                    &numbers, arena.pointer(normalized), arena.pointer(gradient), arena.pointer(result), rows, channels,
                    isBF16)
            }
            flow.send(result, to: layer.input)
        }
    }
}

/// Batch norm on stored statistics: input · factor + offset.
private struct StoredBatchNorm {
    let scale, shift, mean, variance: UnsafeMutableBufferPointer<Float>
    let epsilon: Double

    init(_ layer: Layer, _ store: ParameterStore) {
        guard let epsilon = layer.epsilon else { preconditionFailure("\(layer.name) has no batch norm") }
        self.epsilon = epsilon
        scale = store[layer.parameter(.scale)]
        shift = store[layer.parameter(.shift)]
        mean = store[layer.parameter(.mean)]
        variance = store[layer.parameter(.variance)]
    }

    private func inverseDeviation(_ channel: Int) -> Double { 1 / (Double(variance[channel]) + epsilon).squareRoot() }

    func write(factor: UnsafeMutableBufferPointer<Float>, offset: UnsafeMutableBufferPointer<Float>) {
        for channel in scale.indices {
            let product = Double(scale[channel]) * inverseDeviation(channel)
            factor[channel] = Float(product)
            offset[channel] = Float(Double(shift[channel]) - Double(mean[channel]) * product)
        }
    }

    /// Makes Σ dy · (x − mean) the gradient of the scale.
    func divideByDeviation(_ sums: UnsafeMutableBufferPointer<Float>) {
        for channel in sums.indices { sums[channel] = Float(Double(sums[channel]) * inverseDeviation(channel)) }
    }
}
