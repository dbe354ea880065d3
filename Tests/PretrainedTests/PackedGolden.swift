import Foundation
import TestSupport

/// The weight files of `Tests/Goldens/weights`, which are packed by `xz`.
enum PackedGolden {
    /// Unpacks a file, and hands over its path for as long as `body` runs.
    static func unpacked<Result>(_ name: String, _ body: (String) throws -> Result) throws -> Result {
        let folder = try TemporaryDirectory()
        let path = folder.file("weights.h5")
        try Data().write(to: URL(fileURLWithPath: path))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["xz", "-dc", golden("weights/\(name).h5.xz")]
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw UnpackingError(name: name) }
        return try withExtendedLifetime(folder) { try body(path) }
    }

    struct UnpackingError: Error { let name: String }
}
