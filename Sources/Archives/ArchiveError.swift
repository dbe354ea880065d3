import Files

/// A file of tensors that cannot be read or written, and why.
package struct ArchiveError: UserFacingError, Equatable {
    /// The file.
    package let path: String
    /// What is wrong, where in the file, and what mends it.
    package let reason: String
    package let kind: ErrorKind

    /// - Parameter kind: `data` for a file that is at fault, `failure` where one cannot be written.
    package init(path: String, reason: String, kind: ErrorKind = .data) {
        self.path = path
        self.reason = reason
        self.kind = kind
    }

    package var description: String { "\(path): \(reason)".legible }
}
