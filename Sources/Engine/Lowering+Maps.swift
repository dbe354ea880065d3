import Kernels
import Networks
import Tensors

// Layers that work on each value by itself, or put feature maps together.
extension Lowering {
    func lowerActivation(_ layer: Layer, _ index: Int, _ activation: Activation) -> BackwardPass {
        let input = values[layer.input]
        let isBF16 = input.precision == .bf16
        let count = batch * layer.outputShape.count
        let (function, slope) = activation.kernel
        let output = makeOutputInPlace(layer, index)
        tape.emit(layer.name, touching: [input.buffer, output.buffer]) { [arena] _ in
            kernel_apply(function, slope, arena.pointer(input.buffer), arena.pointer(output.buffer), count, isBF16)
        }
        return { [self] in
            guard partition.requiresGradient[layer.input], let gradient = flow.collect(of: layer, index) else {
                return
            }
            let value = flow.kept(activation.inputGradientNeeds == .output ? index + 1 : layer.input)
            tape.emit("\(layer.name) gradient", touching: [gradient, value]) { [arena] _ in
                kernel_apply_backward(
                    function, slope, arena.pointer(value), arena.pointer(gradient), arena.pointer(gradient), count,
                    isBF16)
            }
            flow.send(gradient, to: layer.input)
        }
    }

    func lowerScale(_ layer: Layer, _ index: Int, _ scale: Scale) -> BackwardPass {
        let input = values[layer.input]
        let isBF16 = input.precision == .bf16
        let (rows, channels) = (rowCount(layer.outputShape), layer.outputShape.channels)
        let factors: UnsafeMutableBufferPointer<Float>
        switch scale {
        case .constant(let factor):
            factors = tape.makeStorage(floats: channels).floats
            factors.update(repeating: Float(factor))
        case .learnt: factors = store[layer.parameter(.scale)]
        }
        let zeros = tape.makeStorage(floats: channels).floats
        func multiply(_ name: String, _ buffer: MemoryPlan.Buffer, to result: MemoryPlan.Buffer) {
            tape.emit(name, touching: [buffer, result]) { [arena] _ in
                kernel_scale_shift(
                    arena.pointer(buffer), factors.baseAddress, zeros.baseAddress, nil, arena.pointer(result), rows,
                    channels, .unlimited, isBF16)
            }
        }
        let output = makeOutputInPlace(layer, index)
        multiply(layer.name, input.buffer, to: output.buffer)
        return { [self] in
            let collected =
                partition.trains[index]
                ? flow.collect(
                    of: layer, index, sums: tape.makeStorage(floats: channels).floats,
                    moments: (
                        input: flow.kept(layer.input), mean: zeros, sums: makeGradient(layer.parameter(.scale))
                    )) : flow.collect(of: layer, index)
            guard partition.requiresGradient[layer.input], let gradient = collected else { return }
            multiply("\(layer.name) gradient", gradient, to: gradient)
            flow.send(gradient, to: layer.input)
        }
    }

    func lowerSum(_ layer: Layer, _ index: Int) -> BackwardPass {
        let output = makeOutput(layer)
        let isBF16 = output.precision == .bf16
        let buffers = layer.inputs.map { operand($0, output.precision, of: layer) }
        let range = layer.range
        tape.emit(layer.name, touching: buffers + [output.buffer]) { [arena, batch] _ in
            var maps = map_operands(buffers.map(arena.pointer), layer, batch: batch)
            kernel_sum_maps(&maps, range, arena.pointer(output.buffer), isBF16)
        }
        return { [self] in
            guard let gradient = flow.collect(of: layer, index) else { return }
            let takers = layer.inputs.indices.filter { partition.requiresGradient[layer.inputs[$0]] }
            for taker in takers {
                var share = gradient
                if layer.isSpread(taker) {
                    share = emitSumOverPositions(layer, of: gradient, output.precision)
                } else if taker != takers.last {
                    // Whoever gets it may write over it.
                    share = tape.makeGradientBuffer(of: output)
                    let count = batch * layer.outputShape.count
                    tape.emit("\(layer.name) gradient", touching: [gradient, share]) { [arena, share] _ in
                        kernel_add(arena.pointer(gradient), nil, arena.pointer(share), count, .unlimited, isBF16)
                    }
                }
                send(share, output.precision, to: layer.inputs[taker], of: layer)
            }
        }
    }

