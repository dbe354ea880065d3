/// An error that a person can mend: its description names the file, the place and the remedy.
package protocol UserFacingError: Error, CustomStringConvertible {
    /// What the command line exits with: 1 failed while running, 2 usage or recipe, 3 data or weights.
    var exitCode: Int32 { get }
}
