import Files
import Images

/// Images and labels in NumPy's archive of named arrays, as those of Keras' data sets and of MedMNIST.
///
/// An array of images is N×H×W or N×H×W×1 of grey, N×H×W×3 or N×3×H×W of red, green and blue, or N rows of pixels, which
/// are read as those of a text are. It holds whole numbers of 0...255, in elements of any type.
struct PixelArrays: SampleSource {
    private let archive: NPZArchive
    private let options: TableOptions
    private let names: ArrayNames

    /// How many bytes the elements of an array may take: ImageNet at 64×64 takes 16 GB.
    private static let byteLimit = 1 << 34
    /// Each image takes some room for its name, however small it is.
    private static let countLimit = 1 << 24

    /// - Throws: `NumPyError` where it is not plain which arrays are meant, or what was asked for is in no array;
    ///   `ZipError`.
    init(_ path: String, _ options: TableOptions, _ role: DatasetRole?) throws {
        archive = try NPZArchive(path)
        self.options = options
        let columns = options.columns
        for (column, word) in [(columns.group, "groups"), (columns.weight, "weights"), (columns.part, "parts")] {
            guard let column else { continue }
            throw NumPyError(
                path: path,
                reason: "arrays have no columns, and so none with \(word) called \(quoted(column)); a table (.csv) may")
        }
        names = try ArrayNames(in: archive, columns, role, options.terms)
    }

    func listing() throws -> SampleListing {
        let header = try archive.header(of: names.images)
        let shape = try shape(header)
        let count = header.shape[0]
        guard 1...Self.countLimit ~= count else {
            let most = Words.grouped(Self.countLimit)
            throw error(count == 0 ? "has no images" : "has \(Words.grouped(count)) images; \(most) are read")
        }
        let wanted = options.keepsRows ? nil : names.labels
        let labels = try wanted.map { try ArrayLabels($0, of: archive, names.images, count, options.target) }
        let table = PixelTable(archive.path, shape: shape, rows: .array(names.images), pixels: try pixels())
        var listing = SampleListing(of: archive.path, root: archive.path)
        listing.labels = labels?.labels ?? []
        listing.labelName = names.labels
        listing.declaredClasses = labels?.classes
        listing.entries = (0..<count).map { row in
            .init(.row(row, table), name: "row \(row + 1)", labels: labels?.numbers[row])
        }
        listing.labelRemedy =
            "They stand in an array called `labels`, `y_train` or the like; \(options.terms.label) says which"
        return listing
    }

    // MARK: - Shapes

    private func shape(_ header: NPYHeader) throws -> PixelTable.Shape {
        let extents = Array(header.shape.dropFirst())
        let found = extents.count == 1 ? try rowShape(extents[0]) : imageShape(extents)
        guard let found, found.byteCount > 0 else {
            throw error(
                "is \(Self.words(header.shape)); images are N×height×width, N×height×width×1, N×height×width×3, "
                    + "N×3×height×width or N×pixels")
        }
        if let told = options.shape,
            (told.height, told.width, told.channels) != (found.height, found.width, found.channels)
        {
            throw error("has images of \(Self.words(found)), not \(Self.words(told))")
        }
        guard found.height * found.width <= Image.pixelLimit else {
            throw error("has images of \(Self.words(found)); \(Words.grouped(Image.pixelLimit)) pixels are read")
        }
        return found
    }

    /// Of images whose pixels stand in a row.
    private func rowShape(_ count: Int) throws -> PixelTable.Shape {
        if let told = options.shape {
            guard told.byteCount == count else {
                throw error("has \(Words.counted(count, "pixel")) a row, which are not \(Self.words(told))")
            }
            return told
        }
        guard let square = PixelTable.Shape(square: count) else {
            throw error(
                "has \(Words.counted(count, "pixel")) a row, no square of grey; \(options.terms.shape) says what they are"
            )
        }
        return square
    }

    /// Nil where the axes are none of an image. Three at both ends are colours at the last, unless the options differ.
    private func imageShape(_ extents: [Int]) -> PixelTable.Shape? {
        if extents.count == 2 { return .init(height: extents[0], width: extents[1]) }
        guard extents.count == 3 else { return nil }
        let prefersPlanes = options.shape?.layout == .planar
        switch (extents[0], extents[2]) {
        case (_, 1): return .init(height: extents[0], width: extents[1])
        case (3, 3) where prefersPlanes: break
        case (_, 3): return .init(height: extents[0], width: extents[1], channels: 3)
        case (1, _): return .init(height: extents[1], width: extents[2])
        case (3, _): break
        default: return nil
        }
        return .init(height: extents[1], width: extents[2], channels: 3, layout: .planar)
    }

    private static func words(_ shape: PixelTable.Shape) -> String {
        words([shape.height, shape.width, shape.channels])
    }

