/// Everything that a run learns from and is judged by: one class map, and the samples of each part.
package struct Dataset: Sendable {
    /// Where the validation samples come from.
    package enum ValidationSource: Sendable, Equatable {
        case none
        /// A fraction of each class of the training folder (see `Split`).
        case fraction(Double)
        /// A folder with the same classes as the training folder.
        case folder(String)
    }

    /// What the scan of one folder passed over.
    package struct IgnoredFolder: Sendable, Equatable, Codable {
        package let folder: String
        package let files: IgnoredFiles
    }

    /// The class folders of the training folder, in the order of the labels.
    package let classNames: [String]
    package private(set) var training: [Sample]
    package private(set) var validation: [Sample]
    package private(set) var test: [Sample]
    /// One entry for each folder where something was passed over.
    package let ignored: [IgnoredFolder]
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
        classNames = folder.classNames
        var scanned = [folder]
        func joined(_ path: String) throws -> [Sample] {
            let other = try ImageFolder(scanning: path, classes: folder.classNames, reference: folder.root)
            scanned.append(other)
            return other.samples
        }
        switch validation {
        case .none:
            self.training = folder.samples
            self.validation = []
        case .fraction(let fraction):
            let split = try Split(
                stratifying: folder.samples, classNames: folder.classNames, fraction: fraction, seed: seed,
                identical: IdenticalFiles.groups(folder.samples))
            self.training = split.training.map { folder.samples[$0] }
            self.validation = split.validation.map { folder.samples[$0] }
        case .folder(let path):
            self.training = folder.samples
            self.validation = try joined(path)
        }
        self.test = try test.map(joined) ?? []
        ignored = scanned.filter { $0.ignored.count > 0 }.map { IgnoredFolder(folder: $0.root, files: $0.ignored) }
        audit = DatasetAudit(
            [(.training, self.training), (.validation, self.validation), (.test, self.test)], classNames: classNames)
    }

    /// The samples of one part.
    package subscript(part: DatasetPart) -> [Sample] {
        switch part {
        case .training: training
        case .validation: validation
        case .test: test
        }
    }

    /// Leaves out images that cannot be read.
    ///
    /// - Throws: `DatasetError.noReadableImages` for classes that have nothing left to train on.
    package mutating func remove(_ bad: [BadImage]) throws {
        // Paths are compared by bytes: Unicode may hold two files of a folder to be the same.
        let paths = Set(bad.map { Array($0.path.utf8) })
        func isGood(_ sample: Sample) -> Bool { !paths.contains(Array(sample.path.utf8)) }
        if paths.isEmpty { return }
        training = training.filter(isGood)
        validation = validation.filter(isGood)
        test = test.filter(isGood)
        let present = Set(training.compactMap(\.label))
        let lost = classNames.indices.filter { !present.contains($0) }
        if !lost.isEmpty { throw DatasetError.noReadableImages(classes: lost.map { classNames[$0] }) }
    }
}
