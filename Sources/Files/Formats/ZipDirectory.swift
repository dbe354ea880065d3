/// Reads the directory at the end of a zip archive, which may be hostile.
struct ZipDirectory {
    /// The archive, for errors.
    let path: String

    /// What takes more is no archive of models or data.
    private static let largestDirectory = 64 << 20
    private static let endLength = 22
    private static let locatorLength = 20
    private static let wideEndLength = 56
    /// What a field holds whose value stands in a wider one.
    private static let elsewhere = (short: 0xFFFF, long: 0xFFFF_FFFF)

    /// Where the directory lies, and how many entries it has.
    private struct Extent {
        var entryCount: Int
        var byteCount: Int
        var offset: Int
    }

    /// All entries, in the order of the directory.
    /// - Throws: `ZipError`.
    func entries(of file: borrowing RegularFile) throws(ZipError) -> [ZipArchive.Entry] {
        let extent = try extent(in: file)
        var fields = LittleEndianFields(try bytes(extent.byteCount, at: extent.offset, of: file))
        var entries: [ZipArchive.Entry] = []
        entries.reserveCapacity(extent.entryCount)
        for _ in 0..<extent.entryCount { entries.append(try entry(&fields)) }
        guard fields.isAtEnd else { throw error("is damaged: its directory holds more than its entries") }
        return try placed(entries, before: extent.offset)
    }

    private func extent(in file: borrowing RegularFile) throws(ZipError) -> Extent {
        let (record, offset) = try endRecord(of: file)
        var fields = LittleEndianFields(record)
        guard fields.skip(4), let disk = fields.next(UInt16.self), let firstDisk = fields.next(UInt16.self),
            let countOnDisk = fields.next(UInt16.self), let count = fields.next(UInt16.self),
            let byteCount = fields.next(UInt32.self), let start = fields.next(UInt32.self)
        else { throw error("is damaged: its end is no record of a directory") }
        let narrow = Extent(entryCount: count, byteCount: byteCount, offset: start)
        let wideOffset = try wideEndOffset(before: offset, in: file)
        let isWhole =
            countOnDisk == count && [disk, firstDisk].allSatisfy { $0 == 0 || wideOffset != nil && $0 == 0xFFFF }
        guard isWhole else { throw spanned }
        guard let wideOffset else { return try checked(narrow, end: offset) }
        let wide = try wideExtent(at: wideOffset, end: offset - Self.locatorLength, in: file)
        guard agrees(narrow, wide) else { throw error("is damaged: the two records of its directory differ") }
        return try checked(wide, end: wideOffset)
    }

    /// The last record, behind which there is nothing but the archive's comment.
    private func endRecord(of file: borrowing RegularFile) throws(ZipError) -> (record: [UInt8], offset: Int) {
        let length = min(file.byteCount, Self.endLength + 0xFFFF)
        let tail = try bytes(length, at: file.byteCount - length, of: file)
        let start = stride(from: length - Self.endLength, through: 0, by: -1).first { start in
            let commentLength = Int(tail[start + 20]) | Int(tail[start + 21]) << 8
            return tail[start...].starts(with: [0x50, 0x4B, 5, 6]) && start + Self.endLength + commentLength == length
        }
        guard let start else { throw try noArchive(file) }
        return (Array(tail[start..<start + Self.endLength]), file.byteCount - length + start)
    }

    private func noArchive(_ file: borrowing RegularFile) throws(ZipError) -> ZipError {
        let beginning = try bytes(min(4, file.byteCount), at: 0, of: file)
        if beginning.isEmpty { return error("is empty: copy or download it again") }
        return [0x50, 0x4B, 3, 4].starts(with: beginning)
            ? error("is cut off: a zip archive ends with a directory; copy or download it again")
            : error("is no zip archive")
    }

    /// Where the record with wide fields begins; nil where there is none.
    private func wideEndOffset(before end: Int, in file: borrowing RegularFile) throws(ZipError) -> Int? {
        guard end >= Self.locatorLength else { return nil }
        var fields = LittleEndianFields(try bytes(Self.locatorLength, at: end - Self.locatorLength, of: file))
        guard fields.skip([0x50, 0x4B, 6, 7]) else { return nil }
        guard let disk = fields.next(UInt32.self), let offset = fields.next(UInt64.self),
            let diskCount = fields.next(UInt32.self)
        else { return nil }
        guard disk == 0, diskCount <= 1 else { throw spanned }
        return offset
    }

    /// - Parameter end: where the record must end.
    private func wideExtent(at offset: Int, end: Int, in file: borrowing RegularFile) throws(ZipError) -> Extent {
        guard offset <= end - Self.wideEndLength else {
            throw error("is damaged: the record of its directory lies behind its end")
        }
        var fields = LittleEndianFields(try bytes(Self.wideEndLength, at: offset, of: file))
        guard fields.skip([0x50, 0x4B, 6, 6]), let length = fields.next(UInt64.self), length == end - offset - 12,
            fields.skip(4), let disk = fields.next(UInt32.self), let firstDisk = fields.next(UInt32.self),
            let countOnDisk = fields.next(UInt64.self), let count = fields.next(UInt64.self),
            let byteCount = fields.next(UInt64.self), let start = fields.next(UInt64.self)
        else { throw error("is damaged: its end is no record of a directory") }
        guard disk == 0, firstDisk == 0, countOnDisk == count else { throw spanned }
        return Extent(entryCount: count, byteCount: byteCount, offset: start)
    }

