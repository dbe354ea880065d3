import Kernels
import TestSupport
import Testing

/// The gradient of a convolution's weights against its definition, on sizes that divide nothing.
@Suite struct WeightGradientTests {
    /// A shape, and for how many workers.
    struct Case: CustomStringConvertible {
        let batch, inputs, height, width, outputs, kernel, stride, workers: Int

        var shape: convolution_shape {
            let padding = kernel / 2
            return convolution_shape(
                batch: batch, input_channels: inputs, input_height: height, input_width: width,
                output_channels: outputs, output_height: (height + 2 * padding - kernel) / stride + 1,
                output_width: (width + 2 * padding - kernel) / stride + 1, kernel: kernel, stride: stride,
                padding: padding, workers: workers, is_bf16: true, vector_bits: 512)
        }

        var description: String {
            "\(batch)×\(inputs)×\(height)×\(width) to \(outputs), \(kernel)×\(kernel) / \(stride), \(workers) workers"
        }
    }

    private static let cases = [
        Case(batch: 3, inputs: 32, height: 7, width: 5, outputs: 8, kernel: 3, stride: 1, workers: 1),
        Case(batch: 3, inputs: 32, height: 7, width: 5, outputs: 8, kernel: 3, stride: 1, workers: 5),
        Case(batch: 2, inputs: 96, height: 9, width: 8, outputs: 40, kernel: 3, stride: 2, workers: 2),
        Case(batch: 2, inputs: 64, height: 6, width: 9, outputs: 24, kernel: 1, stride: 1, workers: 2),
        Case(batch: 3, inputs: 288, height: 5, width: 5, outputs: 264, kernel: 1, stride: 2, workers: 3),
        Case(batch: 1, inputs: 32, height: 4, width: 6, outputs: 16, kernel: 5, stride: 1, workers: 2),
        Case(batch: 1, inputs: 32, height: 1, width: 1, outputs: 8, kernel: 3, stride: 1, workers: 4),
        // More positions than are packed at a time.
        Case(batch: 2, inputs: 32, height: 31, width: 23, outputs: 16, kernel: 3, stride: 1, workers: 2),
    ]

    private static let hasInstructions = cases.allSatisfy { example in
        var shape = example.shape
        return kernel_weight_gradient_fits(&shape)
    }

    /// Numbers that bf16 holds exactly, with their bits.
    private func numbers(_ count: Int, _ name: String) -> (values: [Float], bits: [UInt16]) {
        var values = [Float](repeating: 0, count: count)
        values.withUnsafeMutableBufferPointer { FormulaWeights.fill($0, name: name, low: -1, high: 1) }
        let bits = values.map { UInt16($0.bitPattern >> 16) }
        return (bits.map { Float(bitPattern: UInt32($0) << 16) }, bits)
    }

    @Test(
        .enabled(if: hasInstructions, "the processor has no AVX-512 BF16"), arguments: cases)
    func equalsItsDefinition(_ example: Case) {
        var shape = example.shape
        let input = numbers(shape.batch * shape.input_height * shape.input_width * shape.input_channels, "input")
        let gradient = numbers(
            shape.batch * shape.output_height * shape.output_width * shape.output_channels, "gradient")
        var weights = [Float](
            repeating: .nan, count: example.outputs * example.inputs * example.kernel * example.kernel)
        let scratch = UnsafeMutableRawPointer.allocate(
            byteCount: kernel_weight_gradient_scratch(&shape), alignment: 64)
        defer { scratch.deallocate() }
        kernel_weight_gradient(&shape, input.bits, gradient.bits, &weights, scratch)

        var expected = [Double](repeating: 0, count: weights.count)
        for n in 0..<shape.batch {
            for oy in 0..<shape.output_height {
                for ox in 0..<shape.output_width {
                    for ky in 0..<shape.kernel {
                        for kx in 0..<shape.kernel {
                            let (y, x) = (
                                oy * shape.stride - shape.padding + ky, ox * shape.stride - shape.padding + kx
                            )
                            guard (0..<shape.input_height).contains(y), (0..<shape.input_width).contains(x) else {
                                continue
                            }
                            let from = ((n * shape.input_height + y) * shape.input_width + x) * shape.input_channels
                            let out =
                                ((n * shape.output_height + oy) * shape.output_width + ox) * shape.output_channels
                            for o in 0..<shape.output_channels {
                                let factor = Double(gradient.values[out + o])
                                for i in 0..<shape.input_channels {
                                    let at = ((o * shape.kernel + ky) * shape.kernel + kx) * shape.input_channels + i
                                    expected[at] += factor * Double(input.values[from + i])
                                }
                            }
                        }
                    }
                }
            }
        }
        let worst = zip(weights, expected).map { abs(Double($0) - $1) }.reduce(0) { $1 > $0 || $1.isNaN ? $1 : $0 }
        #expect(worst <= 2e-5)
    }
}