    func lowerProduct(_ layer: Layer, _ index: Int) -> BackwardPass {
        let output = makeOutput(layer)
        let isBF16 = output.precision == .bf16
        let buffers = layer.inputs.map { operand($0, output.precision, of: layer) }
        tape.emit(layer.name, touching: buffers + [output.buffer]) { [arena, batch] _ in
            var maps = map_operands(buffers.map(arena.pointer), layer, batch: batch)
            kernel_multiply_maps(&maps, arena.pointer(output.buffer), isBF16)
        }
        return { [self] in
            guard let gradient = flow.collect(of: layer, index) else { return }
            let factors = layer.inputs.map { operand($0, output.precision, of: layer, isBackward: true) }
            for (position, input) in layer.inputs.enumerated() where partition.requiresGradient[input] {
                // Times all the others: the gradient stands in this one's place.
                var others = factors
                others[position] = gradient
                let share = tape.makeGradientBuffer(of: output)
                tape.emit("\(layer.name) gradient", touching: others + [share]) { [arena, batch, others] _ in
                    var maps = map_operands(
                        others.map(arena.pointer), layer, batch: batch, wholeAt: position)
                    kernel_multiply_maps(&maps, arena.pointer(share), isBF16)
                }
                let sent = layer.isSpread(position) ? emitSumOverPositions(layer, of: share, output.precision) : share
                send(sent, output.precision, to: input, of: layer)
            }
        }
    }

