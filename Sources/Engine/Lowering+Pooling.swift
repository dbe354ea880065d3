import Kernels
import Networks
import Tensors

extension Lowering {
    func lowerMaxPool(
        _ layer: Layer, _ index: Int, kernel: Int, stride: Int, padding: Int
    ) -> () -> Void {
        let input = values[layer.input]
        let isBF16 = input.precision == .bf16
        let to = layer.outputShape
        var geometry = pool_geometry(layer, batch: batch, kernel: kernel, stride: stride, padding: padding)
        let passesOn = partition.requiresGradient[layer.input]
        let winners = passesOn ? makeBuffer(byteCount: batch * to.count) : nil
        let output = makeValue(to, input.precision)
        emit(layer.name, touching: [input.buffer, output.buffer] + (winners.map { [$0] } ?? [])) { [arena] _ in
            kernel_max_pool(
                &geometry, arena.pointer(input.buffer), arena.pointer(output.buffer),
                winners.map(arena.bytes), isBF16)
        }
        return { [self] in
            guard let winners, let gradient = collectGradient(of: layer, index) else { return }
            let result = makeGradientBuffer(of: input)
            emit("\(layer.name) gradient", touching: [gradient, winners, result]) { [arena] _ in
                kernel_max_pool_backward(
                    &geometry, arena.pointer(gradient), arena.bytes(winners), arena.pointer(result), isBF16)
            }
            send(result, to: layer.input)
        }
    }

    /// - Parameter result: the precision of the means.
    func lowerAveragePool(
        _ layer: Layer, _ index: Int, rows: Int, columns: Int, result: Precision
    ) -> () -> Void {
        let input = values[layer.input]
        let isBF16 = input.precision == .bf16
        let shape = layer.inputShape
        let output = makeValue(layer.outputShape, result)
        emit(layer.name, touching: [input.buffer, output.buffer]) { [arena, batch] _ in
            kernel_average_pool(
                arena.pointer(input.buffer), arena.pointer(output.buffer), batch, shape.height, shape.width,
                shape.channels, rows, columns, isBF16, result == .f32)
        }
        return { [self] in
            guard partition.requiresGradient[layer.input], let gradient = collectGradient(of: layer, index) else {
                return
            }
            let spread = makeGradientBuffer(of: input)
            emit("\(layer.name) gradient", touching: [gradient, spread]) { [arena, batch] _ in
                kernel_average_pool_backward(
                    arena.pointer(gradient), arena.pointer(spread), batch, shape.height, shape.width, shape.channels,
                    rows, columns, isBF16, result == .f32)
            }
            send(spread, to: layer.input)
        }
    }

    /// The maxima are f32, as the means of `lowerAveragePool`, so that the head's own rounding adds nothing.
    func lowerGlobalMaxPool(_ layer: Layer, _ index: Int) -> () -> Void {
        let input = values[layer.input]
        let isBF16 = input.precision == .bf16
        let (positions, channels) = (layer.inputShape.height * layer.inputShape.width, layer.inputShape.channels)
        let passesOn = partition.requiresGradient[layer.input]
        let winners = passesOn ? makeBuffer(byteCount: batch * channels * MemoryLayout<UInt32>.stride) : nil
        let output = makeValue(layer.outputShape, .f32)
        func indices(_ buffer: MemoryPlan.Buffer) -> UnsafeMutablePointer<UInt32> {
            arena.pointer(buffer).assumingMemoryBound(to: UInt32.self)
        }
        emit(layer.name, touching: [input.buffer, output.buffer] + (winners.map { [$0] } ?? [])) { [arena, batch] _ in
            kernel_global_max_pool(
                arena.pointer(input.buffer), arena.floats(output.buffer, count: batch * channels).baseAddress,
                winners.map(indices), batch, positions, channels, isBF16)
        }
        return { [self] in
            guard let winners, let gradient = collectGradient(of: layer, index) else { return }
            let result = makeGradientBuffer(of: input)
            emit("\(layer.name) gradient", touching: [gradient, winners, result]) { [arena, batch] _ in
                kernel_global_max_pool_backward(
                    arena.floats(gradient, count: batch * channels).baseAddress, indices(winners),
                    arena.pointer(result), batch, positions, channels, isBF16)
            }
            send(result, to: layer.input)
        }
    }

    func lowerPaddedShortcut(_ layer: Layer, _ index: Int, stride: Int) -> () -> Void {
        let input = values[layer.input]
        let isBF16 = input.precision == .bf16
        let (from, to) = (layer.inputShape, layer.outputShape)
        let output = makeValue(to, input.precision)
        emitPaddedShortcut(
            layer, from: input.buffer, to: output.buffer, stride: stride, elementSize: input.precision.byteCount)
        return { [self] in
            guard partition.requiresGradient[layer.input], let gradient = collectGradient(of: layer, index) else {
                return
            }
            let result = makeGradientBuffer(of: input)
            emit("\(layer.name) gradient", touching: [gradient, result]) { [arena, batch] _ in
                kernel_padded_shortcut_backward(
                    arena.pointer(gradient), arena.pointer(result), batch, from.height, from.width, from.channels,
                    to.height, to.width, to.channels, stride, isBF16)
            }
            send(result, to: layer.input)
        }
    }

    func emitPaddedShortcut(
        _ layer: Layer, from input: MemoryPlan.Buffer, to output: MemoryPlan.Buffer, stride: Int, elementSize: Int
    ) {
        let (from, to) = (layer.inputShape, layer.outputShape)
        emit(layer.name, touching: [input, output]) { [arena, batch] _ in
            kernel_padded_shortcut(
                arena.pointer(input), arena.pointer(output), batch, from.height, from.width, from.channels, to.height,
                to.width, to.channels, stride, elementSize)
        }
    }

    /// Masks are a function of seed, step and layer, so a resumed run draws the same ones.
    func lowerDropout(_ layer: Layer, _ index: Int, rate: Double) -> () -> Void {
        let input = values[layer.input]
        let isBF16 = input.precision == .bf16
        let count = batch * layer.outputShape.count
        let seed = configuration.seed
        let place = graph.firstLayer + index
        let mask = makeBuffer(floats: count)
        let output = makeValue(layer.outputShape, input.precision)
        emit(layer.name, touching: [input.buffer, mask, output.buffer]) { [arena] context in
            let values = arena.floats(mask, count: count)
            if context.isTraining {
                var random = RandomStream(seed: seed, purpose: .dropout, epoch: context.step, sample: place)
                let kept = Float(1 / (1 - rate))
                for i in values.indices { values[i] = Double(random.uniform()) < rate ? 0 : kept }
            } else {
                values.update(repeating: 1)
            }
            kernel_apply_mask(
                arena.pointer(input.buffer), values.baseAddress, arena.pointer(output.buffer), count, isBF16)
        }
        return { [self] in
            guard partition.requiresGradient[layer.input], let gradient = collectGradient(of: layer, index) else {
                return
            }
            emit("\(layer.name) gradient", touching: [gradient, mask]) { [arena] _ in
                kernel_apply_mask(
                    arena.pointer(gradient), arena.floats(mask, count: count).baseAddress, arena.pointer(gradient),
                    count, isBF16)
            }
            send(gradient, to: layer.input)
        }
    }
}

extension pool_geometry {
    init(_ layer: Layer, batch: Int, kernel: Int, stride: Int, padding: Int) {
        let (from, to) = (layer.inputShape, layer.outputShape)
        self.init(
            batch: batch, in_height: from.height, in_width: from.width, out_height: to.height, out_width: to.width,
            channels: to.channels, kernel: kernel, stride: stride, padding: padding)
    }
}
