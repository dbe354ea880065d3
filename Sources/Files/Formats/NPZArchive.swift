/// NumPy's archive of named arrays, as `savez` and `savez_compressed` write it: a zip archive of `.npy` files.
///
/// Opening it reads the names alone. An array is read when it is asked for, straight into the memory that it stays in.
/// Several threads may read at once.
package final class NPZArchive: Sendable {
    private let archive: ZipArchive
    /// Of the arrays, in the order of the archive. What else the archive holds is passed over.
    package let names: [String]

    private static let suffix = ".npy"

    /// - Throws: `ZipError` where the file is no zip archive or is damaged.
    package init(_ path: String) throws {
        archive = try ZipArchive(path)
        names = archive.entries.compactMap { entry in
            let name = entry.name.unicodeScalars
            guard name.suffix(Self.suffix.utf8.count).elementsEqual(Self.suffix.unicodeScalars) else { return nil }
            return String(name.dropLast(Self.suffix.utf8.count))
        }
    }

    /// The file.
    package var path: String { archive.path }

    /// The size of the file.
    package var byteCount: Int { archive.byteCount }

    /// Shape and element type of an array. Its elements are not read.
    /// - Throws: `NumPyError` where there is no such array, its header is damaged, or its elements are not read; `ZipError`.
    package func header(of name: String) throws -> NPYHeader { try NPYHeader(source(name)) }

    /// An array.
    /// - Parameter limit: how many bytes its elements may take.
    /// - Throws: `NumPyError` where there is no such array, it is damaged, larger, or holds elements that are not read;
    ///   `ZipError`; `CancellationError`.
    package func array(_ name: String, limit: Int) throws -> NPYArray { try NPYArray(source(name), limit: limit) }

    private func source(_ name: String) throws -> NPYEntrySource {
        guard let entry = archive.entry(name + Self.suffix) else {
            throw NumPyError(path: path, reason: "has no array `\(name)`\(suggestion(for: name, in: names))")
        }
        return NPYEntrySource(name, try ZipEntryReader(archive, entry), path)
    }
}

/// An `.npy` file in a zip archive, read from front to back.
private final class NPYEntrySource: NPYSource {
    private let name: String
    private let reader: ZipEntryReader
    private let path: String

    init(_ name: String, _ reader: ZipEntryReader, _ path: String) {
        self.name = name
        self.reader = reader
        self.path = path
    }

    var byteCount: Int { reader.entry.byteCount }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int { try reader.read(into: buffer) }

    func error(_ reason: String) -> NumPyError { NumPyError(path: path, array: name, reason: reason) }
}
