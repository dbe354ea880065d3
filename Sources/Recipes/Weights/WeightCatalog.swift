import Files
import Foundation
import Pretrained

/// The published weight files that a recipe may name instead of a path.
package struct WeightCatalog: Sendable {
    /// In the order of the file.
    package let entries: [CatalogEntry]
    /// The folder in which the folder `Weights` lies.
    package let root: String

    /// Reads a catalogue: a map from names to maps of the keys of `CatalogEntry`.
    /// - Throws: `RecipeFileError`, `YAMLError` or `CatalogError`.
    package init(path: String) throws {
        let problems = Problems(in: "the catalogue")
        let text = try RecipeFile.text(path)
        let node = try YAMLParser.parse(
            text, locate: { .file(path: path, line: $0, column: $1) }, problems: problems)
        let section = Section(node, path: "catalogue", problems: problems)
        let fields = section.keys.map { name in
            (name, section.map(name, Field<String>.text("text or a number")) ?? [])
        }
        try problems.throwIfAny()
        entries = try fields.map { name, fields in
            try CatalogEntry(
                name: name,
                fields: Dictionary(fields.map { ($0.key.key, $0.value) }, uniquingKeysWith: { first, _ in first }))
        }
        root = FileSystem.folder(of: FileSystem.folder(of: FileSystem.absolutePath(of: path) ?? path))
    }

    /// `Weights/catalog.yaml` in the working directory, else in the nearest folder above this program that has one;
    /// an empty catalogue where there is none.
    package static func standard() throws -> WeightCatalog {
        let here = FileSystem.absolutePath(of: ".") ?? "."
        var folders = [here]
        var folder = FileSystem.absolutePath(of: "/proc/self/exe").map(FileSystem.folder) ?? "/"
        while folder != "/" {
            folders.append(folder)
            folder = FileSystem.folder(of: folder)
        }
        let paths = folders.map { "\($0)/Weights/catalog.yaml" }
        guard let path = paths.first(where: FileSystem.exists) else {
            return WeightCatalog(entries: [], root: here)
        }
        return try WeightCatalog(path: path)
    }

    private init(entries: [CatalogEntry], root: String) {
        self.entries = entries
        self.root = root
    }
}

extension WeightCatalog {
    /// Where an entry's file is, or where it belongs once a person has fetched it.
    package func path(of entry: CatalogEntry) -> String {
        if let file = entry.file { return "\(root)/\(file)" }
        let name = entry.url.flatMap { URL(string: $0)?.lastPathComponent } ?? entry.name
        return "\(root)/Weights/\(name)"
    }

    /// The entry whose file is where the catalogue has it, and is this one.
    private func entryLying(at path: String) -> CatalogEntry? {
        let place = FileSystem.absolutePath(of: path)
        return entries.first { FileSystem.absolutePath(of: self.path(of: $0)) == place }
    }

    /// The file that a path or a name from the catalogue means.
    /// - Throws: `WeightSourceError` where there is none.
    package func resolve(_ name: String) throws -> (path: String, entry: CatalogEntry?) {
        if FileSystem.exists(name) { return (name, entryLying(at: name)) }
        guard let entry = entries.first(where: { $0.name == name }) else {
            let hint = nearestWord(to: name, in: entries.map(\.name)).map { "; did you mean `\($0)`?" } ?? ""
            throw WeightSourceError(
                description: "there is no weight file \(name), nor has the catalogue an entry of this name\(hint)")
        }
        let path = path(of: entry)
        guard FileSystem.exists(path) else {
            throw WeightSourceError(
                description: """
                    the weights \(name) are not here yet: \(entry.url.map { "fetch \($0) and put it at \(path)" } ?? "\(path) is missing")\
                    \(entry.note.map { " (\($0))" } ?? "")
                    """)
        }
        return (path, entry)
    }
}

/// Weights that cannot be found.
package struct WeightSourceError: UserFacingError {
    package let description: String
    package var kind: ErrorKind { .data }
}
