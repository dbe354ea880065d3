import Files
import Glibc

/// The class folders below a folder, with the images of each, before any judgement about them.
struct ClassScan {
    struct Folder {
        let name: String
        let images: [FolderWalk.Found]
    }

    /// The folder that holds the class folders.
    let root: String
    /// The sub-folders that people made, in byte order of their names.
    let classes: [Folder]
    /// The number of images that lie beside the class folders.
    let looseImages: Int
    let ignored: IgnoredFiles

    /// - Throws: `DatasetError` where a folder cannot be read.
    init(of path: String) throws {
        let (root, listing) = try Self.locateClasses(from: trimmed(path))
        let above = try folderAndAncestors(of: root)
        var walk = FolderWalk()
        var classes: [Folder] = []
        var looseImages = 0
        for entry in listing.entries {
            let kind = walk.reason(toPassOver: entry)
            if let kind, kind == .brokenLink {
                // It may have been a class.
                throw DatasetError.unreadable(path: entry.path, reason: "a link that leads nowhere; mend or remove it")
            } else if let kind {
                walk.ignore(kind, entry.name)
            } else if entry.kind != .folder {
                walk.ignore(.outsideClasses, entry.name)
                looseImages += 1
            } else if let identity = entry.identity, !above.contains(identity) {
                var entered = above.union([identity])
                let images = try walk.images(below: entry.path, prefix: entry.name + "/", entered: &entered)
                classes.append(Folder(name: entry.name, images: images))
            } else {
                walk.ignore(.repeatedFolder, entry.name)
            }
        }
        self.root = root
        self.classes = classes
        self.looseImages = looseImages
        ignored = walk.ignored
    }

    /// What lies in the root, in words.
    var contents: String { ignored.count == 0 ? "an empty folder" : ignored.summary }

    /// What lies in these class folders instead of images, in words.
    static func contents(of folders: [Folder], _ ignored: IgnoredFiles) -> String {
        let found = ignored.entries.filter { entry in
            entry.examples.contains { example in folders.contains { example.hasPrefix($0.name + "/") } }
        }
        return found.isEmpty
            ? "no files"
            : found.map { "\($0.kind.words) (\($0.examples.joined(separator: ", ")))" }.joined(separator: ", ")
    }

    private static let trainingNames: Set<String> = ["train", "training", "seg_train"]
    private static let otherPartNames: Set<String> = [
        "val", "valid", "validation", "dev", "eval", "seg_val", "test", "testing", "seg_test", "pred", "seg_pred",
    ]
    private static let wrapperNames: Set<String> = ["images", "data", "dataset", "img", "imgs"]

    /// Whether a folder of this name is usually a part of a data set and no class.
    static func isPart(_ name: String) -> Bool {
        let name = name.lowercased()
        return trainingNames.contains(name) || otherPartNames.contains(name)
    }

    /// Descends through folders that hold nothing but one other folder, where that is called the same or like a part of
    /// a data set, and has sub-folders of its own.
    private static func locateClasses(from path: String) throws -> (root: String, listing: DirectoryListing) {
        var root = path
        var listing = try DirectoryListing(of: root)
        var name = lastComponent(of: root)
        var entered = try folderAndAncestors(of: root)
        while true {
            let (folders, images) = FolderWalk.visible(listing)
            guard folders.count == 1, images.isEmpty, let only = folders.first, let identity = only.identity,
                only.name.lowercased() == name.lowercased() || isPart(only.name)
                    || wrapperNames.contains(only.name.lowercased()),
                entered.insert(identity).inserted
            else { return (root, listing) }
            let inner = try DirectoryListing(of: only.path)
            if FolderWalk.visible(inner).folders.isEmpty { return (root, listing) }
            (root, listing, name) = (only.path, inner, only.name)
        }
    }
}

/// The path without slashes at its end.
func trimmed(_ path: String) -> String {
    var path = path
    while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
}

/// The name of the folder at a path, also where the path is `.` or ends in `..`.
private func lastComponent(of path: String) -> String {
    FileSystem.absolutePath(of: path).map(FileSystem.name) ?? path
}
