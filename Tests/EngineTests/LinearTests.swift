import Kernels
import TestSupport
import Testing

/// Linear layers against their definition, and the same numbers however many rows and threads take part.
@Suite(.serialized) struct LinearTests {
    struct Case: CustomStringConvertible {
        let rows, inputs, outputs: Int
        var isBF16 = false

        var description: String { "\(rows)×\(inputs) to \(outputs)" + (isBF16 ? " in bf16" : "") }
    }

    private static let cases = [
        Case(rows: 1, inputs: 1, outputs: 1), Case(rows: 3, inputs: 16, outputs: 2),
        Case(rows: 7, inputs: 77, outputs: 37), Case(rows: 33, inputs: 64, outputs: 10),
        // More than a block of rows, a panel of outputs and a chunk of inputs.
        Case(rows: 70, inputs: 2100, outputs: 53), Case(rows: 5, inputs: 4096, outputs: 1000),
        Case(rows: 37, inputs: 1033, outputs: 29, isBF16: true),
    ]

    private func linear(
        _ example: Case, _ input: [Float], _ weights: [Float], _ bias: [Float], relu: Bool = false, vectorBits: Int32
    ) -> [Float] {
        var shape = linear_shape(
            rows: example.rows, inputs: example.inputs, outputs: example.outputs, is_bf16: example.isBF16,
            vector_bits: vectorBits)
        var output = [Float](repeating: .nan, count: example.rows * example.outputs)
        if example.isBF16 {
            kernel_linear(&shape, bf16(input), bf16(weights), bias, &output, relu)
        } else {
            kernel_linear(&shape, input, weights, bias, &output, relu)
        }
        return output
    }

    /// Small whole numbers are added up without rounding.
    @Test(arguments: cases, [Int32(128), 256, 512]) func equalsItsDefinition(_ example: Case, _ vectorBits: Int32) {
        let (rows, inputs, outputs) = (example.rows, example.inputs, example.outputs)
        let input = wholeNumbers(rows * inputs, "input", bound: 9)
        let weights = wholeNumbers(outputs * inputs, "weights", bound: 9)
        let bias = wholeNumbers(outputs, "bias", bound: 99)
        var expected = [Float]()
        for row in 0..<rows {
            for output in 0..<outputs {
                var sum = bias[output]
                for i in 0..<inputs { sum += input[row * inputs + i] * weights[output * inputs + i] }
                expected.append(sum)
            }
        }
        #expect(linear(example, input, weights, bias, vectorBits: vectorBits) == expected)
        #expect(
            linear(example, input, weights, bias, relu: true, vectorBits: vectorBits) == expected.map { max($0, 0) })
    }

    @Test(arguments: cases, [Int32(128), 256, 512])
    func rowsDependNeitherOnTheirNeighboursNorOnThreads(_ example: Case, _ vectorBits: Int32) {
        defer { parallel_set_threads(0) }
        let (inputs, outputs) = (example.inputs, example.outputs)
        func numbers(_ count: Int, _ name: String) -> [Float] {
            var values = [Float](repeating: 0, count: count)
            values.withUnsafeMutableBufferPointer { FormulaWeights.fill($0, name: name, low: -1, high: 1) }
            return values
        }
        let input = numbers(example.rows * inputs, "input")
        let (weights, bias) = (numbers(outputs * inputs, "weights"), numbers(outputs, "bias"))
        parallel_set_threads(1)
        let expected = (0..<example.rows).flatMap { row in
            linear(
                Case(rows: 1, inputs: inputs, outputs: outputs, isBF16: example.isBF16),
                Array(input[row * inputs..<(row + 1) * inputs]), weights, bias, vectorBits: vectorBits)
        }
        for threads in [Int32(1), 2, 3, 8] {
            parallel_set_threads(threads)
            #expect(linear(example, input, weights, bias, vectorBits: vectorBits) == expected, "\(threads) threads")
        }
        // All that fuse products and sums come to the same.
        if vectorBits == 512 {
            #expect(linear(example, input, weights, bias, vectorBits: 256) == expected)
        }
    }

    @Test func keepsNaN() {
        let example = Case(rows: 2, inputs: 20, outputs: 1)
        var input = [Float](repeating: 1, count: 40)
        input[3] = .nan
        let output = linear(example, input, [Float](repeating: 1, count: 20), [0], relu: true, vectorBits: 256)
        #expect(output[0].isNaN && output[1] == 20)
    }
}
