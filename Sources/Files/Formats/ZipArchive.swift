import Glibc

/// A zip archive, open for reading: APPNOTE.TXT of PKWARE, its entries stored or deflated, with sizes of 32 or 64 bits.
///
/// The directory at the archive's end tells what there is. Opening an archive makes sure that its entries lie apart from
/// each other and before the directory, and that no two have one name; nothing is read of them. Whoever reads an entry gets
/// what was put in, by its size and its CRC-32, or an error. Several threads may read at once.
package final class ZipArchive: Sendable {
    /// How an entry is packed.
    package enum Method: Equatable, Sendable {
        case stored
        case deflated
        /// By a method that is not read, with its number in the format.
        case other(Int)
    }

    /// What the directory says of one file in the archive.
    package struct Entry: Equatable, Sendable {
        /// As the archive has it. Bytes that are not UTF-8 stand in it as in names of files.
        package let name: String
        /// The size of its contents.
        package let byteCount: Int
        /// The size that they have in the archive.
        package let packedByteCount: Int
        package let method: Method
        package let isEncrypted: Bool
        /// CRC-32 of the contents.
        let checksum: UInt32
        /// Whether the archive has a checksum of the contents; what writes none leaves a zero.
        package var hasChecksum: Bool { checksum != 0 || byteCount == 0 }
        /// Where its header begins.
        let offset: Int
        /// Where the next entry begins, or else the directory.
        var end = 0
    }

    /// The file.
    package let path: String
    /// In the order of the directory.
    package let entries: [Entry]
    private let file: RegularFile
    private let indices: [FileName: Int]

    /// Opens an archive and reads its directory.
    /// - Throws: `ZipError` where the file cannot be read, is no archive, is cut off or damaged, or is a part of one.
    package init(_ path: String) throws {
        self.path = path
        do {
            file = try RegularFile(path)
        } catch {
            throw ZipError(path: path, reason: Self.words(for: error))
        }
        entries = try ZipDirectory(path: path).entries(of: file)
        indices = try Self.indices(of: entries, path)
    }

    private static func indices(of entries: [Entry], _ path: String) throws(ZipError) -> [FileName: Int] {
        var indices: [FileName: Int] = [:]
        for (index, entry) in entries.enumerated() {
            guard indices.updateValue(index, forKey: FileName(entry.name)) == nil else {
                throw ZipError(path: path, entry: entry.name, reason: "is there twice")
            }
        }
        return indices
    }

    private static func words(for error: SystemError) -> String {
        switch error.code {
        case ENOENT: "no such file"
        case EISDIR: "is a folder, not a zip archive"
        case EINVAL: "is no ordinary file"
        default: "cannot be read: \(error)"
        }
    }

    /// The size of the file.
    package var byteCount: Int { file.byteCount }

    /// The entry of a name; nil where there is none.
    package func entry(_ name: String) -> Entry? { indices[FileName(name)].map { entries[$0] } }

    /// The contents of an entry.
    /// - Parameter limit: how many bytes are taken at most.
    /// - Throws: `ZipError` where the contents are larger, damaged or packed in a way that is not read; `CancellationError`.
    package func bytes(of entry: Entry, limit: Int) throws -> [UInt8] {
        guard entry.byteCount <= limit else {
            throw error(
                entry, "holds \(Words.bytes(entry.byteCount)), more than the \(Words.bytes(limit)) that are taken")
        }
        let reader = try ZipEntryReader(self, entry)
        return try [UInt8](unsafeUninitializedCapacity: entry.byteCount) { buffer, count in
            let room = UnsafeMutableRawBufferPointer(buffer)
            count = try reader.read(into: UnsafeMutableRawBufferPointer(rebasing: room[..<entry.byteCount]))
        }
    }

    /// Hands out the contents of an entry, a mebibyte at a time. Whether they are right is known at the end.
    /// - Throws: `ZipError` as `bytes(of:limit:)`; what `body` throws; `CancellationError`.
    package func forEachPart(of entry: Entry, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let reader = try ZipEntryReader(self, entry)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { buffer.deallocate() }
        while true {
            let count = try reader.read(into: buffer)
            guard count > 0 else { return }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// So many bytes of the file.
    /// - Throws: `ZipError` where it has become shorter, or cannot be read.
    func bytes(_ count: Int, at offset: Int, of entry: Entry) throws(ZipError) -> [UInt8] {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try file.bytes(count, at: offset)
        } catch {
            throw self.error(entry, "cannot be read: \(error)")
        }
        guard bytes.count == count else { throw error(entry, "is cut off: the file has become shorter") }
        return bytes
    }

    /// Fills a buffer with bytes of the file.
    /// - Throws: `ZipError` as `bytes(_:at:of:)`.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int, of entry: Entry) throws(ZipError) {
        let count: Int
        do throws(SystemError) {
            count = try FileSystem.read(into: buffer, from: file.descriptor, at: offset)
        } catch {
            throw self.error(entry, "cannot be read: \(error)")
        }
        guard count == buffer.count else { throw error(entry, "is cut off: the file has become shorter") }
    }

    func error(_ entry: Entry, _ reason: String) -> ZipError { ZipError(path: path, entry: entry.name, reason: reason) }
}
