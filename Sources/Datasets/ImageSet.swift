import Files

/// The images of one source, with labels that are numbers of classes, or without labels.
///
/// Those of class folders and of tables of paths are in byte order of class, then name, whatever the order in which the
/// file system or the table lists them; rows of pixels stay in their order.
package struct ImageSet: Sendable {
    /// What the names of the samples are relative to: the folder in which the class folders lie (the one that was given,
    /// or one nested in it), the root of a table's paths, or the table of pixels itself.
    package let root: String
    /// The classes in the order of the labels, or what their numbers are called; empty where the images have no labels.
    package let classNames: [String]
    package let samples: [Sample]
    /// What each sample is for; nil where the source does not tell.
    let roles: [DatasetRole?]
    /// What the scan passed over.
    package let ignored: IgnoredFiles
    /// The labels of the classes that have no image here, ascending.
    package let absentClasses: [Int]
    /// What was assumed about the order of the classes, in a sentence; see `ClassReference`.
    package let assumption: String?
    /// What is doubtful about a table, one sentence each.
    package let remarks: [String]

    /// The number of files and folders that the scan passed over.
    package var ignoredFiles: Int { ignored.count }

    /// Finds the images at a path: a folder with one sub-folder per class, where images may lie deeper, or a table.
    ///
    /// Without `classes` the labels in byte order are the classes, and there must be two. With them, every label must be
    /// one of them, and classes may lack images.
    ///
    /// - Parameters:
    ///   - path: the folder, where one that holds nothing but another of the same name, or one called `train` and the
    ///     like, stands for that; or the table.
    ///   - classes: those of the training images or of a model.
    ///   - options: how a table is read.
    ///   - map: what becomes of the labels.
    ///   - role: what the images are for, where a file holds those for several purposes.
    /// - Throws: `DatasetError`, `CSVError` or `ClassMapError` that says what was expected and what was found.
    package init(
        scanning path: String, as classes: ClassReference? = nil, _ options: TableOptions = TableOptions(),
        map: ClassMap? = nil, role: DatasetRole? = nil
    ) throws {
        let listing = try sampleSource(at: path, options, role: role).listing()
        try self.init(listing, as: classes, options.target, map: map)
    }

    /// - Throws: `DatasetError`, `CSVError` or `ClassMapError` where its labels are not those expected.
    init(
        _ listing: SampleListing, as classes: ClassReference?, _ kind: TargetKind, map: ClassMap? = nil
    ) throws {
        if let unlabelled = listing.entries.first(where: { $0.labels == nil }) {
            throw DatasetError.noLabels(
                path: listing.path, image: unlabelled.content.path, remedy: listing.labelRemedy)
        }
        guard kind != .number else {
            guard map == nil else {
                throw ClassMapError(description: "data.classes: the labels are numbers, which have no other names")
            }
            try self.init(numbersOf: listing, named: classes?.names ?? [listing.labelName ?? "number"])
            return
        }
        let join = try LabelJoin(listing, as: classes, kind, map)
        let targets = listing.entries.map { $0.labels.flatMap { join.targets[$0] } }
        self.init(
            listing, targets, keeping: listing.entries.indices.filter { targets[$0] != nil },
            classNames: join.classNames, assumption: join.assumption)
    }

    private init(
        _ listing: SampleListing, _ targets: [Target?], keeping kept: some Collection<Int>, classNames: [String] = [],
        assumption: String? = nil
    ) {
        root = listing.root
        ignored = listing.ignored
        remarks = listing.warnings
        samples = kept.map { Sample(listing.entries[$0], targets[$0]) }
        roles = kept.map { listing.entries[$0].role }
        self.classNames = classNames
        self.assumption = assumption
        absentClasses = Self.absent(among: samples, classCount: classNames.count)
    }

    /// The classes that none of some samples has, ascending.
    func absent(among samples: [Sample]) -> [Int] { Self.absent(among: samples, classCount: classNames.count) }

    private static func absent(among samples: [Sample], classCount: Int) -> [Int] {
        let counts = classCounts(samples, classCount: classCount)
        return counts.indices.filter { counts[$0] == 0 }
    }

    /// Images that are labelled with numbers.
    /// - Parameter names: what the numbers are called, one name.
    private init(numbersOf listing: SampleListing, named names: [String]) throws {
        let targets = try listing.labels.map { labels -> Target in
            if labels.names.count == 1, let number = Double(labels.names[0]), Target.numbers.contains(number) {
                return .number(number)
            }
            guard let line = labels.line else {
                throw DatasetError.noNumber(path: listing.path, label: labels.names.joined(separator: ";"))
            }
            throw CSVError(
                file: listing.path, line: line,
                reason: "the label is \(listed(labels.names)); expected a number\(Target.numberLimit)")
        }
        let all = listing.entries.map { entry in entry.labels.map { targets[$0] } }
        self.init(listing, all, keeping: all.indices, classNames: names)
    }

    /// Finds all images of a folder, sub-folders included, without labels.
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
        var listing = SampleListing(of: path, root: root)
        listing.entries = found.map { .init(.file($0.path), name: $0.name) }
        listing.ignored = walk.ignored
        self.init(unlabelled: listing)
    }

    private init(unlabelled listing: SampleListing) {
        let targets = [Target?](repeating: nil, count: listing.entries.count)
        self.init(listing, targets, keeping: targets.indices)
    }

    /// Finds images that may have labels or not: at least two class folders with images, and no image beside them, are
    /// labels, as are at least two of a table; anything else is images without labels.
    ///
    /// - Parameter role: what the images are for, where a file holds those for several purposes.
    /// - Throws: `DatasetError` where the folder cannot be read or holds no image; `CSVError`.
    package init(
        detecting path: String, _ options: TableOptions = TableOptions(), role: DatasetRole? = nil
    ) throws {
        guard FileSystem.isFolder(path) || !FileSystem.exists(path) else {
            let listing = try sampleSource(at: path, options, role: role).listing()
            if listing.labels.isEmpty || options.target == .category && listing.classNames.count < 2 {
                self.init(unlabelled: listing)
            } else {
                try self.init(listing, as: nil, options.target)
            }
            return
        }
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
        var listing = ClassFolders(path: path).listing(scan, folders: found)
        listing.ignored = ignored
        try self.init(listing, as: nil, .category)
    }

    /// What a reader of results for these images has to know, one sentence each: what was assumed about the classes, which
    /// have no images, and which lost more than a twentieth of them.
    /// - Parameter bad: images that cannot be read.
    package func warnings(leavingOut bad: [BadImage]) -> [String] {
        let losses = ClassLoss.all(of: samples, without: bad, classCount: classNames.count)
        return [
            assumption, absenceWarning(absentClasses, of: classNames).map { "\(root): \($0)" },
            losses.warning("images in \(root)", classNames: classNames),
        ].compactMap(\.self) + remarks
    }
}

extension Sample {
    fileprivate init(_ entry: SampleListing.Entry, _ target: Target?) {
        self.init(entry.content, name: entry.name, target: target, group: entry.group, weight: entry.weight)
    }
}
