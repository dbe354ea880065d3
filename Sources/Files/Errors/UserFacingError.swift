/// An error that a person can mend: its description names the file, the place and the remedy.
package protocol UserFacingError: Error, CustomStringConvertible {
    /// What the command line exits with: 1 failed while running, 2 usage or recipe, 3 data or weights.
    var exitCode: Int32 { get }
    /// Whether the description is one line, as it is unless an error says otherwise. One that has more makes the names in it
    /// legible itself, lest a line end in a name pass for one of its own.
    var isOneLine: Bool { get }
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
