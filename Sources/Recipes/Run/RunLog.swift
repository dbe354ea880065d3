import Files
import Foundation
import Training

/// `log.txt`: what a run told, one line each with the time before it.
final class RunLog {
    private let file: FileHandle

    /// Opens the log to write behind what it holds.
    /// - Throws: `RunFolderError` where it cannot be opened.
    init(_ path: String) throws {
        let descriptor = path.withCPath { open($0, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666) }
        guard descriptor >= 0 else {
            throw RunFolderError(
                path: path, reason: "cannot be written: \(FileSystem.words(for: errno))", kind: .failure)
        }
        file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    var descriptor: Int32 { file.fileDescriptor }

    /// - Parameter line: what names in it hold is made legible, so that it stays one line.
    func write(_ line: String) {
        // A full disk must not end a run for its log; files that matter say so themselves.
        try? file.write(contentsOf: Data((line.isEmpty ? "\n" : "\(Self.now) \(line.legible)\n").utf8))
    }

    /// Such as `2026-11-21T09:12:44Z`.
    private static var now: String { Date.now.formatted(.iso8601) }
}
