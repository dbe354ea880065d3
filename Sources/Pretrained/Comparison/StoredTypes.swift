import Archives

/// How the numbers of two tensors are stored that were compared as 32-bit floats.
package struct StoredTypes: Hashable, Sendable {
    package let first: TensorEntry.ElementType
    package let second: TensorEntry.ElementType

    package init(_ first: TensorEntry.ElementType, _ second: TensorEntry.ElementType) {
        (self.first, self.second) = (first, second)
    }

    var areSame: Bool { first == second }

    /// Whether all numbers of a file became floats without loss, so that what is equal as floats is equal in the file.
    /// - Parameter largest: the largest magnitude among the floats.
    func areWhole(upTo largest: Float) -> Bool { [first, second].allSatisfy { $0.isWhole(upTo: largest) } }
}

extension TensorEntry.ElementType {
    /// Floats have all whole numbers up to 2²⁴; what is larger in the file is no smaller as a float.
    fileprivate func isWhole(upTo largest: Float) -> Bool {
        switch self {
        case .float16, .bfloat16, .float32: true
        case .float64, .other: false
        case .integer(let bits, _): bits <= 16 || largest < 0x1p24
        }
    }
}