    private func agrees(_ narrow: Extent, _ wide: Extent) -> Bool {
        [wide.entryCount, Self.elsewhere.short].contains(narrow.entryCount)
            && [wide.byteCount, Self.elsewhere.long].contains(narrow.byteCount)
            && [wide.offset, Self.elsewhere.long].contains(narrow.offset)
    }

    /// - Parameter end: where the directory must end.
    private func checked(_ extent: Extent, end: Int) throws(ZipError) -> Extent {
        guard extent.offset <= end, extent.byteCount == end - extent.offset else {
            throw error("is damaged: its directory does not lie before its end")
        }
        guard extent.byteCount <= Self.largestDirectory else {
            throw error("has a directory of \(Words.bytes(extent.byteCount)), which is absurd")
        }
        // An entry takes 46 bytes and its name.
        guard extent.entryCount <= extent.byteCount / 46 else {
            throw error("is damaged: its directory has no room for \(extent.entryCount) entries")
        }
        return extent
    }

    private func entry(_ fields: inout LittleEndianFields) throws(ZipError) -> ZipArchive.Entry {
        guard fields.skip([0x50, 0x4B, 1, 2]), fields.skip(4), let flags = fields.next(UInt16.self),
            let method = fields.next(UInt16.self), fields.skip(4), let checksum = fields.next(UInt32.self),
            let packed = fields.next(UInt32.self), let size = fields.next(UInt32.self),
            let nameLength = fields.next(UInt16.self), let extraLength = fields.next(UInt16.self),
            let commentLength = fields.next(UInt16.self), let disk = fields.next(UInt16.self), fields.skip(6),
            let offset = fields.next(UInt32.self), let name = fields.take(nameLength),
            let extra = fields.take(extraLength), fields.skip(commentLength)
        else { throw error("is damaged: its directory ends within an entry") }
        let text = String(fileName: name)
        var wide = ZipWideFields(extra)
        guard let size = wide.value(size), let packed = wide.value(packed), let offset = wide.value(offset) else {
            throw ZipError(path: path, entry: text, reason: "is damaged: its 64-bit sizes are missing")
        }
        guard disk == 0 || disk == Self.elsewhere.short else { throw spanned }
        return ZipArchive.Entry(
            name: text, byteCount: size, packedByteCount: packed, method: ZipArchive.Method(code: method),
            isEncrypted: ZipFlags.areEncrypted(flags), checksum: UInt32(checksum), offset: offset)
    }

    /// Notes for each entry where the next one begins.
    /// - Throws: `ZipError` where two overlap, or one lies behind the beginning of the directory.
    private func placed(_ entries: [ZipArchive.Entry], before directory: Int) throws(ZipError) -> [ZipArchive.Entry] {
        var entries = entries
        var (end, next) = (directory, nil as Int?)
        for index in entries.indices.sorted(by: { entries[$0].offset > entries[$1].offset }) {
            let entry = entries[index]
            let headerLength = ZipFlags.headerLength + entry.name.fileNameBytes.count
            guard entry.offset <= end, end - entry.offset - headerLength >= entry.packedByteCount else {
                let obstacle = next.map { "overlaps the entry `\(entries[$0].name)`" } ?? "reaches beyond the contents"
                throw ZipError(path: path, entry: entry.name, reason: "is damaged: it \(obstacle)")
            }
            entries[index].end = end
            (end, next) = (entry.offset, index)
        }
        return entries
    }

    private func error(_ reason: String) -> ZipError { ZipError(path: path, reason: reason) }

    private var spanned: ZipError { error("is a part of an archive in several files; join them first") }

    private func bytes(_ count: Int, at offset: Int, of file: borrowing RegularFile) throws(ZipError) -> [UInt8] {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try file.bytes(count, at: offset)
        } catch {
            throw self.error("cannot be read: \(error)")
        }
        guard bytes.count == count else { throw error("has become shorter while it was read") }
        return bytes
    }
}

/// What did not fit into fields of 32 bits: the extra field 1 of an entry, which has values for those that are all ones.
struct ZipWideFields {
    private var values: LittleEndianFields?

    /// - Parameter extra: the extra fields of an entry, each a number, a length and so many bytes.
    init(_ extra: ArraySlice<UInt8>) {
        var fields = LittleEndianFields(extra)
        while let number = fields.next(UInt16.self), let length = fields.next(UInt16.self),
            let contents = fields.take(length)
        {
            guard number == 1 else { continue }
            values = LittleEndianFields(contents)
            return
        }
    }

    /// The value of a field, or of its wide one; nil where that is missing.
    mutating func value(_ narrow: Int) -> Int? {
        narrow == 0xFFFF_FFFF ? values?.next(UInt64.self) : narrow
    }
}

/// What the header of an entry and the directory have in common.
enum ZipFlags {
    /// The length of a header without the name and extra fields.
    static let headerLength = 30

    /// Whether the contents are encrypted, or headers are masked.
    static func areEncrypted(_ flags: Int) -> Bool { flags & (1 | 1 << 6 | 1 << 13) != 0 }

    /// Whether sizes and checksum follow the contents, and the header does not know them.
    static func haveDescriptor(_ flags: Int) -> Bool { flags & 1 << 3 != 0 }
}

extension ZipArchive.Method {
    init(code: Int) {
        switch code {
        case 0: self = .stored
        case 8: self = .deflated
        default: self = .other(code)
        }
    }
}
