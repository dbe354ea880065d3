import Files
import Glibc

/// Names of images that are for one purpose, a line each.
struct PartList {
    let path: String
    private let lines: [(number: Int, name: String)]

    /// - Throws: `DatasetError` where the file cannot be read.
    init(_ path: String) throws {
        guard let bytes = FileSystem.bytes(of: path) else {
            throw DatasetError.unreadable(path: path, reason: FileSystem.wordsOfReading(errno))
        }
        self.path = path
        lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
            .map { ($0 + 1, String(String(fileName: $1.last == UInt8(ascii: "\r") ? $1.dropLast() : $1).trimmed)) }
            .filter { !$0.1.isEmpty }
    }

    /// The indices of the samples that are listed, by their names or by these without ending.
    /// - Throws: `CSVError` for a name that is none of theirs, or may be that of several.
    func members(of samples: [Sample]) throws -> [Int] {
        let byName = Dictionary(grouping: samples.indices) { FileName(samples[$0].name) }
        let byStem = Dictionary(grouping: samples.indices) { FileName(samples[$0].name.withoutEnding) }
        return try lines.map { number, name in
            let found = byName[FileName(name)] ?? byStem[FileName(name)] ?? []
            guard found.count == 1 else {
                let reason =
                    found.isEmpty
                    ? "there is no image \(quoted(name)); names are written as \(quoted(samples.first?.name ?? ""))"
                    : "\(quoted(name)) may be \(found.map { quoted(samples[$0].name) }.listed("or"))"
                throw CSVError(file: path, line: number, reason: reason)
            }
            return found[0]
        }
    }
}

extension String {
    /// Without what follows the last dot of the last component.
    var withoutEnding: String {
        let scalars = unicodeScalars
        guard let dot = scalars.lastIndex(of: "."), !scalars[dot...].contains("/") else { return self }
        return String(scalars[..<dot])
    }
}
