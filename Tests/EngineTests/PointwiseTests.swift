import Kernels
import TestSupport
import Testing

/// 1×1 convolutions of small whole numbers, which lose nothing to rounding, against their definition.
@Suite struct PointwiseTests {
    struct Case: CustomStringConvertible {
        let positions, inputs, outputs: Int
        var hasBias = true
        var hasResidual = false
        var relu = false

        var shape: convolution_shape {
            convolution_shape(
                batch: 1, input_channels: inputs, input_height: 1, input_width: positions, output_channels: outputs,
                output_height: 1, output_width: positions, kernel: 1, stride: 1, padding: 0, workers: 2, is_bf16: true,
                vector_bits: 512)
        }

        var description: String {
            "\(positions) of \(inputs) to \(outputs)" + (hasBias ? ", bias" : "") + (hasResidual ? ", residual" : "")
                + (relu ? ", ReLU" : "")
        }
    }

    private static let cases = [
        Case(positions: 1, inputs: 32, outputs: 32),
        Case(positions: 12, inputs: 64, outputs: 32, hasBias: false),
        Case(positions: 31, inputs: 96, outputs: 64, hasResidual: true, relu: true),
        Case(positions: 49, inputs: 32, outputs: 96, hasBias: false, relu: true),
        // More weights than are taken at a time.
        Case(positions: 25, inputs: 2048, outputs: 160, hasResidual: true),
    ]

    private static let hasInstructions = cases.allSatisfy { example in
        var shape = example.shape
        return kernel_pointwise_fits(&shape)
    }

    @Test(.enabled(if: hasInstructions, "the processor has no AVX-512 BF16"), arguments: cases)
    func equalsItsDefinition(_ example: Case) {
        var shape = example.shape
        let (positions, inputs, outputs) = (example.positions, example.inputs, example.outputs)
        let input = wholeNumbers(positions * inputs, "input", bound: 2)
        let weights = wholeNumbers(outputs * inputs, "weights", bound: 3)
        let bias = wholeNumbers(outputs, "bias", bound: 9)
        let residual = wholeNumbers(positions * outputs, "residual", bound: 99)

        var packed = [UInt8](repeating: 0, count: kernel_pointwise_weights_size(&shape))
        kernel_pointwise_pack(&shape, bf16(weights), &packed)
        var output = example.hasResidual ? bf16(residual) : [UInt16](repeating: 0x7FC0, count: positions * outputs)
        output.withUnsafeMutableBufferPointer { output in
            kernel_pointwise(
                &shape, bf16(input), packed, example.hasBias ? bias : nil,
                example.hasResidual ? output.baseAddress : nil, output.baseAddress, example.relu)
        }

        var expected: [Float] = []
        for position in 0..<positions {
            for o in 0..<outputs {
                var sum = example.hasBias ? bias[o] : 0
                for i in 0..<inputs { sum += input[position * inputs + i] * weights[o * inputs + i] }
                if example.hasResidual { sum += residual[position * outputs + o] }
                expected.append(example.relu ? max(0, sum) : sum)
            }
        }
        #expect(output == bf16(expected))
    }
}
