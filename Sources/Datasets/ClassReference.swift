import Files

/// The classes that folders are joined to: those of a training folder, or those that a model tells apart.
///
/// Folders are joined by name. A model whose file does not name its classes has the classes 0…N−1: folders called by
/// these numbers, zeros in front or not, are joined by value, whatever their order. Only as many folders as classes, with
/// other names, are joined in byte order, which is how Keras and torchvision number the folders that they learn from; this
/// is an assumption, and `ClassJoin.assumption` says so.
package struct ClassReference: Sendable {
    /// Where the classes come from, for errors.
    package let source: String
    /// The classes' names in the order of the labels; numbers where the file has no names.
    package let names: [String]
    /// Whether the names are only numbers because nobody told others.
    package let isNameless: Bool
    /// What else the classes may be called, one list as long as `names` each.
    package let synonyms: [[String]]

    /// Classes with names.
    /// - Parameter synonyms: what else they may be called, one list as long as `names` each.
    package init(names: [String], of source: String, synonyms: [[String]] = []) {
        self.source = source
        self.names = names
        self.synonyms = synonyms
        isNameless = false
    }

    /// Classes of which only the number is known.
    package init(nameless count: Int, of source: String) {
        self.source = source
        names = (0..<count).map(String.init)
        synonyms = []
        isNameless = true
    }

    /// Joins folders to the classes.
    /// - Parameters:
    ///   - folders: names of class folders, in byte order, no two the same.
    ///   - path: where they lie, for errors.
    /// - Throws: `DatasetError.classMismatch` for folders that are none of the classes, `.doubledClass` for two that are
    ///   the same one, `.orderUnknown` for numbers that may be meant in two ways.
    package func join(_ folders: [String], in path: String) throws -> ClassJoin {
        if isNameless { return try joinByNumber(folders, in: path) }
        for names in [names] + synonyms {
            let labels = Dictionary(zip(names, names.indices)) { first, _ in first }
            let found = folders.map { labels[$0] }
            if !found.contains(nil) { return try joined(folders, found.compactMap(\.self), in: path) }
        }
        throw mismatch(folders, in: path)
    }

    private func joinByNumber(_ folders: [String], in path: String) throws -> ClassJoin {
        let numbers = folders.map(Self.number)
        if numbers.allSatisfy({ $0.map(names.indices.contains) ?? false }) {
            return try joined(folders, numbers.compactMap(\.self), in: path)
        }
        guard folders.count == names.count else { throw mismatch(folders, in: path) }
        let values = numbers.compactMap(\.self)
        if values.count == folders.count, values != values.sorted() {
            throw DatasetError.orderUnknown(path: path, source: source, classCount: names.count, folders: folders)
        }
        return ClassJoin(
            classNames: folders, labels: Array(folders.indices), absent: [],
            assumption: """
                \(source) does not name its classes: 0…\(names.count - 1) are taken to be the folders of \(path) in byte \
                order, 0 for \(quoted(folders[0])) and \(names.count - 1) for \(quoted(folders[folders.count - 1])). Call \
                the folders 0…\(names.count - 1) to say which is which
                """)
    }

    private func joined(_ folders: [String], _ labels: [Int], in path: String) throws -> ClassJoin {
        var folderOfLabel: [Int: String] = [:]
        for (folder, label) in zip(folders, labels) {
            if let first = folderOfLabel.updateValue(folder, forKey: label) {
                throw DatasetError.doubledClass(path: path, folders: [first, folder], name: names[label])
            }
        }
        return ClassJoin(
            classNames: names, labels: labels, absent: names.indices.filter { folderOfLabel[$0] == nil },
            assumption: nil)
    }

    private func mismatch(_ folders: [String], in path: String) -> DatasetError {
        .classMismatch(
            path: path, reference: source, difference: ClassDifference(here: folders, reference: names))
    }

    /// The value of a name of digits alone.
    private static func number(_ name: String) -> Int? {
        name.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(name) : nil
    }
}

/// Which class each folder of a data set is.
package struct ClassJoin: Sendable, Equatable {
    /// The names of all classes, in the order of the labels.
    package let classNames: [String]
    /// The label of each folder.
    package let labels: [Int]
    /// The labels of the classes that have no folder, ascending.
    package let absent: [Int]
    /// What was assumed about the order of the classes, in a sentence; nil where names or numbers tell.
    package let assumption: String?
}

/// One sentence on classes that have no images, such as `no images of 2 of 10 classes: “3”, “7”`; nil for none.
package func absenceWarning(_ absent: [Int], of classNames: [String]) -> String? {
    guard !absent.isEmpty else { return nil }
    return "no images of \(absent.count) of \(Words.counted(classNames.count, "class", "classes")): "
        + listed(absent.map { classNames[$0] })
}
