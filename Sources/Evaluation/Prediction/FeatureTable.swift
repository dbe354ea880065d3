/// A feature table: the file's name, the label, then the features; one row an image.
///
/// Numbers have the shortest digits that read back as the same 32-bit float. The label is the class's name, empty where
/// none is known.
package final class FeatureTable {
    private let file: OutputFile
    private let columnCount: Int

    /// Creates the file.
    /// - Parameter columns: the names of the features, usually `f0`, `f1`, ….
    /// - Throws: `OutputError`.
    package init(_ path: String, columns: [String]) throws {
        file = try OutputFile(path)
        columnCount = columns.count
        try file.write(CSV.line(["filename", "label"] + columns))
    }

    /// Adds a row with one feature for each column.
    /// - Throws: `OutputError`.
    package func write(file name: String, label: String?, features: some Sequence<Float>) throws {
        var line = CSV.field(name) + "," + CSV.field(label ?? "")
        line.reserveCapacity(line.utf8.count + 14 * columnCount)
        var count = 0
        for value in features {
            line += ","
            line += value.description
            count += 1
        }
        precondition(count == columnCount, "\(count) features for \(columnCount) columns")
        try file.write(line + "\n")
    }

    /// Completes the file.
    /// - Throws: `OutputError`.
    package func finish() throws { try file.finish() }
}
