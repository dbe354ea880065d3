import Kernels
import Networks

extension Lowering {
    func lowerMaxPool(_ layer: Layer, _ index: Int, _ window: Window) -> BackwardPass {
        let input = values[layer.input]
        let isBF16 = input.precision == .bf16
        let to = layer.outputShape
        var geometry = pool_geometry(batch: batch, layer.inputShape, to, window)
        let passesOn = partition.requiresGradient[layer.input]
        let winners = passesOn ? tape.makeBuffer(byteCount: batch * to.count) : nil
        let output = tape.makeValue(to, input.precision)
        tape.emit(layer.name, touching: [input.buffer, output.buffer] + (winners.map { [$0] } ?? [])) { [arena] _ in
            kernel_max_pool(
                &geometry, arena.pointer(input.buffer), arena.pointer(output.buffer),
                winners.map(arena.bytes), isBF16)
        }
        return { [self] in
            guard let winners, let gradient = flow.collect(of: layer, index) else { return }
            let result = tape.makeGradientBuffer(of: input)
            tape.emit("\(layer.name) gradient", touching: [gradient, winners, result]) { [arena] _ in
                kernel_max_pool_backward(
                    &geometry, arena.pointer(gradient), arena.bytes(winners), arena.pointer(result), isBF16)
            }
            flow.send(result, to: layer.input)
        }
    }

    /// The mean under each window.
    func lowerAveragePool(_ layer: Layer, _ index: Int, _ pool: AveragePool) -> BackwardPass {
        let input = values[layer.input]
        let isBF16 = input.precision == .bf16
        var geometry = pool_geometry(batch: batch, layer.inputShape, layer.outputShape, pool.window)
        let output = makeOutput(layer)
        tape.emit(layer.name, touching: [input.buffer, output.buffer]) { [arena] _ in
            kernel_window_average(
                &geometry, arena.pointer(input.buffer), arena.pointer(output.buffer), pool.countsPadding, isBF16)
        }
        return { [self] in
            guard partition.requiresGradient[layer.input], let gradient = flow.collect(of: layer, index) else {
                return
            }
            let result = tape.makeGradientBuffer(of: input)
            tape.emit("\(layer.name) gradient", touching: [gradient, result]) { [arena] _ in
                kernel_window_average_backward(
                    &geometry, arena.pointer(gradient), arena.pointer(result), pool.countsPadding, isBF16)
            }
            flow.send(result, to: layer.input)
        }
    }

    /// The means over a grid of cells.
    func lowerGridPool(_ layer: Layer, _ index: Int, rows: Int, columns: Int) -> BackwardPass {
        let input = values[layer.input]
        let isBF16 = input.precision == .bf16
        let shape = layer.inputShape
        let output = makeOutput(layer)
        let result = output.precision
        tape.emit(layer.name, touching: [input.buffer, output.buffer]) { [arena, batch] _ in
            kernel_average_pool(
                arena.pointer(input.buffer), arena.pointer(output.buffer), batch, shape.height, shape.width,
                shape.channels, rows, columns, isBF16, result == .f32)
        }
        return { [self] in
            guard partition.requiresGradient[layer.input], let gradient = flow.collect(of: layer, index) else {
                return
            }
            let spread = tape.makeGradientBuffer(of: input)
            tape.emit("\(layer.name) gradient", touching: [gradient, spread]) { [arena, batch] _ in
                kernel_average_pool_backward(
                    arena.pointer(gradient), arena.pointer(spread), batch, shape.height, shape.width, shape.channels,
                    rows, columns, isBF16, result == .f32)
            }
            flow.send(spread, to: layer.input)
        }
    }

    /// The maxima are f32, as the means of `lowerGridPool`, so that the head's own rounding adds nothing.
    func lowerGlobalMaxPool(_ layer: Layer, _ index: Int) -> BackwardPass {
        let input = values[layer.input]
        let isBF16 = input.precision == .bf16
        let (positions, channels) = (layer.inputShape.height * layer.inputShape.width, layer.inputShape.channels)
        let passesOn = partition.requiresGradient[layer.input]
        let winners = passesOn ? tape.makeBuffer(byteCount: batch * channels * MemoryLayout<UInt32>.stride) : nil
        let output = tape.makeValue(layer.outputShape, .f32)
        func indices(_ buffer: MemoryPlan.Buffer) -> UnsafeMutablePointer<UInt32> {
            arena.pointer(buffer).assumingMemoryBound(to: UInt32.self)
        }
        tape.emit(layer.name, touching: [input.buffer, output.buffer] + (winners.map { [$0] } ?? [])) {
            [arena, batch] _ in
            kernel_global_max_pool(
                arena.pointer(input.buffer), arena.floats(output.buffer, count: batch * channels).baseAddress,
                winners.map(indices), batch, positions, channels, isBF16)
        }
        return { [self] in
            guard let winners, let gradient = flow.collect(of: layer, index) else { return }
            let result = tape.makeGradientBuffer(of: input)
            tape.emit("\(layer.name) gradient", touching: [gradient, winners, result]) { [arena, batch] _ in
                kernel_global_max_pool_backward(
                    arena.floats(gradient, count: batch * channels).baseAddress, indices(winners),
                    arena.pointer(result), batch, positions, channels, isBF16)
            }
            flow.send(result, to: layer.input)
        }
    }

    func lowerPaddedShortcut(_ layer: Layer, _ index: Int, stride: Int) -> BackwardPass {
        let input = values[layer.input]
        let isBF16 = input.precision == .bf16
        let (from, to) = (layer.inputShape, layer.outputShape)
        let output = tape.makeValue(to, input.precision)
        emitPaddedShortcut(
            layer, from: input.buffer, to: output.buffer, stride: stride, elementSize: input.precision.byteCount)
        return { [self] in
            guard partition.requiresGradient[layer.input], let gradient = flow.collect(of: layer, index) else {
                return
            }
            let result = tape.makeGradientBuffer(of: input)
            tape.emit("\(layer.name) gradient", touching: [gradient, result]) { [arena, batch] _ in
                kernel_padded_shortcut_backward(
                    arena.pointer(gradient), arena.pointer(result), batch, from.height, from.width, from.channels,
                    to.height, to.width, to.channels, stride, isBF16)
            }
            flow.send(result, to: layer.input)
        }
    }

    func emitPaddedShortcut(
        _ layer: Layer, from input: MemoryPlan.Buffer, to output: MemoryPlan.Buffer, stride: Int, elementSize: Int
    ) {
        let (from, to) = (layer.inputShape, layer.outputShape)
        tape.emit(layer.name, touching: [input, output]) { [arena, batch] _ in
            kernel_padded_shortcut(
                arena.pointer(input), arena.pointer(output), batch, from.height, from.width, from.channels, to.height,
                to.width, to.channels, stride, elementSize)
        }
    }
}

extension pool_geometry {
    init(batch: Int, _ input: FeatureShape, _ output: FeatureShape, _ window: Window) {
        let insets = window.insets(around: input)
        self.init(
            batch: batch, in_height: input.height, in_width: input.width, out_height: output.height,
            out_width: output.width, channels: output.channels, kernel_height: window.kernel.height,
            kernel_width: window.kernel.width, stride_height: window.stride.height, stride_width: window.stride.width,
            padding_top: insets.top, padding_left: insets.left, padding_bottom: insets.bottom,
            padding_right: insets.right)
    }
}
