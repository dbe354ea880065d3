import Datasets
import Files

/// A feature table: the file's name, the label, then the features; one row an image.
///
/// Numbers have the shortest digits that read back as the same 32-bit float. The label is the class's name, empty where
/// none is known.
package final class FeatureTable: FeatureFile {
    private let file: OutputFile
    private let columnCount: Int
    package let kept: KeptRows

    /// Creates the file, or goes on with what an interrupted run has left.
    /// - Parameters:
    ///   - columns: the names of the features, usually `f0`, `f1`, ….
    ///   - resumed: the images in order, where a run is gone on with.
    /// - Throws: `OutputError`; `FeatureFileError` where the file is of other images or columns.
    package init(_ path: String, columns: [String], resumed: NamedImages? = nil) throws {
        columnCount = columns.count
        let header = CSV.line(["filename", "label"] + columns)
        var rows = TableRows()
        if let resumed, let partial = try partialFile(of: path) {
            rows = try TableRows(of: partial, header: header, columnCount: columnCount, resumed)
        }
        kept = rows.kept(rows.count)
        file = try OutputFile(path, leaving: .partial(keeping: rows.end(rows.count)))
        if rows.end(rows.count) == 0 { try file.write(header) }
    }

    package func write(file name: String, label: String?, features: [Slice<UnsafeBufferPointer<Float>>]) throws {
        precondition(features.reduce(0) { $0 + $1.count } == columnCount, "a feature for each column")
        var line = CSV.field(name) + "," + CSV.field(label ?? "")
        line.reserveCapacity(line.utf8.count + 14 * columnCount)
        for values in features {
            for value in values {
                line += ","
                line += value.description
            }
        }
        try file.write(line + "\n")
    }

    package func flush() throws { try file.flush() }

    package func finish() throws { try file.finish() }

    package func giveUp() { file.giveUp() }
}
