import Files
import Foundation

/// Where features are written, one row an image, in whatever format.
///
/// Until it is finished, what was written lies under the final name and `.partial`, so that an interrupted run can be
/// gone on with.
package protocol FeatureFile: AnyObject {
    /// What an earlier run has left, if this one goes on with it.
    var kept: KeptRows { get }

    /// Adds a row.
    /// - Throws: `OutputError`.
    func write(file name: String, label: String?, features: [Slice<UnsafeBufferPointer<Float>>]) throws

    /// Hands to the system what was written so far, so that it outlasts this process.
    /// - Throws: `OutputError`.
    func flush() throws

    /// Completes the file and gives it its name.
    /// - Throws: `OutputError`, `ArchiveError`.
    func finish() throws

    /// Leaves nothing behind.
    func giveUp()
}

/// Whole rows that an interrupted run has left.
package struct KeptRows {
    /// The index of each row's sample.
    package internal(set) var samples: [Int] = []
    /// The numbers of the last row.
    package internal(set) var lastFeatures: [Float] = []

    /// The samples before the last row that have none: they could not be read.
    var leftOut: [Int] {
        let kept = Set(samples)
        return (0..<(samples.last ?? 0)).filter { !kept.contains($0) }
    }
}

/// Whether a path is a device, pipe or socket.
func isStream(_ path: String) -> Bool {
    FileSystem.status(of: path).map { ![S_IFREG, S_IFDIR].contains($0.st_mode & S_IFMT) } ?? false
}

/// Whether there is a file at a path, and none that an interrupted run has left.
func isFinished(_ path: String) -> Bool {
    FileSystem.exists(path) && !FileSystem.exists(OutputFile.partialPath(of: path))
}

/// The file that an interrupted run has left at a path: the partial one, or the final one, which may have been cut.
/// It bears its partial name afterwards. Nil where there is neither.
/// - Throws: `OutputError` where it cannot be renamed.
func partialFile(of path: String) throws -> String? {
    let partial = OutputFile.partialPath(of: path)
    if FileSystem.exists(partial) { return partial }
    guard FileSystem.exists(path) else { return nil }
    guard FileSystem.rename(path, to: partial) else { throw OutputError(path: path, code: errno) }
    return partial
}
