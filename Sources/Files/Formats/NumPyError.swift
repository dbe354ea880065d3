/// A file of NumPy arrays, or an array in it, that cannot be read, and why.
package struct NumPyError: UserFacingError, Equatable {
    /// The file.
    package let path: String
    /// The name of the array at fault, in a file of several; nil where it is the file.
    package let array: String?
    /// What is wrong, and what mends it.
    package let reason: String

    package init(path: String, array: String? = nil, reason: String) {
        self.path = path
        self.array = array
        self.reason = reason
    }

    package var kind: ErrorKind { .data }
    package var description: String { "\(path): \(array.map { "the array `\($0)` " } ?? "")\(reason)" }
}
