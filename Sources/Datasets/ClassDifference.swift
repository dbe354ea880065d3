import Files

/// How the class folders of one data set differ from those of another.
package struct ClassDifference: Sendable, Equatable, CustomStringConvertible {
    /// A class folder that the reference does not have, and the reference's name that it may have meant; nil too for all
    /// but the first few, because each takes a look at all names.
    package struct Unknown: Sendable, Equatable {
        package let name: String
        package let nearest: String?
    }

    /// Classes of the reference without a folder here, in the reference's order.
    package let missing: [String]
    /// Folders here that are no class of the reference, in byte order.
    package let unknown: [Unknown]

    /// The difference between the classes `here` and those of `reference`.
    package init(here: [String], reference: [String]) {
        let known = Set(reference)
        let present = Set(here)
        let missing = reference.filter { !present.contains($0) }
        self.missing = missing
        let names = here.filter { !known.contains($0) }.sorted { $0.precedesBytewise($1) }
        // Only so many are told, and to look for the nearest takes its time.
        let candidates = missing.map(ComparableName.init)
        unknown = names.enumerated().map { index, name in
            Unknown(name: name, nearest: index < shownNames ? ComparableName(name).nearest(among: candidates) : nil)
        }
    }

    package var description: String {
        var lines: [String] = []
        if !missing.isEmpty { lines.append("  missing here: \(listed(missing))") }
        if !unknown.isEmpty {
            let names = unknown.prefix(shownNames).map { entry in
                quoted(entry.name) + (entry.nearest.map { " (meant \(quoted($0))?)" } ?? "")
            }
            let rest = unknown.count > shownNames ? " and \(unknown.count - shownNames) more" : ""
            lines.append("  unknown here: \(names.joined(separator: ", "))\(rest)")
        }
        return lines.joined(separator: "\n")
    }
}

/// A name, and what of it counts where names are compared: all but letter case and separators.
private struct ComparableName {
    let name: String
    let letters: [Character]

    init(_ name: String) {
        self.name = name
        letters = name.lowercased().filter { !" _-.".contains($0) }
    }

    /// The candidate that differs least; `nil` where none is close, or the name is longer than people write them.
    func nearest(among candidates: [ComparableName]) -> String? {
        guard letters.count <= 64 else { return nil }
        let limit = max(1, letters.count / 3)
        return candidates.lazy.filter { abs($0.letters.count - letters.count) <= limit }
            .map { (name: $0.name, distance: editDistance(letters, $0.letters)) }
            .filter { $0.distance <= limit }
            .min { $0.distance < $1.distance }?.name
    }
}
