/// A zip archive that cannot be read, or an entry of it, and why.
package struct ZipError: UserFacingError, Equatable {
    /// The file.
    package let path: String
    /// The name of the entry at fault; nil where it is the archive.
    package let entry: String?
    /// What is wrong, and what mends it.
    package let reason: String

    package init(path: String, entry: String? = nil, reason: String) {
        self.path = path
        self.entry = entry
        self.reason = reason
    }

    package var kind: ErrorKind { .data }
    package var description: String { "\(path): \(entry.map { "the entry `\($0)` " } ?? "")\(reason)" }
}