    func lowerConcatenation(_ layer: Layer, _ index: Int) -> BackwardPass {
        let output = makeOutput(layer)
        let (rows, channels) = (rowCount(layer.outputShape), layer.outputShape.channels)
        let byteCount = output.precision.byteCount
        let offsets = layer.inputShapes.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.channels) }
        let buffers = layer.inputs.map { operand($0, output.precision, of: layer) }
        tape.emit(layer.name, touching: buffers + [output.buffer]) { [arena] _ in
            for (buffer, (offset, shape)) in zip(buffers, zip(offsets, layer.inputShapes)) {
                kernel_copy_channels(
                    arena.pointer(buffer), shape.channels, arena.pointer(output.buffer) + offset * byteCount, channels,
                    shape.channels, rows, byteCount)
            }
        }
        return { [self] in
            guard let gradient = flow.collect(of: layer, index) else { return }
            for (position, input) in layer.inputs.enumerated() where partition.requiresGradient[input] {
                let (offset, taken) = (offsets[position], layer.inputShapes[position].channels)
                let share = tape.makeBuffer(byteCount: rows * taken * byteCount)
                tape.emit("\(layer.name) gradient", touching: [gradient, share]) { [arena] _ in
                    kernel_copy_channels(
                        arena.pointer(gradient) + offset * byteCount, channels, arena.pointer(share), taken, taken,
                        rows, byteCount)
                }
                send(share, output.precision, to: input, of: layer)
            }
        }
    }

    func lowerResize(_ layer: Layer, _ index: Int, _ resize: Resize) -> BackwardPass {
        let input = values[layer.input]
        let isBF16 = input.precision == .bf16
        let (from, to) = (layer.inputShape, layer.outputShape)
        var rows = makeAxis(resize.sampling, from: from.height, to: to.height)
        var columns = makeAxis(resize.sampling, from: from.width, to: to.width)
        let output = makeOutput(layer)
        tape.emit(layer.name, touching: [input.buffer, output.buffer]) { [arena, batch] _ in
            kernel_resize(
                arena.pointer(input.buffer), arena.pointer(output.buffer), batch, to.channels, &rows, &columns, isBF16)
        }
        return { [self] in
            guard partition.requiresGradient[layer.input], let gradient = flow.collect(of: layer, index) else {
                return
            }
            let result = tape.makeGradientBuffer(of: input)
            tape.emit("\(layer.name) gradient", touching: [gradient, result]) { [arena, batch] _ in
                kernel_resize_backward(
                    arena.pointer(gradient), arena.pointer(result), batch, to.channels, &rows, &columns, isBF16)
            }
            flow.send(result, to: layer.input)
        }
    }

    /// Multiplies by a mask of numbers that are 0 with probability `rate`, and so much larger than 1 elsewhere that their mean
    /// is 1.
    ///
    /// Masks are a function of seed, step and layer, so a resumed run draws the same ones.
    func lowerDropout(_ layer: Layer, _ index: Int, _ dropout: Dropout) -> BackwardPass {
        let input = values[layer.input]
        let isBF16 = input.precision == .bf16
        let (batch, perImage) = (batch, layer.outputShape.count)
        let maskCount = dropout.unit == .value ? batch * perImage : batch
        let (seed, place) = (configuration.seed, graph.firstLayer + index)
        let mask = tape.makeBuffer(floats: maskCount)
        func multiply(
            _ source: UnsafeMutableRawPointer, _ mask: UnsafeMutablePointer<Float>?, _ result: UnsafeMutableRawPointer
        ) {
            switch dropout.unit {
            case .value: kernel_apply_mask(source, mask, result, batch * perImage, isBF16)
            case .image: kernel_scale_images(source, mask, result, batch, perImage, isBF16)
            }
        }
        let output = makeOutputInPlace(layer, index)
        tape.emit(layer.name, touching: [input.buffer, mask, output.buffer]) { [arena] context in
            let numbers = arena.floats(mask, count: maskCount)
            if context.isTraining {
                var random = RandomStream(seed: seed, purpose: .dropout, epoch: context.step, sample: place)
                let kept = Float(1 / (1 - dropout.rate))
                for i in numbers.indices { numbers[i] = Double(random.uniform()) < dropout.rate ? 0 : kept }
            } else {
                numbers.update(repeating: 1)
            }
            multiply(arena.pointer(input.buffer), numbers.baseAddress, arena.pointer(output.buffer))
        }
        return { [self] in
            guard partition.requiresGradient[layer.input], let gradient = flow.collect(of: layer, index) else { return }
            tape.emit("\(layer.name) gradient", touching: [gradient, mask]) { [arena] _ in
                multiply(
                    arena.pointer(gradient), arena.floats(mask, count: maskCount).baseAddress, arena.pointer(gradient))
            }
            flow.send(gradient, to: layer.input)
        }
    }
}

extension Lowering {
    /// How many positions a batch of such feature maps has.
    func rowCount(_ shape: FeatureShape) -> Int { batch * shape.height * shape.width }

    /// The sums over all positions of each image.
    private func emitSumOverPositions(
        _ layer: Layer, of map: MemoryPlan.Buffer, _ precision: Precision
    ) -> MemoryPlan.Buffer {
        let (positions, channels) = (layer.outputShape.height * layer.outputShape.width, layer.outputShape.channels)
        let sums = tape.makeBuffer(byteCount: batch * channels * precision.byteCount)
        tape.emit("\(layer.name) gradient", touching: [map, sums]) { [arena, batch] _ in
            kernel_sum_positions(
                arena.pointer(map), arena.pointer(sums), batch, positions, channels, precision == .bf16)
        }
        return sums
    }

