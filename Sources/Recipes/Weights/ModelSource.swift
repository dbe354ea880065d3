import Downloads
import Files
import Images
import Networks
import Pretrained

/// Where a command takes its model from.
package enum ModelSource: Sendable {
    /// A model of ours: a run folder, or a `model.h5`.
    case trained(String)
    /// A pretrained file as it came, by path or by name from the catalogue, and what a person says about it.
    case pretrained(String, ImportOptions)

    /// Reads the model, whose weights are fetched where they are not here.
    /// - Returns: the model, and a report on what was loaded where that is not simply everything.
    /// - Throws: `WeightSourceError`, and what `Model.read`, `Model.importing` and `Fetcher.fetch` throw.
    package func model(_ fetcher: Fetcher) throws -> (model: Model, report: LoadReport?) {
        switch self {
        case .trained(let path):
            return (try Model.read(try Self.file(path)), nil)
        case .pretrained(let name, var options):
            let catalog = try WeightCatalog.standard()
            let (path, entry) = try catalog.resolve(name, fetcher)
            options.fill(from: entry)
            var (model, report) = try Model.importing(path, options)
            if let entry, !report.newHead, let list = try catalog.classes(of: entry) { try model.name(list) }
            return (model, report)
        }
    }

    /// The file of weights that a run folder, a path or a name means, and what is known of it. Of a folder that is no run the
    /// path is the folder's: it may hold weights under other names.
    /// - Throws: as `WeightCatalog.resolve`.
    package static func weightFile(_ name: String, _ fetcher: Fetcher) throws -> (path: String, known: ImportOptions) {
        if FileSystem.isFolder(name) {
            return (FileSystem.exists("\(name)/model.h5") ? "\(name)/model.h5" : name, ImportOptions())
        }
        let (path, entry) = try WeightCatalog.standard().resolve(name, fetcher)
        var known = ImportOptions()
        known.fill(from: entry)
        return (path, known)
    }

    private static func file(_ path: String) throws -> String {
        guard FileSystem.exists(path) else {
            throw WeightSourceError(
                description:
                    "there is no run or model \(path); pretrained weights, a file or a name, belong behind --weights")
        }
        guard FileSystem.isFolder(path) else { return path }
        let file = "\(path)/model.h5"
        guard FileSystem.exists(file) else {
            throw WeightSourceError(
                description: "the folder \(path) has no model.h5: it is no run, or one that never got to it")
        }
        return file
    }
}

extension Model {
    /// Names the classes of a file that does not.
    /// - Throws: `RecipeFileError` where there are more or fewer.
    fileprivate mutating func name(_ list: ClassList) throws {
        guard classNames == nil else { return }
        guard list.names.count == network.classCount else {
            throw RecipeFileError(
                path: list.path, reason: "has \(list.names.count) classes, the weights have \(network.classCount)")
        }
        classNames = list.names
        classIdentifiers = list.identifiers
    }
}

extension ImportOptions {
    /// Takes what nobody said from the catalogue.
    mutating func fill(from entry: CatalogEntry?) {
        guard let entry else { return }
        architecture = architecture ?? entry.architecture
        form = form ?? entry.form
        preprocessing = preprocessing ?? entry.preprocessing
        imageSize = imageSize ?? entry.imageSize
    }
}
