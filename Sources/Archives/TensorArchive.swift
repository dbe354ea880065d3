import Files
import Tensors

/// Named tensors in a file, whatever its container. Names and shapes are known at once; numbers are read when asked for, by
/// several threads at once where they like.
///
/// `openArchive` tells containers apart. A new one is a type that conforms, and its signature in `FileSignature`.
package protocol TensorArchive: AnyObject {
    /// The file.
    var path: String { get }
    var container: TensorContainer { get }
    /// Every array of the file, in the file's order.
    var entries: [TensorEntry] { get }
    /// The array of a name; nil where there is none.
    func entry(_ name: String) -> TensorEntry?
    /// The paths of all groups but the root, each after its parent; none where the container has no groups.
    var groups: [String] { get }
    /// Whether there is a group of this path.
    func hasGroup(_ name: String) -> Bool
    /// The numbers of one array, as 32-bit floats.
    /// - Throws: `ArchiveError` where the name is unknown, or the array is damaged or holds no numbers.
    func tensor(_ name: String) throws -> Tensor
    /// Hands out the numbers of one array, row by row, without a copy where they lie open in the file.
    /// - Throws: as `tensor(_:)`; what `body` throws.
    func withValues<Result>(
        of name: String, _ body: (UnsafeBufferPointer<Float>) throws -> Result
    ) throws -> Result
    /// What is noted beside the arrays: an attribute of the root (`""`), a group or an array; nil where there is none.
    /// - Throws: `ArchiveError` where it is damaged, absurdly large, or neither strings nor numbers.
    func attribute(_ name: String, of object: String) throws -> AttributeValue?
    /// The names of all attributes of an object.
    /// - Throws: `ArchiveError` where they are damaged.
    func attributeNames(of object: String) throws -> [String]
}

extension TensorArchive {
    package func withValues<Result>(
        of name: String, _ body: (UnsafeBufferPointer<Float>) throws -> Result
    ) throws -> Result {
        try tensor(name).values.withUnsafeBufferPointer(body)
    }

    /// An attribute of the root; nil where there is none.
    /// - Throws: as `attribute(_:of:)`.
    package func attribute(_ name: String) throws -> AttributeValue? { try attribute(name, of: "") }

    /// The names of all attributes of the root.
    /// - Throws: as `attributeNames(of:)`.
    package func attributeNames() throws -> [String] { try attributeNames(of: "") }

    /// The strings of an attribute that Keras may have split into `name0`, `name1`, … because one grew too large; nil
    /// where there is none.
    /// - Throws: as `attribute(_:of:)`, and where it holds numbers.
    package func strings(_ name: String, of object: String = "") throws -> [String]? {
        if let value = try attribute(name, of: object) { return try strings(in: value, name, object) }
        var (result, index) = ([String](), 0)
        while let value = try attribute("\(name)\(index)", of: object) {
            result += try strings(in: value, "\(name)\(index)", object)
            index += 1
        }
        return index == 0 ? nil : result
    }

    private func strings(in value: AttributeValue, _ name: String, _ object: String) throws -> [String] {
        switch value {
        case .strings(let values): return values
        // h5py writes an empty list of names as an empty list of numbers.
        case .numbers(let values) where values.isEmpty: return []
        case .numbers:
            throw ArchiveError(
                path: path, reason: "the attribute `\(name)` of `/\(object)` holds numbers where names are expected")
        }
    }
}

/// A format of files of tensors, by what a person calls it.
package enum TensorContainer: String, CaseIterable, Sendable {
    case hdf5 = "HDF5"
    case keras = "Keras' .keras"
    case safetensors
    case torch = "PyTorch's own format"
    case npz = "NumPy's .npz"
    case onnx = "ONNX"
}

/// The value of an attribute: a scalar is a list of one.
package enum AttributeValue: Hashable, Sendable {
    case strings([String])
    case numbers([Double])

    /// The first string.
    package var string: String? {
        guard case .strings(let values) = self else { return nil }
        return values.first
    }
    /// The first number.
    package var number: Double? {
        guard case .numbers(let values) = self else { return nil }
        return values.first
    }
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
