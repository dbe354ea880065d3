import Files
import Training

/// The right to work in a run folder, which one process has at a time.
///
/// It is a lock on `log.txt` that ends with the process, however that ends: there is nothing that would have to be cleared
/// away before a run can go on.
package final class RunOwnership {
    package let folder: RunFolder
    let log: RunLog

    /// Takes possession of the folder, opens its log, and clears away what a killed process left half-written.
    /// - Throws: `RunFolderError` where another run is at work in it, or the folder cannot be written to.
    package init(of folder: RunFolder) throws {
        self.folder = folder
        log = try RunLog(folder.log)
        do {
            try FileLock.take(log.descriptor)
        } catch {
            let holder = FileLock.holder(of: log.descriptor).map { "process \($0)" } ?? "another process"
            throw RunFolderError(
                path: folder.path,
                reason: "\(holder) is at work in this run: wait for its end, or interrupt it", kind: .failure)
        }
        PendingFile.clear(folder.path)
    }
}
