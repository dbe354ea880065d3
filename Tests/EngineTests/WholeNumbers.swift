import Kernels
import TestSupport

/// Whole numbers from `-bound` to `bound`, times `step`.
func wholeNumbers(_ count: Int, _ name: String, bound: Float, step: Float = 1) -> [Float] {
    var values = [Float](repeating: 0, count: count)
    values.withUnsafeMutableBufferPointer {
        FormulaWeights.fill($0, name: name, low: Double(-bound - 0.5), high: Double(bound + 0.5))
    }
    return values.map { min(bound, max(-bound, $0.rounded())) * step }
}

/// The nearest numbers in bf16.
func bf16(_ values: [Float]) -> [UInt16] {
    var result = [UInt16](repeating: 0, count: values.count)
    kernel_f32_to_bf16(values, &result, values.count)
    return result
}
