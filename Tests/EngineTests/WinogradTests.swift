import Kernels
import TestSupport
import Testing

/// 3×3 convolutions with transformed tiles against their definition. Small whole numbers pass through the transforms without
/// rounding, so results are equal to the last bit.
@Suite struct WinogradTests {
    /// The loops for one type of elements and one width of vectors.
    enum Variant: CaseIterable {
        case bf16, wideF32, narrowF32

        /// Whether the processor has what they need.
        var isSupported: Bool {
            var shape = Case(batch: 1, inputs: 32, height: 4, width: 4, outputs: 32, workers: 1).shape(self)
            return kernel_winograd_fits(&shape)
        }

        /// Numbers in its type.
        func elements(_ values: [Float]) -> [UInt8] {
            self == .bf16
                ? EngineTests.bf16(values).withUnsafeBytes(Array.init) : values.withUnsafeBytes(Array.init)
        }
    }

    struct Case: CustomStringConvertible {
        let batch, inputs, height, width, outputs, workers: Int
        /// Whether it is the gradient of an input.
        var isGradient = false
        var hasBias = true
        var hasResidual = false
        var relu = false

        func shape(_ variant: Variant) -> convolution_shape {
            convolution_shape(
                batch: batch, input_channels: inputs, input_height: height, input_width: width,
                output_channels: outputs, output_height: height, output_width: width, kernel: 3, stride: 1, padding: 1,
                workers: workers, is_bf16: variant == .bf16, vector_bits: variant == .narrowF32 ? 256 : 512)
        }

        var description: String {
            "\(batch)×\(inputs)×\(height)×\(width) to \(outputs), \(workers) workers"
                + (isGradient ? ", gradient" : "") + (hasResidual ? ", residual" : "") + (relu ? ", ReLU" : "")
        }
    }

    private static let cases = [
        Case(batch: 2, inputs: 32, height: 7, width: 5, outputs: 64, workers: 1),
        Case(batch: 2, inputs: 32, height: 7, width: 5, outputs: 64, workers: 3, hasResidual: true, relu: true),
        Case(batch: 3, inputs: 64, height: 8, width: 6, outputs: 32, workers: 2, relu: true),
        Case(batch: 3, inputs: 64, height: 8, width: 6, outputs: 32, workers: 2, isGradient: true, hasBias: false),
        Case(batch: 1, inputs: 32, height: 1, width: 1, outputs: 32, workers: 2),
        Case(batch: 1, inputs: 96, height: 2, width: 13, outputs: 96, workers: 5, isGradient: true, hasBias: false),
        // More tiles than are transformed at a time.
        Case(batch: 3, inputs: 128, height: 28, width: 28, outputs: 32, workers: 1, hasResidual: true),
    ]

    @Test(arguments: Variant.allCases.filter(\.isSupported), cases)
    func equalsItsDefinition(_ variant: Variant, _ example: Case) {
        var shape = example.shape(variant)
        let (inputs, outputs, height, width) = (example.inputs, example.outputs, example.height, example.width)
        let positions = example.batch * height * width
        let input = wholeNumbers(positions * inputs, "input", bound: 2)
        // Multiples of four stay whole when the transform halves them twice.
        let weights = wholeNumbers(inputs * 9 * outputs, "weights", bound: 2, step: 4)
        let bias = wholeNumbers(outputs, "bias", bound: 9)
        let residual = wholeNumbers(positions * outputs, "residual", bound: 99)

        var packed = [UInt8](repeating: 0, count: kernel_winograd_weights_size(&shape))
        kernel_winograd_pack(&shape, weights, example.isGradient, &packed)
        let nothing = [Float](repeating: .nan, count: positions * outputs)
        var output = variant.elements(example.hasResidual ? residual : nothing)
        let scratch = UnsafeMutableRawPointer.allocate(byteCount: kernel_winograd_scratch(&shape), alignment: 64)
        defer { scratch.deallocate() }
        output.withUnsafeMutableBytes { output in
            kernel_winograd(
                &shape, variant.elements(input), packed, example.hasBias ? bias : nil,
                example.hasResidual ? output.baseAddress : nil, output.baseAddress, example.relu, scratch)
        }

        var expected = [Float](repeating: 0, count: positions * outputs)
        for position in 0..<positions {
            let (n, y, x) = (position / (height * width), position / width % height, position % width)
            for o in 0..<outputs {
                var sum = example.hasBias ? bias[o] : 0
                for tap in 0..<9 {
                    let (fromY, fromX) = (y + tap / 3 - 1, x + tap % 3 - 1)
                    guard (0..<height).contains(fromY), (0..<width).contains(fromX) else { continue }
                    let from = ((n * height + fromY) * width + fromX) * inputs
                    for i in 0..<inputs {
                        let weight =
                            example.isGradient
                            ? weights[(i * 9 + 8 - tap) * outputs + o] : weights[(o * 9 + tap) * inputs + i]
                        sum += input[from + i] * weight
                    }
                }
                let at = position * outputs + o
                if example.hasResidual { sum += residual[at] }
                expected[at] = example.relu ? max(0, sum) : sum
            }
        }
        #expect(output == variant.elements(expected))
    }

    @Test(arguments: Variant.allCases.filter(\.isSupported)) func keepsNaN(_ variant: Variant) {
        var shape = Case(batch: 1, inputs: 32, height: 4, width: 4, outputs: 32, workers: 1).shape(variant)
        var input = [Float](repeating: 1, count: 16 * 32)
        input[0] = .nan
        var packed = [UInt8](repeating: 0, count: kernel_winograd_weights_size(&shape))
        kernel_winograd_pack(&shape, [Float](repeating: 1, count: 32 * 9 * 32), false, &packed)
        var output = variant.elements([Float](repeating: 0, count: 16 * 32))
        var scratch = [UInt8](repeating: 0, count: kernel_winograd_scratch(&shape))
        kernel_winograd(&shape, variant.elements(input), packed, nil, nil, &output, true, &scratch)
        // The last bytes of the first element: sign, exponent and the beginning of the fraction.
        let end = variant == .bf16 ? 2 : 4
        #expect(output[end - 1] & 0x7F == 0x7F && output[end - 2] & 0xC0 == 0xC0)
    }
}
