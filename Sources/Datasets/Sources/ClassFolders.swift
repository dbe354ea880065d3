/// A folder with a folder of images for each class.
struct ClassFolders: SampleSource {
    let path: String

    func listing() throws -> SampleListing {
        let scan = try ClassScan(of: path)
        let (root, folders) = (scan.root, scan.classes)
        if folders.isEmpty { throw DatasetError.noClasses(path: root, found: scan.contents) }
        let names = folders.map(\.name)
        let parts = names.filter(ClassScan.isPart)
        if parts.count == folders.count, parts.count > 1 {
            throw DatasetError.partsInsteadOfClasses(path: root, parts: parts)
        }
        if let twin = firstRepeated(names) { throw DatasetError.twinClasses(path: root, name: twin) }
        let empty = folders.filter(\.images.isEmpty)
        if !empty.isEmpty {
            throw DatasetError.emptyClasses(
                path: root, classes: empty.map(\.name), found: ClassScan.contents(of: empty, scan.ignored))
        }
        return listing(scan, folders: folders)
    }

    /// The samples of some folders of a scan, without judgement about them.
    func listing(_ scan: ClassScan, folders: [ClassScan.Folder]) -> SampleListing {
        var listing = SampleListing(of: path, root: scan.root)
        listing.ignored = scan.ignored
        listing.labels = folders.map { .init(names: [$0.name], line: nil) }
        listing.declaredClasses = folders.map(\.name)
        listing.entries = folders.enumerated().flatMap { label, folder in
            folder.images.map { .init(.file($0.path), name: $0.name, labels: label) }
        }
        return listing
    }
}

/// The first name that occurs twice; names that Unicode holds to be equal count as the same.
func firstRepeated(_ names: [String]) -> String? {
    var seen: Set<String> = []
    return names.first { !seen.insert($0).inserted }
}
