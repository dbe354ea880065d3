/// The samples that a source has, with their labels as they are written there.
package struct SampleListing: Sendable {
    package struct Entry: Sendable {
        package let content: ImageContent
        package var name: String
        /// The index into `labels`; nil where nothing tells.
        package var labels: Int?
        /// What the image belongs to and must not be parted from; nil for nothing.
        package var group: String?
        /// What it is for, where the source tells.
        package var role: DatasetRole?
        /// How much it counts in the loss.
        package var weight = 1.0

        init(_ content: ImageContent, name: String, labels: Int? = nil) {
            self.content = content
            self.name = name
            self.labels = labels
        }
    }

    /// What samples are labelled with, each set of labels once.
    package struct Labels: Sendable {
        package let names: [String]
        /// Where it is first met: a line of a table, counted from 1, or nil.
        package let line: Int?
    }

    /// What the names of the samples are relative to: a folder, or the table itself.
    package var root: String
    /// The file or folder that was given.
    package let path: String
    package var entries: [Entry] = []
    package var labels: [Labels] = []
    /// What the source calls its classes although no sample may have them, in its order; nil where labels alone tell.
    package var declaredClasses: [String]?
    /// Where labels would stand, for those who need them: a sentence without its full stop.
    var labelRemedy = ""
    /// What a source calls the one thing that its labels say; nil where it does not.
    var labelName: String?
    /// What a table calls the column with the paths of images; nil for other sources.
    var pathColumn: String?
    package var ignored = IgnoredFiles()
    /// What is doubtful, one sentence each.
    package var warnings: [String] = []

    init(of path: String, root: String) {
        self.path = path
        self.root = root
    }

    /// Warns where some label looks like several of the others, though each image has one.
    mutating func noteJoinedLabels() {
        let single = Set(labels.flatMap(\.names))
        let joined = single.filter { name in
            let parts = TableRow.names(in: name, [";", "|"])
            return parts.count > 1 && parts.allSatisfy(single.contains)
        }
        guard let first = joined.min(by: { $0.precedesBytewise($1) }) else { return }
        warnings.append(
            "\(path): \(quoted(first)) is taken for a class of its own\(joined.count == 1 ? "" : ", like \(joined.count - 1) other such") "
                + "(the task `multi_label` takes each label by itself)")
    }

    /// All class names, in byte order; those that the source declares in its own.
    var classNames: [String] {
        declaredClasses ?? Set(labels.flatMap(\.names)).sorted { $0.precedesBytewise($1) }
    }
}

/// Gives each set of labels one number. Names that Unicode holds to be equal are one.
struct LabelNumbers {
    private(set) var labels: [SampleListing.Labels] = []
    private var numbers: [[String]: Int] = [:]

    mutating func number(_ names: [String], line: Int?) -> Int {
        if let known = numbers[names] { return known }
        labels.append(.init(names: names, line: line))
        numbers[names] = labels.count - 1
        return labels.count - 1
    }
}
