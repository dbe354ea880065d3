import Datasets
import Files

/// File names and labels in a table, and a NumPy array for each layer: as they are for `.npy`, on their way into an
/// archive for the other formats.
final class FeatureArrays: FeatureFile {
    let kept: KeptRows
    private let list: OutputFile
    private let arrays: [NPYFile]

    /// The first line of the table.
    static let header = CSV.line(["filename", "label"])

    /// Creates the files, or goes on with what an interrupted run has left.
    /// - Parameters:
    ///   - list: the path of the table.
    ///   - arrays: the path of the array of each layer.
    ///   - resumed: the images in order, where a run is gone on with.
    /// - Throws: `OutputError`; `FeatureFileError` where the files are of other images or layers.
    init(list: String, arrays: [(path: String, layer: FeatureLayer)], resumed: NamedImages? = nil) throws {
        var rows = TableRows()
        var count = 0
        var kept = KeptRows()
        if let resumed, let table = try partialFile(of: list) {
            let partials = try arrays.map { try partialFile(of: $0.path) }
            rows = try TableRows(of: table, header: Self.header, columnCount: 0, resumed)
            count = rows.count
            for (partial, array) in zip(partials, arrays) {
                count = min(count, try partial.map { try NPYFile.rows(of: $0, for: array.layer) } ?? 0)
            }
            kept = rows.kept(count)
            if count > 0 {
                kept.lastFeatures = zip(partials, arrays).flatMap { partial, array in
                    partial.map { NPYFile.row(count - 1, of: $0, for: array.layer) } ?? []
                }
            }
        }
        self.kept = kept
        self.arrays = try arrays.map { try NPYFile($0.path, $0.layer, keptRows: count) }
        self.list = try OutputFile(list, leaving: .partial(keeping: rows.end(count)))
        if rows.end(count) == 0 { try self.list.write(Self.header) }
    }

    func write(file name: String, label: String?, features: [Slice<UnsafeBufferPointer<Float>>]) throws {
        for (array, values) in zip(arrays, features) { try array.append(values) }
        try list.write(CSV.line([name, label ?? ""]))
    }

    func flush() throws {
        for array in arrays { try array.flush() }
        try list.flush()
    }

    func finish() throws { try finish(isLasting: true) }

    /// - Parameter isLasting: false where the files are now copied into another one.
    func finish(isLasting: Bool) throws {
        try list.finish(isLasting: isLasting)
        for array in arrays { try array.finish(isLasting: isLasting) }
    }

    func giveUp() {
        for array in arrays { array.giveUp() }
        list.giveUp()
    }
}
