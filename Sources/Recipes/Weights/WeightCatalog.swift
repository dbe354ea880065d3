import Downloads
import Files
import Foundation
import Pretrained

/// The published weight files that a recipe may name instead of a path.
package struct WeightCatalog: Sendable {
    /// In the order of the file.
    package let entries: [CatalogEntry]
    /// The folder in which the folder `Weights` lies; the working directory for the catalogue inside the program.
    let root: String
    /// Whether it is the one inside the program.
    let isBuiltIn: Bool

    /// Reads a catalogue: a map from names to maps of the keys of `CatalogEntry`.
    /// - Throws: `RecipeFileError`, `YAMLError` or `CatalogError`.
    package init(path: String) throws {
        let root = FileSystem.folder(of: FileSystem.folder(of: FileSystem.absolutePath(of: path) ?? path))
        try self.init(RecipeFile.text(path), path: path, root: root, isBuiltIn: false)
    }

    /// - Parameter path: of the file with this text.
    private init(_ text: String, path: String, root: String, isBuiltIn: Bool) throws {
        (self.root, self.isBuiltIn) = (root, isBuiltIn)
        let problems = Problems(in: "the catalogue")
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
    }

    /// `Weights/catalog.yaml` in a folder, else in the nearest folder above a program that has one, else what is inside this program.
    package static func standard(
        in folder: String = ".", program: String = "/proc/self/exe"
    ) throws -> WeightCatalog {
        let here = FileSystem.absolutePath(of: folder) ?? folder
        var folders = [here]
        var above = FileSystem.absolutePath(of: program).map(FileSystem.folder) ?? "/"
        while above != "/" {
            folders.append(above)
            above = FileSystem.folder(of: above)
        }
        let paths = folders.map { "\($0)/\(BuiltInFile.catalogue)" }
        if let path = paths.first(where: FileSystem.exists) { return try WeightCatalog(path: path) }
        let text = BuiltInFile.text(BuiltInFile.catalogue) ?? ""
        return try WeightCatalog(text, path: BuiltInFile.catalogue, root: here, isBuiltIn: true)
    }
}

extension WeightCatalog {
    /// Where an entry's file is where it comes with the package, or where people may put it by hand.
    package func path(of entry: CatalogEntry) -> String {
        if let file = entry.file { return "\(root)/\(file)" }
        let name = entry.url.flatMap { URL(string: $0)?.lastPathComponent } ?? entry.name
        return "\(root)/Weights/\(name)"
    }

    /// The entry that a path or a name means, wherever its file is; nil where it is none's.
    package func entry(of name: String, _ fetcher: Fetcher) -> CatalogEntry? {
        if FileSystem.exists(name) { return entryLying(at: name, fetcher) }
        return entries.first { $0.name == name || $0.url == name }
    }

    /// The entry whose file is where the catalogue or the cache has it, and is this one.
    private func entryLying(at path: String, _ fetcher: Fetcher) -> CatalogEntry? {
        let place = FileSystem.absolutePath(of: path)
        return entries.first { entry in
            if FileSystem.absolutePath(of: self.path(of: entry)) == place { return true }
            guard let weights = try? entry.remoteWeights, let kept = try? fetcher.pathIfHere(weights) else {
                return false
            }
            return FileSystem.absolutePath(of: kept) == place
        }
    }

    /// Where the weights are that a path, a name from the catalogue or one of Hugging Face means.
    /// - Throws: `WeightSourceError` where there are none of this name; `AddressError`.
    package func place(of name: String, _ fetcher: Fetcher) throws -> WeightPlace {
        if FileSystem.exists(name) { return .here(path: name, entryLying(at: name, fetcher)) }
        if HuggingFaceName.isMeant(by: name) {
            let weights = try RemoteWeights(name: name, address: name)
            return try place(of: weights, entry(of: name, fetcher), fetcher)
        }
        guard let entry = entries.first(where: { $0.name == name }) else {
            let hint = nearestWord(to: name, in: entries.map(\.name)).map { "; did you mean `\($0)`?" } ?? ""
            throw WeightSourceError(
                description: "there is no weight file \(name), nor has the catalogue an entry of this name\(hint)")
        }
        return try place(of: entry, fetcher)
    }

    /// Where an entry's weights are.
    /// - Throws: `WeightSourceError` where they are nowhere; `AddressError`.
    func place(of entry: CatalogEntry, _ fetcher: Fetcher) throws -> WeightPlace {
        let path = path(of: entry)
        // Some publishers have called two files alike: one of another size is another one.
        if let status = FileSystem.status(of: path), entry.size ?? Int(status.st_size) == Int(status.st_size) {
            return .here(path: path, entry)
        }
        guard let weights = try entry.remoteWeights else {
            let reason =
                isBuiltIn
                ? "they lie in finetune's package as \(entry.file ?? path), not in the program; start it in the package's folder, or give "
                    + "the path of the file"
                : "\(path) is missing"
            throw WeightSourceError(description: "the weights \(entry.name) are not here: \(reason)")
        }
        return try place(of: weights, entry, fetcher)
    }

    private func place(of weights: RemoteWeights, _ entry: CatalogEntry?, _ fetcher: Fetcher) throws -> WeightPlace {
        try fetcher.pathIfHere(weights).map { .here(path: $0, entry) } ?? .away(weights, entry)
    }

    /// The file that a path or a name means, which is fetched where it is not here.
    /// - Throws: `WeightSourceError` where there is none; what `Fetcher.fetch` throws.
    package func resolve(_ name: String, _ fetcher: Fetcher) throws -> (path: String, entry: CatalogEntry?) {
        switch try place(of: name, fetcher) {
        case .here(let path, let entry): (path, entry)
        case .away(let weights, let entry): (try fetcher.fetch(weights), entry)
        }
    }
}

/// Where weights are.
package enum WeightPlace {
    case here(path: String, CatalogEntry?)
    case away(RemoteWeights, CatalogEntry?)
}

extension CatalogEntry {
    /// What is to be fetched; nil where it has no address.
    /// - Throws: `AddressError`.
    var remoteWeights: RemoteWeights? {
        get throws { try url.map { try RemoteWeights(name: name, address: $0, byteCount: size, checksum: checksum) } }
    }

    /// The published checksum, where there is one.
    package var checksum: PublishedChecksum? {
        sha256Prefix.flatMap(PublishedChecksum.init(sha256:)) ?? md5.flatMap(PublishedChecksum.init(md5:))
    }
}

/// Weights that cannot be found.
package struct WeightSourceError: UserFacingError {
    package let description: String
    package var kind: ErrorKind { .data }
}
