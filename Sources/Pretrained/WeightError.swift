import Files

/// A weight file that cannot feed the network asked of it.
package struct WeightError: UserFacingError, Equatable {
    /// The file.
    package let path: String
    /// What is wrong and what mends it.
    package let reason: String

    package init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    package var kind: ErrorKind { .data }
    package var isOneLine: Bool { false }
    package var description: String { "\(path.legible): \(reason)" }
}
