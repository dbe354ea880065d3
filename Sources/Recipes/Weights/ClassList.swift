import Pretrained

/// A published list of the classes that weights tell apart, in the order of their outputs.
///
/// A line is a name, or an identifier such as WordNet's, a tab and a name.
package struct ClassList: Sendable {
    package let path: String
    /// One for each class, all different: one that the list has twice is followed by its identifier.
    package let names: [String]
    /// One for each class; nil where the list has none.
    package let identifiers: [String]?

    /// - Throws: `RecipeFileError` where the file cannot be read, has no name in a line, or one twice.
    package init(path: String) throws { try self.init(RecipeFile.text(path), path: path) }

    /// - Parameter path: of the file with this text.
    fileprivate init(_ text: String, path: String) throws {
        self.path = path
        let lines = text.split(whereSeparator: \.isNewline).map { line in
            line.split(separator: "\t", maxSplits: 1).map(String.init)
        }
        let plain = lines.map { $0.last ?? "" }
        if plain.contains("") { throw RecipeFileError(path: path, reason: "has a line without a name") }
        var counts: [String: Int] = [:]
        for name in plain { counts[name, default: 0] += 1 }
        names = zip(lines, plain).map { line, name in
            line.count == 2 && counts[name] != 1 ? "\(name) (\(line[0]))" : name
        }
        identifiers = lines.allSatisfy { $0.count == 2 } ? lines.map { $0[0] } : nil
        for list in [names, identifiers ?? []] where Set(list).count < list.count {
            throw RecipeFileError(path: path, reason: "names a class twice")
        }
    }
}

extension WeightCatalog {
    /// The published names of the classes that an entry's weights tell apart; nil where there are none.
    /// - Throws: as `ClassList`.
    package func classes(of entry: CatalogEntry) throws -> ClassList? {
        guard let path = entry.classNames else { return nil }
        if isBuiltIn, let text = BuiltInFile.text(path) { return try ClassList(text, path: path) }
        return try ClassList(path: "\(root)/\(path)")
    }
}
