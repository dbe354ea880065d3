import Foundation
import TestSupport

/// The weight files of `Tests/Goldens/weights` and `Tests/Goldens/containers`, which are packed by `xz`.
enum PackedGolden {
    /// Unpacks a file, and hands over its path for as long as `body` runs.
    static func unpacked<Result>(_ name: String, _ body: (String) throws -> Result) throws -> Result {
        try unpacked(golden("weights/\(name).h5.xz"), as: "weights.h5", body)
    }

    /// Unpacks a file, or a folder from an archive, `….tar`.
    static func unpackedContainer<Result>(_ name: String, _ body: (String) throws -> Result) throws -> Result {
        try unpacked(golden("containers/\(name).xz"), as: name) { path in
            guard path.hasSuffix(".tar") else { return try body(path) }
            let folder = String(path.dropLast(".tar".count))
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try run(["tar", "-xf", path, "-C", folder])
            return try body(folder)
        }
    }

    private static func unpacked<Result>(
        _ packed: String, as name: String, _ body: (String) throws -> Result
    ) throws -> Result {
        let folder = try TemporaryDirectory()
        let path = folder.file(name)
        try Data().write(to: URL(fileURLWithPath: path))
        try run(["xz", "-dc", packed], output: try FileHandle(forWritingTo: URL(fileURLWithPath: path)))
        return try withExtendedLifetime(folder) { try body(path) }
    }

    private static func run(_ words: [String], output: FileHandle? = nil) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        if let output { process.standardOutput = output }
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw UnpackingError(name: words.joined(separator: " ")) }
    }

    struct UnpackingError: Error { let name: String }
}
