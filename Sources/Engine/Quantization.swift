import COneDNN

/// How activations become 8-bit integers: the largest magnitudes that a network's layers yield.
///
/// Where both ends of a convolution have one, it is computed in 8-bit integers: weights −127…127 with a scale for each
/// output channel, activations behind a ReLU 0…255, others −127…127, each with one scale. Sums are exact. After Jacob et
/// al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference" (2018).
package struct Quantization: Hashable, Sendable {
    /// By layer, named as in a plan's profile.
    package let largestMagnitudes: [String: Float]

    package init(largestMagnitudes: [String: Float]) { self.largestMagnitudes = largestMagnitudes }

    /// Whether the processor has instructions for it. Without them it would be slower, or overflow.
    package static var isSupported: Bool { dnn_supports_int8() }
}

extension Quantization: CustomStringConvertible {
    /// All magnitudes, in the order of the layers' names.
    package var description: String {
        largestMagnitudes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }
}

/// A value in 8-bit integers, each of which stands for itself times `scale`.
struct QuantizedValue {
    let buffer: MemoryPlan.Buffer
    let isSigned: Bool
    let scale: Float

    var type: dnn_type { isSigned ? DNN_S8 : DNN_U8 }

    /// The scale that makes the largest magnitude the largest integer; 1 where all is zero.
    static func scale(largest: Float, isSigned: Bool) -> Float {
        largest > 0 && largest.isFinite ? largest / (isSigned ? 127 : 255) : 1
    }
}

/// The values of a network that exist in 8-bit integers.
final class IntegerForms {
    /// By their number.
    var values: [Int: QuantizedValue] = [:]
    /// Those of them that exist in no other form yet.
    var only: Set<Int> = []
}
