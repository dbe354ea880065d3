/// What a scan passed over, counted by kind with a few examples.
package struct IgnoredFiles: Sendable, Equatable, Codable {
    /// Why something was passed over.
    package enum Kind: String, CaseIterable, Sendable, Codable {
        case hidden
        case systemFolder = "system_folder"
        case notAnImage = "not_an_image"
        case outsideClasses = "outside_classes"
        case emptyFolder = "empty_folder"
        case brokenLink = "broken_link"
        case repeatedFolder = "repeated_folder"
        case specialFile = "special_file"

        /// The kind in words, after a number.
        var words: String {
            switch self {
            case .hidden: "hidden"
            case .systemFolder: "folders of the operating system"
            case .notAnImage: "not images"
            case .outsideClasses: "images outside the class folders"
            case .emptyFolder: "folders without images"
            case .brokenLink: "links to nothing"
            case .repeatedFolder: "links to a folder that was seen already"
            case .specialFile: "pipes, sockets or devices"
            }
        }
    }

    /// How often something was passed over for one reason.
    package struct Entry: Sendable, Equatable, Codable {
        package let kind: Kind
        package fileprivate(set) var count: Int
        /// The first few names, relative to the scanned folder.
        package fileprivate(set) var examples: [String]
    }

    /// One entry for each kind that occurred, in the order of the kinds.
    package private(set) var entries: [Entry] = []

    /// The number of files and folders passed over; a folder counts once, whatever it holds.
    package var count: Int { entries.reduce(0) { $0 + $1.count } }

    mutating func note(_ kind: Kind, _ name: String) {
        if let index = entries.firstIndex(where: { $0.kind == kind }) {
            entries[index].count += 1
            if entries[index].examples.count < 3 { entries[index].examples.append(name) }
        } else {
            let order = Kind.allCases
            let position = order.firstIndex(of: kind) ?? 0
            let index =
                entries.firstIndex { (order.firstIndex(of: $0.kind) ?? 0) > position } ?? entries.endIndex
            entries.insert(Entry(kind: kind, count: 1, examples: [name]), at: index)
        }
    }

    /// One line: `3 hidden (.DS_Store, …), 1 not images (notes.txt)`; empty where nothing was passed over.
    package var summary: String {
        entries.map { entry in
            let more = entry.count > entry.examples.count ? ", …" : ""
            return "\(entry.count) \(entry.kind.words) (\(entry.examples.joined(separator: ", "))\(more))"
        }.joined(separator: ", ")
    }
}
