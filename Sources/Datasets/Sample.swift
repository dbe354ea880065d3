/// One image of a data set.
package struct Sample: Sendable, Hashable {
    /// Where its pixels are.
    package let content: ImageContent
    /// What reports and tables call it: `/` separated and relative to the data folder, `forest/1.jpg`, or `row 17` of a
    /// table of pixels.
    package let name: String
    /// What a network is to answer; `nil` where nobody knows.
    package let target: Target?
    /// What the image belongs to and must not be parted from, such as a patient; nil for nothing.
    package let group: String?
    /// How much it counts in the loss; 1 unless somebody says otherwise.
    package let weight: Double

    package init(
        _ content: ImageContent, name: String, target: Target? = nil, group: String? = nil, weight: Double = 1
    ) {
        self.content = content
        self.name = name
        self.target = target
        self.group = group
        self.weight = weight
    }

    /// An image file.
    package init(path: String, name: String, label: Int? = nil) {
        self.init(.file(path), name: name, target: label.map(Target.category))
    }

    /// Names its place; see `ImageContent.path`.
    package var path: String { content.path }

    /// The index of its one class; nil where it has none or may have several.
    package var label: Int? {
        if case .category(let label) = target { label } else { nil }
    }

    /// What it is labelled with, as tables have it: classes with `;` between, or a number; nil where nobody knows.
    package func labelText(_ classNames: [String]) -> String? { target?.text(classNames, separator: ";") }

    /// The indices of its classes; none where nothing is known of them. Images with a number are of one class, which all
    /// of them are of.
    package var classes: [Int] { target?.classes ?? [] }
}

/// An image that could not be read, and why.
package struct BadImage: Sendable, Hashable, Codable {
    /// The file, or the place in one.
    package let path: String
    /// What is wrong with it, without its path.
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
