import Files

/// Which classes the labels of a listing are.
struct LabelJoin {
    /// All classes, in the order of their numbers.
    let classNames: [String]
    /// Of each of the listing's sets of labels; nil where its images are left out.
    let targets: [Target?]
    /// What was assumed about the order of the classes, in a sentence.
    let assumption: String?

    /// - Parameters:
    ///   - classes: what the labels are joined to; nil to make them the classes.
    ///   - map: what becomes of the labels before.
    /// - Throws: `DatasetError`, `CSVError` or `ClassMapError`.
    init(_ listing: SampleListing, as classes: ClassReference?, _ kind: TargetKind, _ map: ClassMap?) throws {
        if classes == nil { try map?.check(labels: listing.classNames) }
        let renamed = try map?.classes(of: listing)
        func name(_ label: String) -> String? { renamed.map { $0[label] ?? nil } ?? label }

        let found = listing.classNames.compactMap(name)
        let names: [String]
        let join: ClassJoin
        if let classes {
            try Self.checkKnown(listing, name, classes)
            names = Set(found).sorted { $0.precedesBytewise($1) }
            join = try classes.join(names, in: listing.root)
        } else {
            names = map?.ordered(Set(found)) ?? found
            join = ClassJoin(classNames: names, labels: Array(names.indices), absent: [], assumption: nil)
        }
        let numbers = Dictionary(zip(names, join.labels)) { first, _ in first }
        targets = listing.labels.map { labels in
            let own = labels.names.compactMap(name).compactMap { numbers[$0] }
            switch kind {
            case .categories: return .categories(Set(own).sorted())
            case .category, .number: return own.first.map(Target.category)
            }
        }
        classNames = join.classNames
        assumption = join.assumption
        if classes == nil, kind == .category, names.count < 2 {
            throw DatasetError.oneClass(path: listing.root, name: names.first ?? "")
        }
        if names.isEmpty { throw DatasetError.noClassNames(path: listing.path) }
    }

    /// - Throws: `CSVError` for the first label of a table that is none of the classes.
    private static func checkKnown(
        _ listing: SampleListing, _ name: (String) -> String?, _ classes: ClassReference
    ) throws {
        guard !classes.isNameless else { return }
        let known = Set(classes.names + classes.synonyms.flatMap(\.self))
        for labels in listing.labels {
            guard let line = labels.line,
                let unknown = labels.names.compactMap(name).first(where: { !known.contains($0) })
            else { continue }
            throw CSVError(
                file: listing.path, line: line,
                reason: "\(quoted(unknown)) is none of the classes of \(classes.source)"
                    + suggestion(for: unknown, in: classes.names))
        }
    }
}
