import COneDNN
import Kernels
import Networks

extension Layer {
    /// The geometry of the layer's convolution for oneDNN.
    func geometry(_ convolution: Convolution, batch: Int) -> dnn_geometry {
        dnn_geometry(
            batch: Int64(batch), input_channels: Int64(inputShape.channels), input_height: Int64(inputShape.height),
            input_width: Int64(inputShape.width), output_channels: Int64(outputShape.channels),
            output_height: Int64(outputShape.height), output_width: Int64(outputShape.width),
            kernel: Int64(convolution.kernel), stride: Int64(convolution.stride), padding: Int64(convolution.padding))
    }
}

extension Layer {
    /// The shape of the layer's convolution for our own kernels; nil where oneDNN's are the better ones.
    func vectorShape(_ convolution: Convolution, batch: Int, _ precision: Precision) -> convolution_shape? {
        guard precision == .bf16, dnn_has_bf16_vectors_only() else { return nil }
        var shape = convolution_shape(
            batch: batch, input_channels: inputShape.channels, input_height: inputShape.height,
            input_width: inputShape.width, output_channels: outputShape.channels, output_height: outputShape.height,
            output_width: outputShape.width, kernel: convolution.kernel, stride: convolution.stride,
            padding: convolution.padding, workers: ComputeLibrary.threadCount)
        return kernel_weight_gradient_fits(&shape) ? shape : nil
    }
}

/// The weights of a convolution in the layouts that its primitives want.
struct PackedWeights {
    /// Whether batch norm is folded in.
    let isFolded: Bool
    /// Whose layouts they have.
    let forwardUser: Primitive
    let backwardUser: Primitive?
    /// f, one float for each output channel.
    let factors: UnsafeMutableBufferPointer<Float>
    /// t, one float for each output channel.
    let bias: UnsafeMutableBufferPointer<Float>
    let forward: Storage
    /// For the gradient of the input; nil where none is computed.
    let backward: Storage?
}

extension PackedWeights {
    /// Whether another plan's primitives want the same weights in the same layouts.
    fileprivate func fits(isFolded: Bool, _ forward: Primitive, _ inputGradient: Primitive?) -> Bool {
        guard isFolded == self.isFolded, forward.sharesWeightsLayout(with: forwardUser) else { return false }
        guard let inputGradient else { return true }
        return backwardUser.map(inputGradient.sharesWeightsLayout) ?? false
    }
}

extension Lowering {
    /// A convolution whose batch norm, if any, uses stored statistics: one folded convolution.
    func lowerFolded(_ layer: Layer, _ index: Int, _ convolution: Convolution) throws -> () throws -> Void {
        let precision = configuration.precision
        let geometry = layer.geometry(convolution, batch: batch)
        let folding = Folding(layer, store, outputChannels: convolution.outputChannels)
        let differentiated = partition.requiresGradient[index + 1]
        let passesOn = partition.requiresGradient[layer.input]

        let forward = try Primitive.convolution(
            geometry, precision, inference: !differentiated, accumulate: layer.residual != nil, relu: layer.hasReLU,
            bias: true, for: layer.name)
        let inputGradient =
            passesOn ? try Primitive.inputGradient(geometry, precision, for: "\(layer.name) input gradient") : nil
        let packed = try pack(layer, folding, forward, inputGradient)

        let input = values[layer.input]
        let output: Value
        if let residual = layer.residual {
            output = placeOnResidual(layer, index, residual)
        } else {
            output = makeValue(layer.outputShape, precision)
        }
        emit(
            layer.name, forward, buffers: [(DNN_A, input.buffer), (DNN_C, output.buffer)],
            fixed: [(DNN_B, packed.forward.pointer), (DNN_BIAS, packed.bias.memory)])

        return { [self] in
            guard differentiated else { return }
            let trains = partition.trains[index]
            let foldedBias = makeStorage(floats: trains ? convolution.outputChannels : 0).floats
            let collected =
                trains ? collectGradient(of: layer, index, sums: foldedBias) : collectGradient(of: layer, index)
            guard let gradient = collected else { return }
            if let residual = layer.residual, partition.requiresGradient[residual] { send(gradient, to: residual) }
            if trains {
                let dots = makeStorage(floats: convolution.outputChannels).floats
                let gradients = Folding.Gradients(
                    weight: makeGradient(layer.parameter(.weight)), bias: layer.parameters[.bias].map(makeGradient),
                    scale: layer.parameters[.scale].map(makeGradient),
                    shift: layer.parameters[.shift].map(makeGradient))
                try emitWeightGradient(
                    layer, convolution, input: input.buffer, gradient: gradient, to: gradients.weight)
                emit("\(layer.name) unfold", touching: []) { _ in
                    folding.unfold(gradients, foldedBias: foldedBias, factors: packed.factors, dots: dots)
                }
            }
            emitInputGradient(layer, inputGradient, packed, gradient)
        }
    }

