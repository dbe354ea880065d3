import Files

/// A file of tensors that cannot be read or written, and why.
package struct ArchiveError: UserFacingError, Equatable {
    /// The file.
    package let path: String
    /// What is wrong, where in the file, and what mends it.
    package let reason: String
    package let exitCode: Int32

    /// - Parameter exitCode: 3 for a file that is at fault, 1 for a failure to write.
    package init(path: String, reason: String, exitCode: Int32 = 3) {
        self.path = path
        self.reason = reason
        self.exitCode = exitCode
    }

    package var description: String { "\(path): \(reason)" }
}
