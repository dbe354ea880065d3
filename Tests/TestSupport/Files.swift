import Foundation

/// A folder that lives as long as this object.
public final class TemporaryDirectory {
    public let path: String

    public init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("finetune-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// The path of a file in the folder.
    public func file(_ name: String) -> String { path + "/" + name }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// The root of this package.
public let packageRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

/// The path of a committed golden file, relative to `Tests/Goldens`.
public func golden(_ name: String) -> String { "\(packageRoot)/Tests/Goldens/\(name)" }

/// Real photographs and weights that lie beside a checkout and are not part of it.
///
/// Tests that use them are enabled by `.enabled(if: SharedData.isPresent, SharedData.absence)`.
public enum SharedData {
    /// `FINETUNE_SHARED_DATA`, or `../shared/data` beside the package.
    public static let path =
        ProcessInfo.processInfo.environment["FINETUNE_SHARED_DATA"] ?? "\(packageRoot)/../shared/data"
    public static var isPresent: Bool { FileManager.default.fileExists(atPath: path) }
    public static let absence: String = "skipped: the shared data is absent (set FINETUNE_SHARED_DATA)"
}
