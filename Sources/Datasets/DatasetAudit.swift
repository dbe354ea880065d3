/// Files with exactly the same bytes that make results look better, or training harder, than they should be.
package struct DatasetAudit: Sendable, Equatable, Codable {
    /// One of several identical files.
    package struct Copy: Sendable, Equatable, Codable {
        package let role: DatasetRole
        package let name: String
        package let label: String?
    }

    /// Files with the same content.
    package struct Group: Sendable, Equatable, Codable {
        package let copies: [Copy]

        /// Whether the same image lies in more than one part, so that a network is tested on what it was taught.
        package var leaks: Bool { Set(copies.map(\.role)).count > 1 }
        /// Whether the same image has more than one label.
        package var contradicts: Bool { Set(copies.map(\.label)).count > 1 }
    }

    /// Every group of identical files.
    package let groups: [Group]
    /// What images that belong together are called, where they lie in more than one part; in byte order.
    package let partedGroups: [String]
    /// Whether labels are numbers.
    let haveNumbers: Bool

    package var leaks: [Group] { groups.filter(\.leaks) }
    package var contradictions: [Group] { groups.filter(\.contradicts) }

    /// Compares the files of all parts by content.
    package init(_ parts: [Dataset.Part], classNames: [String]) {
        partedGroups = Self.repeated(parts.map { Set($0.samples.compactMap(\.group)) })
        let all = parts.flatMap { part in part.samples.map { (role: part.role, sample: $0) } }
        haveNumbers = all.contains { $0.sample.target?.kind == .number }
        groups = IdenticalFiles.groups(all.map(\.sample)).map { group in
            Group(
                copies: group.map { index in
                    let (role, sample) = all[index]
                    return Copy(role: role, name: sample.name, label: sample.labelText(classNames))
                })
        }
    }

    /// What is in more than one set, in byte order.
    private static func repeated(_ sets: [Set<String>]) -> [String] {
        var seen: Set<String> = []
        var twice: Set<String> = []
        for set in sets {
            twice.formUnion(seen.intersection(set))
            seen.formUnion(set)
        }
        return twice.sorted { $0.precedesBytewise($1) }
    }

    /// One sentence for each kind of finding, with an example; empty where there is nothing to say.
    package var warnings: [String] {
        var warnings: [String] = []
        func warn(_ groups: [Group], _ one: String, _ many: String) {
            guard let example = groups.first else { return }
            let names = example.copies.prefix(3).map { "\($0.role.rawValue)/\($0.name)" }.joined(separator: ", ")
            warnings.append("\(groups.count == 1 ? "1 \(one)" : "\(groups.count) \(many)"), such as \(names)")
        }
        if let example = partedGroups.first {
            warnings.append(
                "\(partedGroups.count == 1 ? "1 group lies" : "\(partedGroups.count) groups lie") in more than one part, "
                    + "such as \(quoted(example))")
        }
        warn(leaks, "image lies in more than one part", "images lie in more than one part")
        warn(contradictions, "image has more than one label", "images have more than one label")
        warn(
            groups.filter { !$0.leaks && !$0.contradicts },
            "image is repeated within its \(haveNumbers ? "part" : "class")",
            "images are repeated within their \(haveNumbers ? "parts" : "class")")
        return warnings
    }
}
