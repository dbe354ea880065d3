/// An archive of files that are not compressed, as `.npz` files are: APPNOTE.TXT of PKWARE, with 64-bit sizes throughout.
package final class ZipFile {
    private struct Entry {
        let name: [UInt8]
        let size: Int
        let offset: Int
        var checksum: UInt32
    }

    private let file: OutputFile
    private var entries: [Entry] = []
    private var position = 0

    /// - Throws: `OutputError`.
    package init(_ path: String) throws { file = try OutputFile(path) }

    /// Adds the contents of a file.
    /// - Throws: `OutputError`, also where the file cannot be read; `CancellationError`.
    package func add(_ name: String, copying source: String) throws {
        do {
            let input = try RegularFile(source)
            try add(name, byteCount: input.byteCount) { put in
                try input.forEachPart(input.byteCount) { part in
                    try Cancellation.check()
                    try put(part)
                }
            }
        } catch let error as SystemError {
            throw OutputError(path: source, code: error.code)
        }
    }

    /// Adds what `write` puts, `byteCount` bytes in all.
    /// - Throws: `OutputError`; what `write` throws.
    package func add(
        _ name: String, byteCount: Int, _ write: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws {
        var entry = Entry(name: Array(name.utf8), size: byteCount, offset: position, checksum: 0)
        try put(header(entry))
        let start = position
        var checksum = CRC32()
        try write { bytes in
            checksum.add(bytes)
            try file.write(bytes)
            position += bytes.count
        }
        precondition(position - start == byteCount, "\(name) has another size than told")
        entry.checksum = checksum.value
        try file.overwrite(Array(littleEndian(checksum.value)), at: entry.offset + 14)
        entries.append(entry)
    }

    /// Writes the directory and completes the file.
    /// - Throws: `OutputError`.
    package func finish() throws {
        let directory = position
        for entry in entries { try put(directoryEntry(entry)) }
        let end = position
        let counts = littleEndian(UInt64(entries.count)) + littleEndian(UInt64(entries.count))
        let extent = littleEndian(UInt64(end - directory)) + littleEndian(UInt64(directory))
        try put(
            littleEndian(UInt32(0x0606_4B50)) + littleEndian(UInt64(44)) + littleEndian(UInt16(45))
                + littleEndian(UInt16(45)) + littleEndian(UInt64(0)) + counts + extent)
        try put(
            littleEndian(UInt32(0x0706_4B50)) + littleEndian(UInt32(0)) + littleEndian(UInt64(end))
                + littleEndian(UInt32(1)))
        // What does not fit stands in the record above.
        let short = littleEndian(UInt16(clamping: entries.count))
        try put(
            Self.endMark + littleEndian(UInt32(0)) + short + short + littleEndian(UInt32(clamping: end - directory))
                + littleEndian(UInt32(clamping: directory)) + littleEndian(UInt16(0)))
        try file.finish()
    }

    private static let endMark: [UInt8] = [0x50, 0x4B, 5, 6]

    /// Whether a file ends as archives of this kind do.
    package static func isWhole(_ path: String) -> Bool {
        guard let file = try? RegularFile(path), file.byteCount >= 22 else { return false }
        return (try? file.bytes(4, at: file.byteCount - 22)) == endMark
    }

    private func put(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes(file.write)
        position += bytes.count
    }

    /// Version 4.5, names in UTF-8, stored as it is, on the first day of 1980.
    private static let kind: [UInt8] = [45, 0, 0, 8, 0, 0, 0, 0, 0x21, 0]
    private static let tooLarge = [UInt8](repeating: 0xFF, count: 4)

    private func header(_ entry: Entry) -> [UInt8] {
        let sizes = littleEndian(UInt64(entry.size)) + littleEndian(UInt64(entry.size))
        return [0x50, 0x4B, 3, 4] + Self.kind + littleEndian(entry.checksum) + Self.tooLarge + Self.tooLarge
            + littleEndian(UInt16(entry.name.count)) + littleEndian(UInt16(20)) + entry.name
            + littleEndian(UInt16(1)) + littleEndian(UInt16(16)) + sizes
    }

    private func directoryEntry(_ entry: Entry) -> [UInt8] {
        let sizes = littleEndian(UInt64(entry.size)) + littleEndian(UInt64(entry.size))
        var bytes: [UInt8] = [0x50, 0x4B, 1, 2, 45, 3] + Self.kind
        bytes += littleEndian(entry.checksum) + Self.tooLarge + Self.tooLarge
        bytes += littleEndian(UInt16(entry.name.count)) + littleEndian(UInt16(28))
        // No comment, the first disk, no attributes but those of a file that all may read.
        bytes += [0, 0, 0, 0, 0, 0] + littleEndian(UInt32(0o100644) << 16) + Self.tooLarge
        bytes += entry.name + littleEndian(UInt16(1)) + littleEndian(UInt16(24)) + sizes
        return bytes + littleEndian(UInt64(entry.offset))
    }
}

private func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
