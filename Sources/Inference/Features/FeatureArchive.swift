import Archives
import Files
import Foundation

/// Features in one `.npz` or HDF5 file.
///
/// While they are computed, names and arrays grow in a folder, `<path>.partial`; at the end they are copied into the file
/// one after the other. So memory does not grow with their number, and a cut run can be gone on with.
final class FeatureArchive: FeatureFile {
    private let path: String
    private let format: FeatureFormat
    private let images: NamedImages
    private let arrays: [(path: String, layer: FeatureLayer)]
    private let rows: FeatureArrays

    var kept: KeptRows { rows.kept }

    /// Creates the folder, or goes on with what an interrupted run has left.
    /// - Throws: as `FeatureArrays`.
    init(
        _ path: String, _ format: FeatureFormat, layers: [FeatureLayer], images: NamedImages,
        resumed: NamedImages? = nil
    ) throws {
        self.path = path
        self.format = format
        self.images = images
        // Better now than after the work is done.
        _ = try OutputFile(path)
        let folder = OutputFile.partialPath(of: path)
        if resumed == nil, let status = FileSystem.status(of: folder, followsLinks: false),
            status.st_mode & S_IFMT != S_IFDIR
        {
            FileSystem.remove(folder)
        }
        guard FileSystem.makeFolder(folder) || errno == EEXIST else { throw OutputError(path: path, code: errno) }
        arrays = layers.map { ("\(folder)/\($0.name).npy", $0) }
        rows = try FeatureArrays(list: folder + "/samples.csv", arrays: arrays, resumed: resumed)
        // Not before: what another process is writing is locked, and must stay.
        if resumed == nil { clear(folder) }
    }

    /// Removes what other runs have left beside the files that this one writes.
    private func clear(_ folder: String) {
        let own = (["samples.csv"] + arrays.map(\.layer.name).map { "\($0).npy" }).map(OutputFile.partialPath(of:))
        for name in FileSystem.names(in: folder) ?? [] where !own.contains(name) {
            FileSystem.removeAll(at: "\(folder)/\(name)")
        }
    }

    func write(file name: String, label: String?, features: [Slice<UnsafeBufferPointer<Float>>]) throws {
        try rows.write(file: name, label: label, features: features)
    }

    func flush() throws { try rows.flush() }

    func finish() throws {
        try rows.finish(isLasting: false)
        let folder = OutputFile.partialPath(of: path)
        var reader = try CSVReader(contentsOf: folder + "/samples.csv")
        let samples = try reader.rest().dropFirst().map { ($0.fields[0], $0.fields[1]) }
        if format == .npz { try writeNPZ(samples) } else { try writeHDF5(samples) }
        FileSystem.removeAll(at: folder)
    }

    func giveUp() {
        rows.giveUp()
        FileSystem.removeAll(at: OutputFile.partialPath(of: path))
    }

    private func writeNPZ(_ samples: [(name: String, label: String)]) throws {
        let zip = try ZipFile(path)
        for (file, layer) in arrays { try zip.add("\(layer.name).npy", copying: file) }
        for (name, texts) in [("filenames", samples.map(\.name)), ("labels", samples.map(\.label))] {
            let array = NPY.texts(texts)
            try zip.add("\(name).npy", byteCount: array.byteCount, array.write)
        }
        try zip.finish()
    }

    private func writeHDF5(_ samples: [(name: String, label: String)]) throws {
        let classNames = images.classNames
        let file = try HDF5Writer(path: path, growsOnDisk: true)
        for (array, layer) in arrays {
            try file.write(
                layer.name, shape: layer.arrayShape(rows: samples.count), copying: array, from: NPY.headerLength)
        }
        try file.write("filenames", samples.map(\.name))
        if images.haveSeveralLabels {
            try images.flags(of: samples.map(\.name)).withUnsafeBufferPointer {
                try file.write("labels", shape: [samples.count, classNames.count], $0)
            }
        } else if images.haveNumbers {
            try file.write("labels", samples.map { Double($0.label) ?? .nan })
        } else {
            let indices = Dictionary(zip(classNames, classNames.indices)) { first, _ in first }
            try file.write("labels", samples.map { Int64(indices[$0.label] ?? -1) })
        }
        try file.write("class_names", classNames)
        try file.close()
    }

    /// Whether a file is whole that no interrupted run has left anything of.
    static func isComplete(_ path: String, _ format: FeatureFormat) -> Bool {
        guard isFinished(path) else { return false }
        return format == .npz ? ZipFile.isWhole(path) : (try? HDF5Archive(path: path)) != nil
    }
}
