import Files
import Foundation

/// The folder of a run, and the files in it.
package struct RunFolder: Hashable, Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    package var recipe: String { path + "/recipe.yaml" }
    package var log: String { path + "/log.txt" }
    package var splits: String { path + "/splits.csv" }
    package var metrics: String { path + "/metrics.csv" }
    package var model: String { path + "/model.h5" }
    package var checkpoint: String { path + "/checkpoint.h5" }
    package var predictions: String { path + "/predictions.csv" }
    package var report: String { path + "/report.json" }

    package var hasCheckpoint: Bool { FileSystem.exists(checkpoint) }
}

extension RunFolder {
    /// Makes the next free folder `<output>/<name>-<n>`, numbered from 1, and `output` with it. Runs that start at the
    /// same moment get folders of their own.
    /// - Throws: `RunFolderError` where it cannot be made.
    package init(creatingIn output: String, name: String) throws {
        try Self.make(output)
        var number = 1 + Self.lastNumber(in: output, name: name)
        while !FileSystem.makeFolder("\(output)/\(name)-\(number)") {
            guard errno == EEXIST else { throw Self.refusal("\(output)/\(name)-\(number)", errno) }
            number += 1
        }
        self.init(path: "\(output)/\(name)-\(number)")
    }

    /// Takes up the folder of an earlier run. One that ended before it had saved anything can begin anew; one that has its
    /// report has nothing to go on with.
    /// - Throws: `RunFolderError` where it is none.
    package init(resuming path: String) throws {
        self.init(path: path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path)
        let needed = FileSystem.exists(report) ? [recipe, checkpoint] : [recipe]
        for file in needed where !FileSystem.exists(file) {
            let name = URL(fileURLWithPath: file).lastPathComponent
            throw RunFolderError(path: path, reason: "cannot be resumed: it has no \(name)", kind: .usage)
        }
    }

    /// Checks that a folder is there to write into, or could be made, without making it.
    /// - Throws: `RunFolderError`.
    package static func check(_ folder: String) throws {
        var parts = folder.unicodeScalars.split(separator: "/").map(String.init)
        let root = folder.hasPrefix("/") ? "/" : "./"
        var place: String { root + parts.joined(separator: "/") }
        while !FileSystem.exists(place) {
            guard errno == ENOENT, !parts.isEmpty else { throw refusal(folder, errno) }
            parts.removeLast()
        }
        guard FileSystem.isFolder(place) else { throw refusal(folder, ENOTDIR) }
        guard place.withCPath({ access($0, W_OK | X_OK) }) == 0 else { throw refusal(folder, errno) }
    }

    /// Makes a folder and those above it.
    /// - Throws: `RunFolderError`.
    package static func make(_ folder: String) throws {
        var path = folder.hasPrefix("/") ? "/" : ""
        for part in folder.unicodeScalars.split(separator: "/") {
            path += (path.isEmpty || path == "/" ? "" : "/") + String(part)
            if !FileSystem.makeFolder(path) && errno != EEXIST { throw refusal(path, errno) }
        }
        guard FileSystem.isFolder(folder) else {
            throw refusal(folder, ENOTDIR)
        }
    }

    private static func refusal(_ path: String, _ code: Int32) -> RunFolderError {
        RunFolderError(
            path: path,
            reason: "this folder cannot be made: \(FileSystem.words(for: code))",
            // What is no folder is a mistake in the recipe; all else may be otherwise tomorrow.
            kind: code == ENOTDIR || code == ENAMETOOLONG ? .usage : .failure, isPlaceUnfit: true)
    }

    private static func lastNumber(in output: String, name: String) -> Int {
        let names = FileSystem.names(in: output) ?? []
        return names.compactMap { $0.hasPrefix("\(name)-") ? Int($0.dropFirst(name.count + 1)) : nil }
            .filter { $0 > 0 && $0 < .max }.max() ?? 0
    }
}

/// Why a run folder cannot be made or used.
package struct RunFolderError: UserFacingError {
    package let path: String
    package let reason: String
    package let kind: ErrorKind
    /// Whether another place would do.
    package let isPlaceUnfit: Bool

    package init(path: String, reason: String, kind: ErrorKind, isPlaceUnfit: Bool = false) {
        self.path = path
        self.reason = reason
        self.kind = kind
        self.isPlaceUnfit = isPlaceUnfit
    }

    package var description: String { "\(path): \(reason)" }
}
