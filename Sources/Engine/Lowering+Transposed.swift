import COneDNN
import Kernels
import Networks

extension Lowering {
    /// A transposed convolution: what the gradient of a convolution's input is, of the convolution that leads from its output
    /// to its input. Its own gradients are that convolution and the gradient of its weights.
    func lowerTransposed(_ layer: Layer, _ index: Int, _ convolution: TransposedConvolution) throws -> BackwardPass {
        let precision = configuration.precision
        let isBF16 = precision == .bf16
        let (rows, channels) = (rowCount(layer.outputShape), convolution.outputChannels)
        let geometry = dnn_geometry(batch: batch, layer.outputShape, layer.inputShape, convolution.window)
        let forward = try Primitive.inputGradient(geometry, precision, for: layer.name)
        let passesOn = partition.requiresGradient[layer.input]
        let backward =
            passesOn
            ? try Primitive.convolution(
                geometry, precision, inference: false, accumulate: false, DNN_NOTHING, bias: false, for: layer.name)
            : nil
        let weights = try packTransposed(layer, [forward, backward].compactMap(\.self))

        let input = operand(layer.input, precision, of: layer)
        let output = makeOutput(layer)
        tape.emit(
            layer.name, forward, buffers: [(DNN_A, input), (DNN_C, output.buffer)], fixed: [(DNN_B, weights[0].pointer)]
        )
        if let bias = layer.parameters[.bias].map({ store[$0] }) {
            let ones = tape.makeStorage(floats: channels).floats
            ones.update(repeating: 1)
            tape.emit("\(layer.name) bias", touching: [output.buffer]) { [arena] _ in
                kernel_scale_shift(
                    arena.pointer(output.buffer), ones.baseAddress, bias.baseAddress, nil,
                    arena.pointer(output.buffer), rows, channels, .unlimited, isBF16)
            }
        }

        return { [self] in
            let trains = partition.trains[index]
            let biasGradient = trains ? layer.parameters[.bias].map(makeGradient) : nil
            let collected =
                biasGradient.map { flow.collect(of: layer, index, sums: $0) } ?? flow.collect(of: layer, index)
            guard let gradient = collected else { return }
            if trains {
                let name = "\(layer.name) weight gradient"
                let primitive = try Primitive.weightGradient(geometry, precision, for: name)
                let arriving = operand(layer.input, precision, of: layer, isBackward: true)
                try emitWeightGradient(
                    layer, primitive, input: gradient, gradient: arriving,
                    to: makeGradient(layer.parameter(.weight)).memory)
            }
            guard let backward else { return }
            let result = tape.makeBuffer(byteCount: batch * layer.inputShape.count * precision.byteCount)
            tape.emit(
                "\(layer.name) input gradient", backward, buffers: [(DNN_A, gradient), (DNN_C, result)],
                fixed: [(DNN_B, weights[1].pointer)])
            send(result, precision, to: layer.input, of: layer)
        }
    }

    /// The layer's weights in the layouts of `users`, now and whenever the layer's stage has changed.
    private func packTransposed(_ layer: Layer, _ users: [Primitive]) throws -> [Storage] {
        let weight = store[layer.parameter(.weight)]
        let precision = configuration.precision
        let storages = users.map { tape.makeStorage(byteCount: $0.weightsSize) }
        let packings = try users.map { try Primitive.packing(for: $0, from: precision.type) }
        for (packing, storage) in zip(packings, storages) { packing.bind(DNN_C, storage.pointer) }
        weights.add(stage: layer.stage, scratch: weight.count * precision.byteCount, primitives: packings) {
            [plain = self.weights.plain] in
            kernel_scale_rows(
                weight.baseAddress, nil, plain.pointer, 1, weight.count, precision == .bf16)
            for packing in packings { try packing.execute(for: "packing \(layer.name)") }
        }
        return storages
    }
}
