/// An error that a person can mend: its description names the file, the place and the remedy.
package protocol UserFacingError: Error, CustomStringConvertible {
    var kind: ErrorKind { get }
    /// Whether the description is one line, as it is unless an error says otherwise. One that has more makes the names in it
    /// legible itself, lest a line end in a name pass for one of its own.
    var isOneLine: Bool { get }
}

/// Where an error can be mended.
package enum ErrorKind: Sendable {
    /// In what was asked for: a recipe, an option.
    case usage
    /// In the files that were given: images, weights, a checkpoint.
    case data
    /// In the machine, or nowhere: the work failed while it was done.
    case failure
}

extension UserFacingError {
    package var isOneLine: Bool { true }
}

extension Error {
    /// The description as people are shown it.
    package var legibleDescription: String {
        guard let error = self as? any UserFacingError, !error.isOneLine else { return "\(self)".legible }
        return error.description.legibleLines
    }
}
