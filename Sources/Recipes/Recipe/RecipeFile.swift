import Files
import Foundation

/// A recipe or catalogue file that cannot be read.
package struct RecipeFileError: UserFacingError {
    package let path: String
    package let reason: String

    package var kind: ErrorKind { .usage }
    package var description: String { "\(path): \(reason)" }
}

enum RecipeFile {
    /// The file as text: UTF-8, or UTF-16 that says so by its byte order mark, as YAML allows.
    /// - Throws: `RecipeFileError` where it is missing, no ordinary file or too large, `YAMLError` where it is not text.
    static func text(_ path: String) throws -> String {
        let bytes = try bytes(path)
        switch (bytes.first, bytes.dropFirst().first) {
        case (0xFF, 0xFE): return try utf16(bytes, path) { UInt16($0) | UInt16($1) << 8 }
        case (0xFE, 0xFF): return try utf16(bytes, path) { UInt16($0) << 8 | UInt16($1) }
        case (0, _?), (_?, 0): throw RecipeFileError(path: path, reason: "is no text, or UTF-16; save it as UTF-8")
        default: break
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw foreignByte(bytes, path) }
        return text
    }

    private static func bytes(_ path: String) throws -> [UInt8] {
        guard let status = FileSystem.status(of: path) else {
            throw RecipeFileError(
                path: path, reason: errno == ENOENT ? "there is no such file" : FileSystem.words(for: errno))
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw RecipeFileError(path: path, reason: "is a folder, not a recipe")
        // Whoever writes to it may never come.
        case S_IFIFO, S_IFSOCK:
            throw RecipeFileError(
                path: path, reason: "is a pipe; save the recipe in a file, which a run can be repeated from")
        default: throw RecipeFileError(path: path, reason: "is a device, not a recipe")
        }
        let bytes: [UInt8]
        do {
            bytes = try RegularFile(path).bytes(YAMLParser.maximumSize + 1)
        } catch {
            throw RecipeFileError(path: path, reason: "cannot be read: \(error)")
        }
        guard bytes.count <= YAMLParser.maximumSize else {
            throw RecipeFileError(
                path: path, reason: "is larger than \(YAMLParser.maximumSize) bytes; this cannot be a recipe")
        }
        return bytes
    }

    private static func utf16(_ bytes: [UInt8], _ path: String, _ unit: (UInt8, UInt8) -> UInt16) throws -> String {
        let units = stride(from: 0, to: bytes.count - 1, by: 2).map { unit(bytes[$0], bytes[$0 + 1]) }
        guard bytes.count % 2 == 0, !units.contains(0), let text = String(validating: units, as: UTF16.self) else {
            throw RecipeFileError(path: path, reason: "begins like UTF-16 and is none; save it as UTF-8")
        }
        return text
    }

    /// Names the first byte that is no UTF-8.
    private static func foreignByte(_ bytes: [UInt8], _ path: String) -> YAMLError {
        var parser = Unicode.UTF8.ForwardParser()
        var rest = bytes.makeIterator()
        var sound = String.UnicodeScalarView()
        var offset = 0
        while case .valid(let encoded) = parser.parseScalar(from: &rest) {
            sound.append(Unicode.UTF8.decode(encoded))
            offset += encoded.count
        }
        let lines = String(sound).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        let place = Location.file(
            path: path, line: lines.count, column: 1 + (lines.last?.unicodeScalars.count ?? 0))
        let byte = bytes[offset]
        let meant = byte < 0xA0 ? "" : " (`\(Unicode.Scalar(byte))` in Latin-1)"
        let number = String(byte, radix: 16, uppercase: true)
        return YAMLError(place, "the byte \(number)\(meant) is not UTF-8; save the file as UTF-8")
    }

    /// The file's name without extension, fit for a run's name.
    static func defaultName(of path: String) -> String {
        let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
        return Field.runName.read(.text(name)) ?? "run"
    }
}