    /// The tables of one axis of a resize, kept with the plan.
    private func makeAxis(_ sampling: Resize.Sampling, from inputs: Int, to outputs: Int) -> resize_axis {
        let places = (0..<outputs).map { sampling.place($0, from: inputs, to: outputs) }
        let table = tape.makeStorage(floats: 3 * outputs + 2 * inputs)
        let integers = table.pointer.bindMemory(to: Int32.self, capacity: 2 * outputs + 2 * inputs)
        let (lower, upper) = (integers, integers + outputs)
        let (begin, end) = (integers + 2 * outputs, integers + 2 * outputs + inputs)
        let share = (table.pointer + (2 * outputs + 2 * inputs) * 4).bindMemory(to: Float.self, capacity: outputs)
        for (output, place) in places.enumerated() {
            (lower[output], upper[output], share[output]) = (Int32(place.lower), Int32(place.upper), place.share)
        }
        for input in 0..<inputs {
            let takers = places.indices.filter { places[$0].lower == input || places[$0].upper == input }
            (begin[input], end[input]) = (Int32(takers.first ?? 0), Int32((takers.last ?? -1) + 1))
        }
        return resize_axis(
            in_size: inputs, out_size: outputs, lower: lower, upper: upper, share: share, begin: begin, end: end)
    }
}

extension map_operands {
    /// The operands of a layer that puts feature maps together.
    /// - Parameters:
    ///   - pointers: where they lie.
    ///   - whole: the one in whose place there is a whole map, whatever its own shape.
    fileprivate init(_ pointers: [UnsafeMutableRawPointer], _ layer: Layer, batch: Int, wholeAt whole: Int? = nil) {
        let shape = layer.outputShape
        self.init()
        count = pointers.count
        (self.batch, positions, channels) = (batch, shape.height * shape.width, shape.channels)
        withUnsafeMutableBytes(of: &values) { values in
            let values = values.assumingMemoryBound(to: UnsafeRawPointer?.self)
            for (position, pointer) in pointers.enumerated() { values[position] = UnsafeRawPointer(pointer) }
        }
        withUnsafeMutableBytes(of: &is_spread) { spread in
            for position in pointers.indices {
                spread[position] = layer.isSpread(position) && position != whole ? 1 : 0
            }
        }
    }
}

extension Layer {
    /// Whether the single position of an operand stands for all of the output's.
    fileprivate func isSpread(_ position: Int) -> Bool {
        inputShapes[position].isOnePosition && !outputShape.isOnePosition
    }
}

extension Resize.Sampling {
    /// The two positions of an axis that an output lies between, and the share of the second.
    fileprivate func place(_ output: Int, from inputs: Int, to outputs: Int) -> (lower: Int, upper: Int, share: Float) {
        var source: Float
        switch self {
        case .nearest:
            let nearest = min(Int(Float(output) * (Float(inputs) / Float(outputs))), inputs - 1)
            return (nearest, nearest, 0)
        case .bilinear(alignsCorners: true):
            source = outputs > 1 ? Float(output) * (Float(inputs - 1) / Float(outputs - 1)) : 0
        case .bilinear(alignsCorners: false):
            source = max((Float(output) + 0.5) * (Float(inputs) / Float(outputs)) - 0.5, 0)
        }
        let lower = min(Int(source), inputs - 1)
        return (lower, min(lower + 1, inputs - 1), source - Float(lower))
    }
}

extension Activation {
    /// What computes it.
    fileprivate var kernel: (function: kernel_function, slope: Float) {
        switch self {
        case .relu: (FUNCTION_RELU, 0)
        case .relu6: (FUNCTION_RELU6, 0)
        case .leakyReLU(let slope): (FUNCTION_LEAKY_RELU, Float(slope))
        case .sigmoid: (FUNCTION_SIGMOID, 0)
        case .tanh: (FUNCTION_TANH, 0)
        case .silu: (FUNCTION_SILU, 0)
        case .hardSigmoid: (FUNCTION_HARD_SIGMOID, 0)
        case .hardSwish: (FUNCTION_HARD_SWISH, 0)
        case .gelu: (FUNCTION_GELU, 0)
        }
    }
}
