import CHDF5
import Files

/// An HDF5 file, opened to read.
///
/// Opening walks the whole tree and checks it, so that a hostile file is refused before any of its sizes is believed:
/// links that leave the file or run in circles, storage outside the file, and sizes that the file cannot hold.
package final class HDF5Archive: TensorArchive {
    /// What is refused as absurd.
    package struct Limits: Sendable {
        /// How many groups may lie in each other.
        package var depth = 64
        /// How many groups and datasets there may be.
        package var objects = 200_000
        /// How many bytes a dataset may declare.
        package var tensorBytes = 16 << 30
        /// How many bytes an attribute may declare.
        package var attributeBytes = 64 << 20
        /// How long a rehearsal may compute before it counts as endless, and how much longer for each megabyte of the file.
        package var seconds = 0.5
        package var secondsPerMegabyte = 0.1
        /// How much memory a rehearsal may take, beyond a multiple of the file's size.
        package var memoryBytes = 256 << 20

        package init() {}
    }

    package var path: String { source.path }
    package var container: TensorContainer { .hdf5 }
    /// Whether the file bears a checksum of all its bytes, which was verified.
    package let isSealed: Bool
    package let entries: [TensorEntry]
    package let groups: [String]

    // Closed before its bytes are given up.
    let file: Handle
    let source: HDF5Source
    let limits: Limits
    let fileSize: Int
    let tree: HDF5Tree
    /// What a rehearsal could not read, and why.
    private let unreadable: [Part: String]
    private let entriesByName: [String: TensorEntry]
    private let groupNames: Set<String>

    /// Opens the file at `path` and lists what it holds.
    /// - Throws: `ArchiveError` where it is missing, no HDF5 file, cut short, damaged, hostile, or not what was sealed;
    ///   `CancellationError` where the work is to end meanwhile.
    package convenience init(path: String, limits: Limits = Limits()) throws {
        try self.init(HDF5Source(path: path), limits: limits)
    }

    /// - Parameter isRehearsed: whether a process of its own has tried all of it before.
    /// - Throws: as `init(path:limits:)`.
    init(_ source: HDF5Source, limits: Limits = Limits(), isRehearsed: Bool = false) throws {
        (self.source, self.limits) = (source, limits)
        fileSize = source.range.count
        isSealed = source.isWhole && !isRehearsed ? try Seal.isSound(source.path, fileSize: fileSize) : false
        unreadable = isRehearsed ? [:] : try Self.rehearse(source, fileSize: fileSize, limits: limits)
        (file, tree) = try HDF5Library.exclusively { [fileSize] in
            let file = try source.open()
            var tree = HDF5Tree(file: file, path: source.path, fileSize: fileSize, limits: limits)
            try tree.walk()
            return (file, tree)
        }
        entries = tree.entries
        groups = tree.groups
        groupNames = Set(groups)
        entriesByName = Dictionary(entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    package func hasGroup(_ name: String) -> Bool { groupNames.contains(name) }

    package func entry(_ name: String) -> TensorEntry? { entriesByName[name] }

    /// - Throws: `ArchiveError` where the part could not be read in the rehearsal.
    func checkReadable(_ part: Part) throws {
        if let reason = unreadable[part] { throw ArchiveError(path: path, reason: reason) }
    }
}
