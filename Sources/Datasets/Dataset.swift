import Files

/// Everything that a run learns from and is judged by: one class map, and the samples of each part.
package struct Dataset: Sendable {
    /// The samples of one purpose.
    package struct Part: Sendable {
        package let role: DatasetRole
        /// What the names of the samples are relative to: a folder, or a table of pixels.
        package let folder: String
        package fileprivate(set) var samples: [Sample]
        /// What the scan of the folder passed over; what a fractional split shares with training stands there alone.
        package let ignored: IgnoredFiles
        /// The labels of the classes that have no image here, ascending.
        package var absentClasses: [Int] = []
        /// Images that were left out because they cannot be read.
        package fileprivate(set) var badImages: [BadImage] = []
        /// What that cost each class.
        package fileprivate(set) var losses: [ClassLoss] = []

        /// What its images are called in errors and warnings.
        var words: String { "\(role.words) images in \(folder)" }
    }

    /// The classes, in the order of the labels.
    package let classNames: [String]
    /// The parts that there are: training, then validation and test where a run has them.
    package private(set) var parts: [Part]
    /// Identical files among all parts.
    package let audit: DatasetAudit
    /// What should be known of how the data was found and shared out, one sentence each.
    package private(set) var remarks: [String]

    /// Finds the samples, joins their classes by name and splits off those for validation.
    ///
    /// Identical images that train stay on one side of a fractional split, and so do groups.
    ///
    /// - Throws: `DatasetError`, `CSVError`, `ClassMapError`, `GroupingError`.
    package init(_ data: DatasetConfiguration) throws {
        let source = try ImageSet(
            scanning: data.train, data.tables, map: data.classes, role: .training)
        classNames = source.classNames
        var shared = try Shared(source, data)
        let reference = ClassReference(names: source.classNames, of: source.root)
        func joined(_ path: String, _ role: DatasetRole) throws -> Part {
            let other = try ImageSet(scanning: path, as: reference, data.tables, map: data.classes, role: role)
            shared.remarks += other.remarks
            // A table that says what its images are for may hold those for other purposes.
            let own = zip(other.samples, other.roles).filter { $1 == nil || $1 == role }.map(\.0)
            guard !own.isEmpty else { throw DatasetError.noImagesFor(role, path: path) }
            return Part(role, try data.groups?.grouped(own) ?? own, of: other)
        }
        var others: [Part] = []
        switch data.validation {
        case .none: break
        case .fraction(let fraction):
            others.append(try shared.part(.validation, source) ?? shared.split(fraction, source, data))
        case .source(let path): others.append(try joined(path, .validation))
        }
        if let test = data.test {
            others.append(try joined(test, .test))
        } else if let own = shared.part(.test, source) {
            others.append(own)
        }
        shared.tellLeftOver()
        let training = Part(.training, shared.samples[.training] ?? [], of: source)
        parts = [training] + others
        remarks = shared.remarks
        audit = DatasetAudit(parts, classNames: classNames)
    }

    /// Class folders for training, and what may be given besides.
    /// - Throws: as `init(_:)`.
    package init(
        train: String, validation: DatasetConfiguration.Validation = .none, test: String? = nil, seed: UInt64
    ) throws {
        var data = DatasetConfiguration(train: train, seed: seed)
        data.validation = validation
        data.test = test
        try self.init(data)
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

    /// As people read it, in front of “images”.
    package var words: String { self == .training ? "training" : rawValue }
}

extension Dataset.Part {
    fileprivate init(
        _ role: DatasetRole, _ samples: [Sample], of source: ImageSet, ignored: IgnoredFiles? = nil
    ) {
        self.role = role
        folder = source.root
        self.samples = samples
        self.ignored = ignored ?? source.ignored
        absentClasses = source.absent(among: samples)
    }
}

/// The samples of the training source, by what they are for.
private struct Shared {
    var samples: [DatasetRole: [Sample]] = [:]
    var remarks: [String]

    /// - Throws: `CSVError` where a list names what there is not.
    init(_ source: ImageSet, _ data: DatasetConfiguration) throws {
        remarks = source.remarks
        var roles = source.roles.map { $0 ?? .training }
        for (role, path) in data.partLists.sorted(by: { $0.value < $1.value }) {
            for index in try PartList(path).members(of: source.samples) { roles[index] = role }
        }
        let grouped = try data.groups?.grouped(source.samples) ?? source.samples
        for (sample, role) in zip(grouped, roles) { samples[role, default: []].append(sample) }
        guard let training = samples[.training] else { throw DatasetError.noImagesFor(.training, path: data.train) }
        guard let limit = data.limit else { return }
        let kept = training.limited(to: limit, classCount: source.classNames.count, seed: data.seed)
        samples[.training] = kept
        remarks.append(
            "\(Words.counted(kept.count, "image")) of \(training.count) are used, at most \(limit) of each class")
    }

    /// The samples that the source itself has for a purpose; nil for none.
    mutating func part(_ role: DatasetRole, _ source: ImageSet) -> Dataset.Part? {
        samples.removeValue(forKey: role).map { Dataset.Part(role, $0, of: source, ignored: IgnoredFiles()) }
    }

    /// Tells of samples that the source has for a purpose for which others are used, or none.
    mutating func tellLeftOver() {
        for role in [DatasetRole.validation, .test] {
            guard let left = samples[role] else { continue }
            remarks.append(
                "\(Words.counted(left.count, "image")) that are for \(role.rawValue) are not used: "
                    + "data.\(role.rawValue) says otherwise")
        }
    }

    /// Splits validation samples off those that train.
    mutating func split(
        _ fraction: Double, _ source: ImageSet, _ data: DatasetConfiguration
    ) throws -> Dataset.Part {
        let all = samples[.training] ?? []
        let split = try Split(
            stratifying: all, classNames: source.classNames, fraction: fraction, seed: data.seed,
            identical: IdenticalFiles.groups(all))
        samples[.training] = split.training.map { all[$0] }
        remarks += split.remarks
        return Dataset.Part(.validation, split.validation.map { all[$0] }, of: source, ignored: IgnoredFiles())
    }
}

extension [Sample] {
    /// As many of each class, those that come first by the hash of seed and name; one of several classes stays while
    /// any of these has not enough.
    fileprivate func limited(to limit: Int, classCount: Int, seed: UInt64) -> [Sample] {
        var counts = [Int](repeating: 0, count: classCount)
        var isKept = [Bool](repeating: false, count: count)
        let places = map { Split.place(of: $0.name, seed: seed) }
        for index in indices.sorted(by: { (places[$0], $0) < (places[$1], $1) }) {
            let classes = self[index].classes
            guard classes.contains(where: { counts[$0] < limit }) || classes.isEmpty else { continue }
            for label in classes { counts[label] += 1 }
            isKept[index] = true
        }
        return indices.filter { isKept[$0] }.map { self[$0] }
    }
}
