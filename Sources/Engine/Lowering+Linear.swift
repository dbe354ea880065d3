import COneDNN
import Kernels
import Networks

extension Lowering {
    /// A linear layer on all values of an image: Y = X·Wᵀ + b. Its gradients are matrix products.
    ///
    /// It computes in the precision of its input and yields f32: rows of features are small, so the head's own rounding
    /// need not add to that of the convolutions.
    func lowerLinear(_ layer: Layer, _ index: Int) throws -> BackwardPass {
        let input = values[layer.input]
        let precision = input.precision
        let (inputs, outputs) = (layer.inputShape.count, layer.outputShape.count)
        let weight = store[layer.parameter(.weight)]
        let bias = store[layer.parameter(.bias)]

        let weights = weights.linearWeights(layer, weight, precision)
        let output = tape.makeValue(layer.outputShape, .f32)
        var shape = linear_shape(
            rows: batch, inputs: inputs, outputs: outputs, is_bf16: precision == .bf16, vector_bits: dnn_vector_bits())
        tape.emit(
            layer.name, touching: [input.buffer, output.buffer], multiplyAdds: batch * inputs * outputs,
            parameterBytes: weight.count * precision.byteCount + bias.count * Precision.f32.byteCount
        ) { [arena, batch] _ in
            kernel_linear(
                &shape, arena.pointer(input.buffer), weights, bias.baseAddress,
                arena.floats(output.buffer, count: batch * outputs).baseAddress, layer.activation == .relu)
        }

        return { [self] in
            guard partition.requiresGradient[index + 1], let arrived = flow.collect(of: layer, index) else { return }
            let gradient = tape.converted(arrived, like: output, to: precision, for: layer)
            if partition.trains[index] {
                let weightGradient = makeGradient(layer.parameter(.weight))
                let biasGradient = makeGradient(layer.parameter(.bias))
                tape.emit(
                    "\(layer.name) weight gradient",
                    try Primitive.product(
                        rows: outputs, inner: batch, columns: inputs, transposeA: true, precision, result: .f32,
                        for: layer.name), buffers: [(DNN_A, gradient), (DNN_B, flow.kept(layer.input))],
                    fixed: [(DNN_C, weightGradient.memory)])
                tape.reserveSums(channels: outputs)
                tape.emit("\(layer.name) bias gradient", touching: [gradient]) { [arena, batch, sums = tape.sums] _ in
                    var operands = gradient_operands()
                    operands.gradient = arena.pointer(gradient)
                    kernel_gradient_sums(
                        &operands, batch, outputs, biasGradient.baseAddress, nil, sums.floats,
                        precision == .bf16)
                }
            }
            guard partition.requiresGradient[layer.input] else { return }
            let inputGradient = tape.makeGradientBuffer(of: input)
            tape.emit(
                "\(layer.name) input gradient",
                try Primitive.product(
                    rows: batch, inner: outputs, columns: inputs, precision, result: precision, for: layer.name),
                buffers: [(DNN_A, gradient), (DNN_C, inputGradient)], fixed: [(DNN_B, weights)])
            flow.send(inputGradient, to: layer.input)
        }
    }
}