    private static func words(_ extents: [Int]) -> String {
        extents.isEmpty ? "a single number" : extents.map(String.init).joined(separator: "×")
    }

    // MARK: - Pixels

    private func pixels() throws -> [UInt8] {
        let array = try archive.array(names.images, limit: Self.byteLimit)
        if array.elementType == .boolean { throw error("holds yes and no; \(Self.scaling)") }
        let levels = try array.levels { index, value in
            let place = array.header.place(of: index)
            let remedy = 0...1 ~= value ? "; \(Self.scaling)" : ""
            return error("has \(value.shortest) at \(place); expected whole numbers from 0 to 255\(remedy)")
        }
        guard let levels else { throw error("holds texts; expected whole numbers from 0 to 255") }
        if case .float = array.elementType, levels.max() == 1 {
            throw error("holds nothing but 0 and 1, as images of 0 to 1 do; \(Self.scaling)")
        }
        return levels
    }

    private static let scaling = "save images of 0 to 1 as `(255 * x).round().astype(\"uint8\")`"

    private func error(_ reason: String) -> NumPyError {
        NumPyError(path: archive.path, array: names.images, reason: reason)
    }
}

extension NPYHeader {
    /// The indices of an element, as NumPy has them: `[16, 0, 27]`.
    func place(of index: Int) -> String {
        var (rest, indices) = (index, [Int]())
        for extent in shape.reversed() {
            indices.append(rest % max(extent, 1))
            rest /= max(extent, 1)
        }
        return "\(Array(indices.reversed()))"
    }
}

extension Double {
    /// Without `.0` behind whole numbers.
    var shortest: String { Int(exactly: self).map(String.init) ?? description }
}

/// Which arrays of an archive hold the images and labels for a purpose.
private struct ArrayNames {
    let images: String
    /// Nil where there are none.
    let labels: String?

    /// - Throws: `NumPyError` where there are no images for the purpose, or those for several without a word which.
    init(
        in archive: NPZArchive, _ columns: TableOptions.Columns, _ role: DatasetRole?, _ terms: TableOptions.Terms
    ) throws {
        func error(_ reason: String) -> NumPyError { NumPyError(path: archive.path, reason: reason) }
        guard columns.labels.count < 2 else {
            throw error("labels stand in one array, and \(columns.labels.count) are named")
        }
        if let named = columns.path {
            images = named
            labels = columns.labels.first ?? Self.first(of: ArrayWords.labels, in: archive.names)
            return
        }
        let sets = Self.sets(in: archive.names)
        let present = archive.names.isEmpty ? "no arrays" : archive.names.map { "`\($0)`" }.listed(most: shownNames)
        if sets.isEmpty {
            throw error(
                "no array is called like images (`x_train`, `test_images`, `images`); \(terms.path) says which it is. "
                    + "There are: \(present)")
        }
        guard role != nil || sets.count == 1 else {
            let remedy = terms.part.map { "; \($0) says which" } ?? ""
            throw error("has images for several purposes\(remedy). There are: \(present)")
        }
        guard let set = sets.count == 1 ? sets.first : sets.first(where: { $0.role == role }) else {
            throw error("has no \(role?.rawValue ?? "") images; there are: \(present)")
        }
        let words = ArrayWords.labels(set.role) + (sets.count == 1 ? ArrayWords.labels : [])
        images = set.images
        labels = columns.labels.first ?? Self.first(of: words, in: archive.names)
    }

    /// The images that there are, by purpose.
    private static func sets(in names: [String]) -> [(role: DatasetRole, images: String)] {
        DatasetRole.allCases.compactMap { role in
            first(of: ArrayWords.images(role), in: names).map { (role, $0) }
        }
    }

    /// The first name that is one of the words, in the order of these.
    private static func first(of words: [String], in names: [String]) -> String? {
        words.lazy.compactMap { word in names.first { $0.lowercased() == word } }.first
    }
}

/// What arrays are usually called, the surest first; letter case does not count.
private enum ArrayWords {
    private static let images = ["x", "images", "data", "pixels"]
    static let labels = ["y", "labels", "targets", "label", "target"]

    static func images(_ role: DatasetRole) -> [String] {
        words(role, ["x", "images", "data"]) + (role == .training ? images : [])
    }

    static func labels(_ role: DatasetRole) -> [String] {
        words(role, ["y", "labels", "targets"]) + (role == .training ? labels : [])
    }

    /// `x_train`, `train_x` and so on.
    private static func words(_ role: DatasetRole, _ words: [String]) -> [String] {
        let parts =
            switch role {
            case .training: ["train", "training"]
            case .validation: ["val", "valid", "validation"]
            case .test: ["test"]
            }
        return words.flatMap { word in parts.flatMap { ["\(word)_\($0)", "\($0)_\(word)"] } }
    }
}
