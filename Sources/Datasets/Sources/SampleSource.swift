import Files
import Glibc

/// Where samples come from.
package protocol SampleSource {
    /// Finds all samples.
    /// - Throws: `DatasetError`, `CSVError` or `NumPyError`, which name the place and what is wrong there.
    func listing() throws -> SampleListing
}

/// How tables of samples are read.
package struct TableOptions: Sendable, Hashable {
    /// Which columns say what; nil for those that are called so.
    package struct Columns: Sendable, Hashable {
        /// The path of the image.
        package var path: String?
        /// The label or labels; several columns have 1 where the image has the label that they are called after, else 0.
        package var labels: [String] = []
        package var group: String?
        package var weight: String?
        /// What the image is for: `train`, `validation` or `test`.
        package var part: String?

        package init() {}
    }

    /// What people write to say these things, for errors: keys of a recipe, unless somebody tells of others.
    package struct Terms: Sendable, Hashable {
        package var path = "`columns: {path: NAME}`"
        package var label = "`columns: {label: NAME}`"
        package var root = "`root`"
        package var delimiter = "`delimiter`"
        package var shape = "`pixels: {height: …, width: …}`"
        /// Which of several sets of images is meant; nil where the place where a file is named tells.
        package var part: String?

        package init() {}
    }

    /// The folder that paths begin at; nil for the one that the table lies in.
    package var root: String?
    package var columns = Columns()
    /// What parts the columns; nil for what the first line has most of.
    package var delimiter: CSVReader.Delimiter?
    /// What rows of pixels are; nil for grey squares.
    package var shape: PixelTable.Shape?
    /// How labels become targets.
    package var target = TargetKind.category
    /// Whether every row is an image, in the order of the table and called as it is there, whatever its labels are: for
    /// images whose labels nobody asks for.
    var keepsRows = false
    package var terms = Terms()

    package init() {}
}

/// The source at a path, known by what is there: a folder, a table of paths and labels, one of pixels, or arrays.
/// - Parameter role: what the samples are for, where a file holds those for several purposes.
/// - Throws: `DatasetError` where nothing is there; `CSVError` for a table that is none; `NumPyError` or `ZipError` for
///   arrays.
package func sampleSource(
    at path: String, _ options: TableOptions = TableOptions(), role: DatasetRole? = nil
) throws -> any SampleSource {
    guard let status = FileSystem.status(of: path) else {
        throw DatasetError.unreadable(path: path, reason: FileSystem.words(for: errno))
    }
    if status.st_mode & S_IFMT == S_IFDIR { return ClassFolders(path: path) }
    guard isTable(path) else { throw DatasetError.notAFolder(path: path) }
    if path.lowercased().hasSuffix(".npz") { return try PixelArrays(path, options, role) }
    let reader = try CSVReader(contentsOf: path, delimiter: options.delimiter)
    let table = try TableHeader(reader)
    if let pixels = try PixelColumns.find(in: table, options) { return PixelText(table, pixels, options) }
    return try LabelTable(table, options)
}

/// Whether a file is called like a table.
package func isTable(_ path: String) -> Bool {
    [".csv", ".tsv", ".txt", ".tab", ".npz"].contains { path.lowercased().hasSuffix($0) }
}
