import COneDNN
import Kernels
import Networks

extension dnn_geometry {
    /// Of a convolution of `input` that yields `output`.
    init(batch: Int, _ input: FeatureShape, _ output: FeatureShape, _ window: Window, groups: Int = 1) {
        let insets = window.insets(around: input)
        self.init(
            batch: Int64(batch), input_channels: Int64(input.channels), input_height: Int64(input.height),
            input_width: Int64(input.width), output_channels: Int64(output.channels),
            output_height: Int64(output.height), output_width: Int64(output.width),
            kernel_height: Int64(window.kernel.height), kernel_width: Int64(window.kernel.width),
            stride_height: Int64(window.stride.height), stride_width: Int64(window.stride.width),
            dilation_height: Int64(window.dilation.height), dilation_width: Int64(window.dilation.width),
            padding_top: Int64(insets.top), padding_left: Int64(insets.left), padding_bottom: Int64(insets.bottom),
            padding_right: Int64(insets.right), groups: Int64(groups))
    }
}

extension Layer {
    /// The geometry of the layer's convolution for oneDNN.
    func geometry(_ convolution: Convolution, batch: Int) -> dnn_geometry {
        dnn_geometry(batch: batch, inputShape, outputShape, convolution.window, groups: convolution.groups)
    }

    /// What oneDNN is to do behind the layer's convolution.
    var libraryActivation: dnn_activation {
        switch activation {
        case .relu: DNN_RELU
        case .relu6: DNN_RELU6
        default: DNN_NOTHING
        }
    }
}

extension Lowering {
    /// A convolution whose batch norm, if any, uses stored statistics: one folded convolution.
    func lowerFolded(_ layer: Layer, _ index: Int, _ convolution: Convolution) throws -> BackwardPass {
        let precision = configuration.precision
        let folding = Folding(layer, store, outputChannels: convolution.outputChannels)
        let differentiated = partition.requiresGradient[index + 1]
        let passesOn = partition.requiresGradient[layer.input]

        let forward = try layer.forwardMethod(
            convolution, batch: batch, precision, inference: !differentiated, accumulate: layer.residual != nil,
            layer.libraryActivation)
        let inputGradient =
            passesOn ? try layer.inputGradientMethod(convolution, batch: batch, precision) : nil
        let packed = try weights.pack(layer, folding, forward, inputGradient, precision)

        let input = operand(layer.input, precision, of: layer)
        let residual = layer.residual.map { operand($0, precision, of: layer) }
        let output = makeOutput(layer, index, residual, accumulated: forward.accumulates)
        emitConvolution(
            layer.name, forward, input: input, weights: packed.forward, bias: packed.bias, residual: residual,
            output: output.buffer, relu: layer.activation == .relu)

        return { [self] in
            guard differentiated else { return }
            let trains = partition.trains[index]
            let foldedBias = tape.makeStorage(floats: trains ? convolution.outputChannels : 0).floats
            let collected =
                trains ? flow.collect(of: layer, index, sums: foldedBias) : flow.collect(of: layer, index)
            guard let gradient = collected else { return }
            if let residual = layer.residual, partition.requiresGradient[residual] {
                send(gradient, precision, to: residual, of: layer)
            }
            if trains {
                let dots = tape.makeStorage(floats: convolution.outputChannels).floats
                let gradients = Folding.Gradients(
                    weight: makeGradient(layer.parameter(.weight)), bias: layer.parameters[.bias].map(makeGradient),
                    scale: layer.parameters[.scale].map(makeGradient),
                    shift: layer.parameters[.shift].map(makeGradient))
                try emitWeightGradient(
                    layer, convolution, input: operand(layer.input, precision, of: layer, isBackward: true),
                    gradient: gradient, to: gradients.weight)
                tape.emit("\(layer.name) unfold", touching: []) { _ in
                    folding.unfold(gradients, foldedBias: foldedBias, factors: packed.factors, dots: dots)
                }
            }
            emitInputGradient(layer, inputGradient, packed, gradient)
        }
    }

