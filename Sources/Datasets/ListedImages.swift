import Files

/// The images that a list of paths names, in its order: files, or folders with their images (sub-folders included),
/// without labels.
///
/// Files are taken as they are, whatever they are called; names are the paths as given. What does not exist counts as an
/// image, which cannot be read, so that the others of the list are.
package struct ListedImages: Sendable {
    package private(set) var samples: [Sample] = []
    /// Folders that cannot be read or have no images.
    package private(set) var bad: [BadImage] = []
    /// What was passed over in each folder, one sentence each.
    package private(set) var remarks: [String] = []

    package init(_ paths: [String]) {
        for path in paths {
            if FileSystem.isFolder(path) {
                add(folder: trimmed(path))
            } else {
                samples.append(Sample(path: path, name: path))
            }
        }
    }

    private mutating func add(folder: String) {
        var walk = FolderWalk()
        walk.skipsUnreadableFolders = true
        do {
            var entered = try folderAndAncestors(of: folder)
            let found = try walk.images(below: folder, prefix: "", entered: &entered)
            samples += found.map { Sample(path: $0.path, name: $0.path) }
            bad += walk.unreadableFolders
            if walk.ignored.count > 0 { remarks.append("\(folder): passed over \(walk.ignored.summary)") }
            if found.isEmpty, walk.unreadableFolders.isEmpty {
                bad.append(BadImage(path: folder, reason: "a folder without images"))
            }
        } catch DatasetError.unreadable(_, let reason) {
            bad.append(BadImage(path: folder, reason: "the folder cannot be read: \(reason)"))
        } catch {
            bad.append(BadImage(path: folder, reason: "the folder cannot be read"))
        }
    }
}
