/// One image file of a data set.
package struct Sample: Sendable, Hashable {
    /// Where the file is.
    package let path: String
    /// The path relative to the data folder, `/` separated: `forest/1.jpg`. Reports and tables name a sample by it.
    package let name: String
    /// The index of the class, `nil` where none is known.
    package let label: Int?

    package init(path: String, name: String, label: Int? = nil) {
        self.path = path
        self.name = name
        self.label = label
    }
}

/// An image file that could not be read, and why.
package struct BadImage: Sendable, Hashable, Codable {
    package let path: String
    /// What is wrong with the file, without its path.
    package let reason: String

    package init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }
}

/// What to do about an image that cannot be read.
package enum BadImagePolicy: String, CaseIterable, Sendable, Codable {
    /// Leave the image out and list it.
    case skip
    /// Stop with an error that names it.
    case fail
}