    /// A convolution and its batch norm on the statistics of the batch.
    func lowerNormalized(_ layer: Layer, _ index: Int, _ convolution: Convolution) throws -> BackwardPass {
        let precision = configuration.precision
        let isBF16 = precision == .bf16
        // Only the convolution itself is packed: its batch norm runs on its own.
        var bare = layer
        bare.epsilon = nil
        let convolutionOnly = Folding(bare, store, outputChannels: convolution.outputChannels)
        let passesOn = partition.requiresGradient[layer.input]
        let forward = try layer.forwardMethod(
            convolution, batch: batch, precision, inference: false, accumulate: false, DNN_NOTHING)
        let inputGradient =
            passesOn ? try layer.inputGradientMethod(convolution, batch: batch, precision) : nil
        let packed = try weights.pack(layer, convolutionOnly, forward, inputGradient, precision)

        let shape = layer.outputShape
        let rows = batch * shape.height * shape.width
        let norm = BatchNormalization(
            layer, store, channels: shape.channels, rows: rows, storage: tape.makeStorage(floats:))
        tape.reserveSums(channels: shape.channels)

        let input = operand(layer.input, precision, of: layer)
        let residual = layer.residual.map { operand($0, precision, of: layer) }
        let convolved = tape.makeBuffer(byteCount: rows * shape.channels * precision.byteCount)
        emitConvolution(
            layer.name, forward, input: input, weights: packed.forward, bias: packed.bias, residual: nil,
            output: convolved, relu: false)
        let output = tape.makeValue(shape, precision)
        tape.emit("\(layer.name) norm", touching: [convolved, output.buffer] + (residual.map { [$0] } ?? [])) {
            [arena, sums = tape.sums] context in
            norm.prepare(
                arena.pointer(convolved), usesBatch: context.isTraining, scratch: sums.floats, isBF16: isBF16)
            kernel_scale_shift(
                arena.pointer(convolved), norm.factor.baseAddress, norm.offset.baseAddress, residual.map(arena.pointer),
                arena.pointer(output.buffer), rows, shape.channels, layer.range, isBF16)
        }
        if residual == nil, partition.isSaved[index + 1] {
            // A pass over two buffers costs less than keeping a second one for each convolution.
            flow.recompute(index + 1) { [tape] output in
                tape.emit("\(layer.name) norm again", touching: [convolved, output]) { [arena = tape.arena] _ in
                    kernel_scale_shift(
                        arena.pointer(convolved), norm.factor.baseAddress, norm.offset.baseAddress, nil,
                        arena.pointer(output), rows, shape.channels, layer.range, isBF16)
                }
            }
        }

        return { [self] in
            let scale = makeGradient(layer.parameter(.scale))
            let shift = makeGradient(layer.parameter(.shift))
            guard
                let gradient = flow.collect(
                    of: layer, index, sums: shift, moments: (input: convolved, mean: norm.mean, sums: scale))
            else { return }
            let sharesGradient = layer.residual.map { partition.requiresGradient[$0] } ?? false
            if let residual = layer.residual, sharesGradient { send(gradient, precision, to: residual, of: layer) }
            // In place, unless the shortcut still needs the gradient as it is.
            let inner =
                sharesGradient ? tape.makeBuffer(byteCount: rows * shape.channels * precision.byteCount) : gradient
            tape.emit("\(layer.name) norm gradient", touching: [gradient, convolved, inner]) { [arena] _ in
                norm.prepareInputGradient(scaleGradient: scale, shiftGradient: shift)
                kernel_batch_norm_input_gradient(
                    arena.pointer(gradient), arena.pointer(convolved), norm.k1.baseAddress, norm.k2.baseAddress,
                    norm.k3.baseAddress, arena.pointer(inner), rows, shape.channels, isBF16)
            }
            // The batch's mean takes any bias away again, so its gradient is zero, as its memory is from the start.
            _ = layer.parameters[.bias].map(makeGradient)
            try emitWeightGradient(
                layer, convolution, input: operand(layer.input, precision, of: layer, isBackward: true),
                gradient: inner,
                to: makeGradient(layer.parameter(.weight)))
            emitInputGradient(layer, inputGradient, packed, inner)
        }
    }

    /// The output of a layer: in the memory of its shortcut where nobody else needs that, not even the layer itself as its
    /// input.
    /// - Parameters:
    ///   - shortcut: where the shortcut lies.
    ///   - accumulated: whether the layer adds to its output, which then begins as a copy of the shortcut.
    private func makeOutput(
        _ layer: Layer, _ index: Int, _ shortcut: MemoryPlan.Buffer?, accumulated: Bool
    ) -> Value {
        let precision = configuration.precision
        guard let residual = layer.residual, let shortcut else { return tape.makeValue(layer.outputShape, precision) }
        let isWanted =
            partition.lastReader[residual] != index || partition.isSaved[residual]
            || shortcut == values[layer.input].buffer
        if !isWanted { return tape.makeValue(layer.outputShape, precision, in: shortcut) }
        let output = tape.makeValue(layer.outputShape, precision)
        guard accumulated else { return output }
        let count = batch * layer.outputShape.count
        tape.emit("\(layer.name) shortcut", touching: [shortcut, output.buffer]) { [arena] _ in
            kernel_add(
                arena.pointer(shortcut), nil, arena.pointer(output.buffer), count, .unlimited, precision == .bf16)
        }
        return output
    }

