/// A data set on disk: one folder per class with the images inside, or images without labels.
///
/// Samples are in byte order of class, then name, whatever the order in which the file system lists them.
package struct ImageFolder: Sendable {
    /// The folder in which the class folders lie: the one that was given, or one nested in it.
    package let root: String
    /// The classes in the order of the labels; empty where the images have no labels.
    package let classNames: [String]
    package let samples: [Sample]
    /// What the scan passed over.
    package let ignored: IgnoredFiles
    /// The labels of the classes that have no folder here, ascending.
    package let absentClasses: [Int]
    /// What was assumed about the order of the classes, in a sentence; see `ClassReference`.
    package let assumption: String?

    /// The number of files and folders that the scan passed over.
    package var ignoredFiles: Int { ignored.count }

    /// Scans a folder with one sub-folder per class; images may lie deeper inside a class folder.
    ///
    /// Without `classes` the sub-folders in byte order are the classes, and there must be two. With them, every sub-folder
    /// must be one of them, and classes may lack a folder.
    ///
    /// - Parameters:
    ///   - path: the folder; where it holds nothing but another of the same name, or one called `train` and the like,
    ///     that one is taken.
    ///   - classes: those of the training folder or of a model.
    /// - Throws: `DatasetError` that says what was expected and what was found.
    package init(scanning path: String, as classes: ClassReference? = nil) throws {
        let scan = try ClassScan(of: path)
        let (root, found, ignored) = (scan.root, scan.classes, scan.ignored)
        if found.isEmpty { throw DatasetError.noClasses(path: root, found: scan.contents) }
        let parts = found.map(\.name).filter(ClassScan.isPart)
        if parts.count == found.count, parts.count > 1 {
            throw DatasetError.partsInsteadOfClasses(path: root, parts: parts)
        }
        let names = found.map(\.name)
        if let twin = firstRepeated(names) { throw DatasetError.twinClasses(path: root, name: twin) }
        let join =
            try classes?.join(names, in: root)
            ?? ClassJoin(classNames: names, labels: Array(names.indices), absent: [], assumption: nil)
        let empty = found.filter(\.images.isEmpty)
        if !empty.isEmpty {
            throw DatasetError.emptyClasses(
                path: root, classes: empty.map(\.name), found: ClassScan.contents(of: empty, ignored))
        }
        if classes == nil, found.count < 2 { throw DatasetError.oneClass(path: root, name: names[0]) }
        self.init(root: root, join: join, folders: found, ignored: ignored)
    }

    /// Scans a folder of images without labels, sub-folders included.
    ///
    /// - Throws: `DatasetError` where the folder cannot be read or holds no image.
    package init(flat path: String) throws {
        let root = trimmed(path)
        var walk = FolderWalk()
        var entered = try folderAndAncestors(of: root)
        let found = try walk.images(below: root, prefix: "", entered: &entered)
        if found.isEmpty {
            throw DatasetError.noImages(path: root, found: walk.ignored.count == 0 ? "nothing" : walk.ignored.summary)
        }
        self.root = root
        classNames = []
        samples = found.map { Sample(path: $0.path, name: $0.name) }
        ignored = walk.ignored
        absentClasses = []
        assumption = nil
    }

    /// Scans a folder that may have labels or not: at least two class folders with images, and no image beside them,
    /// are labels; anything else is images without labels.
    ///
    /// - Throws: `DatasetError` where the folder cannot be read or holds no image.
    package init(detecting path: String) throws {
        let scan = try ClassScan(of: path)
        var ignored = scan.ignored
        let found = scan.classes.filter { !$0.images.isEmpty }
        let names = found.map(\.name)
        let isLabelled =
            found.count > 1 && scan.looseImages == 0 && firstRepeated(names) == nil
            && !names.allSatisfy(ClassScan.isPart)
        guard isLabelled else {
            try self.init(flat: path)
            return
        }
        for folder in scan.classes where folder.images.isEmpty { ignored.note(.emptyFolder, folder.name) }
        let join = ClassJoin(classNames: names, labels: Array(names.indices), absent: [], assumption: nil)
        self.init(root: scan.root, join: join, folders: found, ignored: ignored)
    }

    /// What a reader of results for these images has to know, one sentence each: what was assumed about the classes, which
    /// have no images, and which lost more than a twentieth of them.
    /// - Parameter bad: images that cannot be read.
    package func warnings(leavingOut bad: [BadImage]) -> [String] {
        let losses = ClassLoss.all(of: samples, without: bad, classCount: classNames.count)
        return [
            assumption, absenceWarning(absentClasses, of: classNames).map { "\(root): \($0)" },
            losses.warning("images in \(root)", classNames: classNames),
        ].compactMap(\.self)
    }

    private init(root: String, join: ClassJoin, folders: [ClassScan.Folder], ignored: IgnoredFiles) {
        self.root = root
        self.ignored = ignored
        classNames = join.classNames
        absentClasses = join.absent
        assumption = join.assumption
        samples = zip(folders, join.labels).flatMap { folder, label in
            folder.images.map { Sample(path: $0.path, name: $0.name, label: label) }
        }
    }
}

/// The first name that occurs twice; names that Unicode holds to be equal count as the same.
private func firstRepeated(_ names: [String]) -> String? {
    var seen: Set<String> = []
    return names.first { !seen.insert($0).inserted }
}