    /// A convolution and its batch norm on the statistics of the batch.
    func lowerNormalized(_ layer: Layer, _ index: Int, _ convolution: Convolution) throws -> () throws -> Void {
        let precision = configuration.precision
        let isBF16 = precision == .bf16
        let geometry = layer.geometry(convolution, batch: batch)
        // Only the convolution itself is packed: its batch norm runs on its own.
        var bare = layer
        bare.epsilon = nil
        let convolutionOnly = Folding(bare, store, outputChannels: convolution.outputChannels)
        let passesOn = partition.requiresGradient[layer.input]
        let forward = try Primitive.convolution(
            geometry, precision, inference: false, accumulate: false, relu: false, bias: true, for: layer.name)
        let inputGradient =
            passesOn ? try Primitive.inputGradient(geometry, precision, for: "\(layer.name) input gradient") : nil
        let packed = try pack(layer, convolutionOnly, forward, inputGradient)

        let shape = layer.outputShape
        let rows = batch * shape.height * shape.width
        let norm = BatchNormalization(layer, store, channels: shape.channels, rows: rows, storage: makeStorage(floats:))
        reserveSums(channels: shape.channels)

        let input = values[layer.input]
        let residual = layer.residual.map { values[$0].buffer }
        let convolved = makeBuffer(byteCount: rows * shape.channels * precision.byteCount)
        emit(
            layer.name, forward, buffers: [(DNN_A, input.buffer), (DNN_C, convolved)],
            fixed: [(DNN_B, packed.forward.pointer), (DNN_BIAS, packed.bias.memory)])
        let output = makeValue(shape, precision)
        emit("\(layer.name) norm", touching: [convolved, output.buffer] + (residual.map { [$0] } ?? [])) {
            [self] context in
            norm.prepare(
                arena.pointer(convolved), usesBatch: context.isTraining, scratch: sumsScratch.floats, isBF16: isBF16)
            kernel_scale_shift(
                arena.pointer(convolved), norm.factor.baseAddress, norm.offset.baseAddress, residual.map(arena.pointer),
                arena.pointer(output.buffer), rows, shape.channels, layer.hasReLU, isBF16)
        }

        return { [self] in
            let scale = makeGradient(layer.parameter(.scale))
            let shift = makeGradient(layer.parameter(.shift))
            guard
                let gradient = collectGradient(
                    of: layer, index, sums: shift, moments: (input: convolved, mean: norm.mean, sums: scale))
            else { return }
            let sharesGradient = layer.residual.map { partition.requiresGradient[$0] } ?? false
            if let residual = layer.residual, sharesGradient { send(gradient, to: residual) }
            // In place, unless the shortcut still needs the gradient as it is.
            let inner = sharesGradient ? makeBuffer(byteCount: rows * shape.channels * precision.byteCount) : gradient
            emit("\(layer.name) norm gradient", touching: [gradient, convolved, inner]) { [arena] _ in
                norm.prepareInputGradient(scaleGradient: scale, shiftGradient: shift)
                kernel_batch_norm_input_gradient(
                    arena.pointer(gradient), arena.pointer(convolved), norm.k1.baseAddress, norm.k2.baseAddress,
                    norm.k3.baseAddress, arena.pointer(inner), rows, shape.channels, isBF16)
            }
            // The batch's mean takes any bias away again, so its gradient is zero, as its memory is from the start.
            _ = layer.parameters[.bias].map(makeGradient)
            try emitWeightGradient(
                layer, convolution, input: input.buffer, gradient: inner, to: makeGradient(layer.parameter(.weight)))
            emitInputGradient(layer, inputGradient, packed, inner)
        }
    }

