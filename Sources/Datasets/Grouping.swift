import Files

/// A regular expression that tells by their names which images belong together: by what its first group captures, or else
/// by all that it matches. It is looked for in the name without folders, unless there is a slash in it.
package struct GroupPattern: Sendable, Hashable {
    package let text: String

    /// - Throws: `GroupingError` for a text that is no regular expression.
    package init(_ text: String) throws {
        do {
            _ = try Regex(text)
        } catch {
            throw GroupingError(description: "\(quoted(text)) is no regular expression: \(error)")
        }
        self.text = text
    }

    /// The samples with their groups; none for those whose names do not match.
    /// - Throws: `GroupingError` where no name matches.
    func grouped(_ samples: [Sample]) throws -> [Sample] {
        let regex = try Regex(text)
        let seesFolders = text.contains("/")
        let groups = try samples.map { sample -> String? in
            let name = seesFolders ? sample.name : FileSystem.name(of: sample.name)
            guard let match = try regex.firstMatch(in: name) else { return nil }
            let found = match.count > 1 ? match[1].substring ?? match[0].substring : match[0].substring
            return found.map(String.init)
        }
        guard samples.isEmpty || groups.contains(where: { $0 != nil }) else {
            throw GroupingError(
                description: "data.group: no name has the pattern \(text), such as \(quoted(samples[0].name))")
        }
        return zip(samples, groups).map { sample, group in
            Sample(
                sample.content, name: sample.name, target: sample.target, group: group, weight: sample.weight)
        }
    }
}

/// Groups that cannot be told.
package struct GroupingError: UserFacingError {
    package let description: String
    package var kind: ErrorKind { .usage }
}

/// Which sets of samples have something in common.
struct Components {
    private var parents: [Int]

    init(count: Int) { parents = Array(0..<count) }

    mutating func root(of index: Int) -> Int {
        var root = index
        while parents[root] != root { root = parents[root] }
        var here = index
        while parents[here] != root { (parents[here], here) = (root, parents[here]) }
        return root
    }

    mutating func join(_ members: [Int]) {
        guard let first = members.first else { return }
        for member in members.dropFirst() { parents[root(of: member)] = root(of: first) }
    }

    /// All sets, those of one member too, each ascending.
    mutating func sets() -> [[Int]] {
        var sets: [Int: [Int]] = [:]
        for index in parents.indices { sets[root(of: index), default: []].append(index) }
        return sets.values.sorted { $0[0] < $1[0] }
    }
}
