import Files

/// What becomes of the labels of a data set.
package enum ClassMap: Sendable, Hashable {
    /// These are the classes, in this order; there are no others.
    case order([String])
    /// Some labels stand for a class of another name, or are left out; all others stand for themselves.
    case renaming([String: String?])

    /// The class that each label stands for; nil for one that is left out.
    /// - Parameter listing: whose labels they are, for errors.
    /// - Throws: `ClassMapError` for a label that is none of the classes.
    func classes(of listing: SampleListing) throws -> [String: String?] {
        let labels = listing.classNames
        switch self {
        case .order(let classes):
            let known = Set(classes)
            if let unknown = labels.first(where: { !known.contains($0) }) {
                throw ClassMapError(
                    description: "data.classes does not list \(quoted(unknown)), a label in "
                        + listing.place(ofLabel: unknown) + suggestion(for: unknown, in: classes))
            }
            return Dictionary(labels.map { ($0, $0) }) { first, _ in first }
        case .renaming(let names):
            return Dictionary(labels.map { ($0, names[$0] ?? $0) }) { first, _ in first }
        }
    }

    /// The classes in order, of what is left of these labels.
    func ordered(_ names: Set<String>) -> [String] {
        if case .order(let classes) = self { return classes }
        return names.sorted { $0.precedesBytewise($1) }
    }

    /// Checks that what is to be renamed or left out is there.
    /// - Throws: `ClassMapError`.
    func check(labels: [String]) throws {
        guard case .renaming(let names) = self else { return }
        let known = Set(labels)
        if let unknown = names.keys.filter({ !known.contains($0) }).min() {
            throw ClassMapError(
                description: "data.classes: there is no label \(quoted(unknown))" + suggestion(for: unknown, in: labels)
            )
        }
    }
}

/// Classes of a recipe that do not fit the labels of its data.
package struct ClassMapError: UserFacingError {
    package let description: String
    package var kind: ErrorKind { .usage }
}

extension SampleListing {
    /// `labels.csv:17`, or the folder.
    func place(ofLabel name: String) -> String {
        let line = labels.first { $0.names.contains(name) }?.line
        return line.map { "\(path):\($0)" } ?? path
    }
}