    /// Packs the weights now and whenever the layer's stage has changed.
    private func pack(
        _ layer: Layer, _ folding: Folding, _ forward: Primitive, _ inputGradient: Primitive?
    ) throws -> PackedWeights {
        if let shared = partner?.packedWeights[layer.name],
            shared.fits(isFolded: folding.norm != nil, forward, inputGradient)
        {
            packedWeights[layer.name] = shared
            return shared
        }
        let precision = configuration.precision
        let forwardPacking = try Primitive.packing(for: forward, from: precision.type)
        let forwardStorage = makeStorage(byteCount: forward.weightsSize)
        forwardPacking.bind(DNN_C, forwardStorage.pointer)
        var packings = [forwardPacking]

        var backwardStorage: Storage?
        if let inputGradient {
            if inputGradient.sharesWeightsLayout(with: forward) {
                backwardStorage = forwardStorage
            } else {
                let packing = try Primitive.packing(for: inputGradient, from: precision.type)
                let storage = makeStorage(byteCount: inputGradient.weightsSize)
                packing.bind(DNN_C, storage.pointer)
                packings.append(packing)
                backwardStorage = storage
            }
        }
        let packed = PackedWeights(
            isFolded: folding.norm != nil, forwardUser: forward, backwardUser: inputGradient,
            factors: makeStorage(floats: folding.outputChannels).floats,
            bias: makeStorage(floats: folding.outputChannels).floats, forward: forwardStorage, backward: backwardStorage
        )
        packedWeights[layer.name] = packed
        addPacker(
            stage: layer.stage, scratch: folding.weight.count * precision.byteCount, primitives: packings
        ) { [unowned self] in
            folding.writeFactors(to: packed.factors)
            folding.writeBias(to: packed.bias)
            folding.writeWeights(to: packingScratch.pointer, factors: packed.factors, precision)
            for packing in packings { try packing.execute(for: "packing \(layer.name)") }
        }
        return packed
    }

    /// The output of a layer that is accumulated onto its shortcut: in the shortcut's own memory where nobody needs that
    /// any more, else on a copy of it.
    private func placeOnResidual(_ layer: Layer, _ index: Int, _ residual: Int) -> Value {
        let shortcut = values[residual]
        if partition.lastReader[residual] == index && !partition.isSaved[residual] {
            return makeValue(layer.outputShape, shortcut.precision, in: shortcut.buffer)
        }
        let output = makeValue(layer.outputShape, shortcut.precision)
        let count = batch * layer.outputShape.count
        emit("\(layer.name) shortcut", touching: [shortcut.buffer, output.buffer]) { [arena] _ in
            kernel_add_relu(
                arena.pointer(shortcut.buffer), nil, arena.pointer(output.buffer), count, false,
                shortcut.precision == .bf16)
        }
        return output
    }

    private func emitWeightGradient(
        _ layer: Layer, _ convolution: Convolution, input: MemoryPlan.Buffer, gradient: MemoryPlan.Buffer,
        to weight: UnsafeMutableBufferPointer<Float>
    ) throws {
        let name = "\(layer.name) weight gradient"
        let destination = weight.memory
        if var shape = layer.vectorShape(convolution, batch: batch, configuration.precision) {
            // Faster than the library's, but for AMX.
            reserveWeightGradient(byteCount: kernel_weight_gradient_scratch(&shape))
            emit(
                name, touching: [input, gradient], multiplyAdds: layer.geometry(convolution, batch: batch).multiplyAdds
            ) { [self] _ in
                kernel_weight_gradient(
                    &shape, arena.pointer(input), arena.pointer(gradient), weight.baseAddress,
                    weightGradientScratch.pointer)
            }
            return
        }
        if convolution.kernel == 1, convolution.stride == 1 {
            // dW = dYᵀ·X over all positions, which is faster as a matrix product.
            let product = try Primitive.product(
                rows: convolution.outputChannels, inner: batch * layer.inputShape.height * layer.inputShape.width,
                columns: convolution.inputChannels, transposeA: true, configuration.precision, result: .f32, for: name)
            emit(name, product, buffers: [(DNN_A, gradient), (DNN_B, input)], fixed: [(DNN_C, destination)])
            return
        }
        let operands = [(DNN_A, input), (DNN_B, gradient)]
        let primitive = try Primitive.weightGradient(
            layer.geometry(convolution, batch: batch), configuration.precision, for: name)
        guard !primitive.weightsArePlain else {
            emit(name, primitive, buffers: operands, fixed: [(DNN_C, destination)])
            return
        }
        let packed = makeBuffer(byteCount: primitive.weightsSize)
        emit(name, primitive, buffers: operands + [(DNN_C, packed)])
        emit(
            "\(layer.name) unpack", try Primitive.unpacking(from: primitive), buffers: [(DNN_A, packed)],
            fixed: [(DNN_C, destination)])
    }

    private func emitInputGradient(
        _ layer: Layer, _ primitive: Primitive?, _ packed: PackedWeights, _ gradient: MemoryPlan.Buffer
    ) {
        guard let primitive, let weights = packed.backward else { return }
        let result = makeGradientBuffer(of: values[layer.input])
        emit(
            "\(layer.name) input gradient", primitive, buffers: [(DNN_A, gradient), (DNN_C, result)],
            fixed: [(DNN_B, weights.pointer)])
        send(result, to: layer.input)
    }
}
