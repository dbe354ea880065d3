import Tensors

/// Named tensors in a file. Names and shapes are known at once; numbers are read when asked for.
package protocol TensorArchive: AnyObject {
    /// The file.
    var path: String { get }
    /// Every array of the file, in the file's order.
    var entries: [TensorEntry] { get }
    /// The numbers of one array, as 32-bit floats.
    /// - Throws: `ArchiveError` where the name is unknown, or the array is damaged or holds no numbers.
    func tensor(_ name: String) throws -> Tensor
}

/// An array in a file: its name and what it holds.
package struct TensorEntry: Hashable, Sendable {
    /// The full name; groups are separated by `/`.
    package let name: String
    /// The size of each axis, outermost first; empty for a scalar.
    package let shape: [Int]
    package let elementType: ElementType

    /// How the elements are stored.
    package enum ElementType: Hashable, Sendable {
        case float16, bfloat16, float32, float64
        case integer(bits: Int, signed: Bool)
        /// Anything that is no number, in words: `strings`, `a compound`.
        case other(String)
    }
}

extension TensorEntry.ElementType: CustomStringConvertible {
    package var description: String {
        switch self {
        case .float16: "float16"
        case .bfloat16: "bfloat16"
        case .float32: "float32"
        case .float64: "float64"
        case .integer(let bits, let signed): "\(signed ? "int" : "uint")\(bits)"
        case .other(let words): words
        }
    }
}
