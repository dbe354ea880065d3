/// The images of a table, an image for each row and in the order of these, labelled or not.
///
/// Those of a table of paths are called as they are there; rows of pixels are called by their numbers, from 1.
package struct TableImages: Sendable {
    package let samples: [Sample]
    /// What the table calls the column with the paths; nil where rows are pixels.
    package let pathColumn: String?
    /// What is doubtful, one sentence each.
    package let remarks: [String]

    /// - Parameter role: what the images are for, where a file holds those for several purposes.
    /// - Throws: `DatasetError`, `CSVError`, `NumPyError` or `ZipError`.
    package init(_ path: String, _ options: TableOptions, role: DatasetRole? = nil) throws {
        var options = options
        options.keepsRows = true
        let listing = try sampleSource(at: path, options, role: role).listing()
        samples = listing.entries.map { Sample($0.content, name: $0.name) }
        pathColumn = listing.pathColumn
        remarks = listing.warnings
    }
}