    /// Emits a convolution, or the gradient of an input, which is one.
    /// - Parameter residual: what is added; a method that accumulates finds it in `output`.
    private func emitConvolution(
        _ name: String, _ method: ConvolutionMethod, input: MemoryPlan.Buffer, weights: Storage,
        bias: UnsafeMutableBufferPointer<Float>? = nil, residual: MemoryPlan.Buffer? = nil,
        output: MemoryPlan.Buffer, relu: Bool = false
    ) {
        let touched = [input, output] + (residual.map { [$0] } ?? [])
        switch method {
        case .library(let primitive):
            let fixed = [(DNN_B, weights.pointer)] + (bias.map { [(DNN_BIAS, $0.memory)] } ?? [])
            tape.emit(name, primitive, buffers: [(DNN_A, input), (DNN_C, output)], fixed: fixed)
        case .winograd(var shape, _):
            tape.convolutions.reserve(byteCount: kernel_winograd_scratch(&shape))
            tape.emit(
                name, touching: touched, multiplyAdds: shape.multiplyAdds,
                parameterBytes: shape.parameterBytes(biasCount: bias?.count ?? 0)
            ) { [arena, convolutions = tape.convolutions] _ in
                kernel_winograd(
                    &shape, arena.pointer(input), weights.pointer, bias?.baseAddress, residual.map(arena.pointer),
                    arena.pointer(output), relu, convolutions.pointer)
            }
        case .pointwise(var shape):
            tape.emit(
                name, touching: touched, multiplyAdds: shape.multiplyAdds,
                parameterBytes: shape.parameterBytes(biasCount: bias?.count ?? 0)
            ) { [arena] _ in
                kernel_pointwise(
                    &shape, arena.pointer(input), weights.pointer, bias?.baseAddress, residual.map(arena.pointer),
                    arena.pointer(output), relu)
            }
        }
    }

    private func emitWeightGradient(
        _ layer: Layer, _ convolution: Convolution, input: MemoryPlan.Buffer, gradient: MemoryPlan.Buffer,
        to weight: UnsafeMutableBufferPointer<Float>
    ) throws {
        let name = "\(layer.name) weight gradient"
        let destination = weight.memory
        if var shape = layer.vectorShape(convolution, batch: batch, configuration.precision),
            kernel_weight_gradient_fits(&shape)
        {
            tape.convolutions.reserve(byteCount: kernel_weight_gradient_scratch(&shape))
            tape.emit(
                name, touching: [input, gradient], multiplyAdds: shape.multiplyAdds,
                parameterBytes: weight.count * Precision.f32.byteCount
            ) { [arena, convolutions = tape.convolutions] _ in
                kernel_weight_gradient(
                    &shape, arena.pointer(input), arena.pointer(gradient), weight.baseAddress,
                    convolutions.pointer)
            }
            return
        }
        if convolution.groups == 1, convolution.window == Window(1) {
            // dW = dYᵀ·X over all positions, which is faster as a matrix product.
            let product = try Primitive.product(
                rows: convolution.outputChannels, inner: batch * layer.inputShape.height * layer.inputShape.width,
                columns: convolution.inputChannels, transposeA: true, configuration.precision, result: .f32, for: name)
            tape.emit(name, product, buffers: [(DNN_A, gradient), (DNN_B, input)], fixed: [(DNN_C, destination)])
            return
        }
        let primitive = try Primitive.weightGradient(
            layer.geometry(convolution, batch: batch), configuration.precision, for: name)
        try emitWeightGradient(layer, primitive, input: input, gradient: gradient, to: destination)
    }

    /// Emits oneDNN's weight gradient, and what brings it into our layout.
    func emitWeightGradient(
        _ layer: Layer, _ primitive: Primitive, input: MemoryPlan.Buffer, gradient: MemoryPlan.Buffer,
        to destination: UnsafeMutableRawPointer
    ) throws {
        let name = "\(layer.name) weight gradient"
        let operands = [(DNN_A, input), (DNN_B, gradient)]
        guard !primitive.weightsArePlain else {
            tape.emit(name, primitive, buffers: operands, fixed: [(DNN_C, destination)])
            return
        }
        let packed = tape.makeBuffer(byteCount: primitive.weightsSize)
        tape.emit(name, primitive, buffers: operands + [(DNN_C, packed)])
        tape.emit(
            "\(layer.name) unpack", try Primitive.unpacking(from: primitive), buffers: [(DNN_A, packed)],
            fixed: [(DNN_C, destination)])
    }

    private func emitInputGradient(
        _ layer: Layer, _ method: ConvolutionMethod?, _ packed: PackedWeights, _ gradient: MemoryPlan.Buffer
    ) {
        guard let method, let weights = packed.backward else { return }
        let result = tape.makeBuffer(byteCount: batch * layer.inputShape.count * configuration.precision.byteCount)
        emitConvolution("\(layer.name) input gradient", method, input: gradient, weights: weights, output: result)
        send(result, configuration.precision, to: layer.input, of: layer)
    }
}
