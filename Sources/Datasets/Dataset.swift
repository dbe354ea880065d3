import Files

/// Everything that a run learns from and is judged by: one class map, and the samples of each part.
package struct Dataset: Sendable {
    /// Where the validation samples come from.
    package enum ValidationSource: Sendable, Equatable {
        case none
        /// A fraction of each class of the training folder (see `Split`).
        case fraction(Double)
        /// A folder with classes of the training folder, if not all of them.
        case folder(String)
    }

    /// The samples of one purpose.
    package struct Part: Sendable {
        package let role: DatasetRole
        /// The folder that the names of the samples are relative to.
        package let folder: String
        package fileprivate(set) var samples: [Sample]
        /// What the scan of the folder passed over; what a fractional split shares with training stands there alone.
        package let ignored: IgnoredFiles
        /// The labels of the classes that have no folder here, ascending.
        package var absentClasses: [Int] = []
        /// Images that were left out because they cannot be read.
        package fileprivate(set) var badImages: [BadImage] = []
        /// What that cost each class.
        package fileprivate(set) var losses: [ClassLoss] = []

        /// What its images are called in errors and warnings.
        var words: String { "\(role == .training ? "training" : role.rawValue) images in \(folder)" }
    }

    /// The class folders of the training folder, in the order of the labels.
    package let classNames: [String]
    /// The parts that there are: training, then validation and test where a run has them.
    package private(set) var parts: [Part]
    /// Identical files among all parts.
    package let audit: DatasetAudit

    /// Scans the folders, joins their classes by name and splits off the validation samples.
    ///
    /// Identical files of the training folder stay on one side of a fractional split.
    ///
    /// - Parameters:
    ///   - train: the training folder; its sub-folders are the class map.
    ///   - seed: decides, with the file names, which samples validate.
    /// - Throws: `DatasetError`.
    package init(train: String, validation: ValidationSource = .none, test: String? = nil, seed: UInt64) throws {
        let folder = try ImageFolder(scanning: train)
        func joined(_ path: String, _ role: DatasetRole) throws -> Part {
            let classes = ClassReference(names: folder.classNames, of: folder.root)
            let other = try ImageFolder(scanning: path, as: classes)
            return Part(
                role: role, folder: other.root, samples: other.samples, ignored: other.ignored,
                absentClasses: other.absentClasses)
        }
        var training = Part(role: .training, folder: folder.root, samples: folder.samples, ignored: folder.ignored)
        var others: [Part] = []
        switch validation {
        case .none: break
        case .fraction(let fraction):
            let split = try Split(
                stratifying: folder.samples, classNames: folder.classNames, fraction: fraction, seed: seed,
                identical: IdenticalFiles.groups(folder.samples))
            training.samples = split.training.map { folder.samples[$0] }
            others.append(
                Part(
                    role: .validation, folder: folder.root, samples: split.validation.map { folder.samples[$0] },
                    ignored: IgnoredFiles()))
        case .folder(let path): others.append(try joined(path, .validation))
        }
        if let test { others.append(try joined(test, .test)) }
        classNames = folder.classNames
        parts = [training] + others
        audit = DatasetAudit(parts, classNames: classNames)
    }

    /// The samples for a purpose; none where the run has no such part.
    package subscript(role: DatasetRole) -> [Sample] { parts.first { $0.role == role }?.samples ?? [] }

    /// Leaves out images that cannot be read.
    ///
    /// - Throws: `DatasetError.noReadableImages` for classes that have nothing left in a part where they had something.
    package mutating func remove(_ bad: [BadImage]) throws {
        if bad.isEmpty { return }
        let known = Dictionary(bad.map { (FileName($0.path), $0) }) { first, _ in first }
        for index in parts.indices {
            parts[index].losses = ClassLoss.all(
                of: parts[index].samples, without: bad, classCount: classNames.count)
            parts[index].badImages += parts[index].samples.compactMap { known[FileName($0.path)] }
            parts[index].samples.removeAll { known[FileName($0.path)] != nil }
        }
        for part in parts { try part.losses.check(part.words, classNames: classNames) }
    }

    /// What stands between the results and what was asked for: classes without images in a part, and classes that lost
    /// more than a few images; one sentence each.
    package var losses: [String] {
        parts.flatMap { part in
            [
                absenceWarning(part.absentClasses, of: classNames).map { "\(part.folder): \($0)" },
                part.losses.warning(part.words, classNames: classNames),
            ].compactMap(\.self)
        }
    }

    /// Looks at every image of every part before the first epoch.
    ///
    /// - Returns: sizes and bad images; under `.skip` the bad ones are no longer among the samples.
    /// - Throws: `DatasetError.badImages` under `.fail`, `.noReadableImages`, or `CancellationError`.
    package mutating func survey(
        _ policy: BadImagePolicy, cache: ImageCache = ImageCache(),
        shouldContinue: @escaping @Sendable (_ seen: Int) -> Bool = { _ in true }
    ) throws -> ImageSurvey {
        let survey = try ImageSurvey(of: parts.flatMap(\.samples), cache: cache, shouldContinue: shouldContinue)
        if policy == .fail, !survey.bad.isEmpty { throw DatasetError.badImages(survey.bad) }
        try remove(survey.bad)
        return survey
    }
}

/// What samples are for; the raw values stand in `splits.csv` and in reports.
package enum DatasetRole: String, CaseIterable, Sendable, Codable {
    case training = "train"
    case validation = "validation"
    case test = "test"
}
