import Evaluation
import Foundation
import Tensors

/// A recipe or catalogue file that cannot be read.
package struct RecipeFileError: UserFacingError {
    package let path: String
    package let reason: String

    package var exitCode: Int32 { 2 }
    package var description: String { "\(path): \(reason)" }
}

enum RecipeFile {
    /// The file as text.
    /// - Throws: `RecipeFileError` where it is missing, no plain file, too large or not UTF-8.
    static func text(_ path: String) throws -> String {
        guard FileSystem.exists(path) else {
            throw RecipeFileError(path: path, reason: "there is no such file")
        }
        guard !FileSystem.isFolder(path) else { throw RecipeFileError(path: path, reason: "is a folder, not a recipe") }
        guard let file = FileHandle(reading: path) else {
            throw RecipeFileError(path: path, reason: "cannot be opened for reading")
        }
        defer { try? file.close() }
        let bytes: Data
        do {
            bytes = try file.read(upToCount: YAMLParser.maximumSize + 1) ?? Data()
        } catch {
            throw RecipeFileError(path: path, reason: "cannot be read: \(error.localizedDescription)")
        }
        guard bytes.count <= YAMLParser.maximumSize else {
            throw RecipeFileError(
                path: path, reason: "is larger than \(YAMLParser.maximumSize) bytes; this cannot be a recipe")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw RecipeFileError(path: path, reason: "is not text in UTF-8")
        }
        return text
    }

    /// The file's name without extension, fit for a run's name.
    static func defaultName(of path: String) -> String {
        let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
        return Field.runName.read(.text(name)) ?? "run"
    }
}
