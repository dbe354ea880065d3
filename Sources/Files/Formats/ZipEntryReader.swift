/// Reads the contents of one entry of a zip archive from front to back, straight into the reader's memory.
package final class ZipEntryReader {
    private let archive: ZipArchive
    package let entry: ZipArchive.Entry
    /// How much of the contents was read.
    private var position = 0
    private var checksum = CRC32()
    private var isWhole = false
    /// Nil where the contents are stored as they are.
    private let inflater: Inflater?
    /// Where the packed contents lie that were not read yet.
    private var packed: Range<Int>
    /// What was read of them and not inflated yet.
    private var input: ArraySlice<UInt8> = []

    /// No packed byte stands for more: a match of 258 bytes takes two bits at least.
    private static let largestRatio = 1032
    /// As much is read at once as stays in a cache until its checksum is taken.
    private static let partLength = 1 << 18

    /// Begins at the front of an entry.
    /// - Throws: `ZipError` where it is encrypted or packed in a way that is not read, its sizes contradict each other, or
    ///   its header contradicts the directory.
    package init(_ archive: ZipArchive, _ entry: ZipArchive.Entry) throws {
        self.archive = archive
        self.entry = entry
        guard !entry.isEncrypted else { throw archive.error(entry, "is encrypted; save it without a password") }
        switch entry.method {
        case .stored where entry.byteCount == entry.packedByteCount: inflater = nil
        case .deflated where entry.byteCount / Self.largestRatio <= entry.packedByteCount:
            do {
                inflater = try Inflater()
            } catch {
                throw archive.error(entry, Self.words(for: error))
            }
        case .stored, .deflated:
            throw archive.error(
                entry, "is damaged: \(entry.byteCount) bytes cannot be packed into \(entry.packedByteCount)")
        case .other(let code):
            throw archive.error(entry, "is packed by the method \(Self.name(ofMethod: code)); store it, or deflate it")
        }
        packed = try ZipHeader(archive, entry).packed
    }

    /// Reads until the buffer is full, or as much as there is. What brings the contents to their end proves all of them.
    /// - Returns: how many bytes.
    /// - Throws: `ZipError` where the contents are damaged, or turn out larger or smaller than declared; `CancellationError`.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let count = min(buffer.count, entry.byteCount - position)
        for done in stride(from: 0, to: count, by: Self.partLength) {
            try Cancellation.check()
            let end = min(done + Self.partLength, count)
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[done..<end])
            try fill(part)
            checksum.add(UnsafeRawBufferPointer(part))
            position += part.count
        }
        if position == entry.byteCount, !isWhole { try finish() }
        return count
    }

    private func fill(_ part: UnsafeMutableRawBufferPointer) throws {
        guard let inflater else {
            try archive.read(into: part, at: packed.lowerBound, of: entry)
            packed = packed.lowerBound + part.count..<packed.upperBound
            return
        }
        var done = 0
        while done < part.count {
            guard !inflater.hasEnded else {
                throw archive.error(
                    entry, "is damaged: it inflates to \(position + done) bytes where \(entry.byteCount) are declared")
            }
            done += try step(inflater, into: UnsafeMutableRawBufferPointer(rebasing: part[done...]))
        }
    }

    /// Makes sure that nothing follows the contents, and that they are what was put in.
    private func finish() throws {
        if let inflater {
            while !inflater.hasEnded {
                _ = try step(inflater, into: UnsafeMutableRawBufferPointer(start: nil, count: 0))
            }
            guard input.isEmpty, packed.isEmpty else {
                throw archive.error(entry, "is damaged: something follows the end of its contents")
            }
        }
        guard checksum.value == entry.checksum else {
            throw archive.error(entry, "is damaged: its contents are not what was put in, by their checksum")
        }
        isWhole = true
    }

    /// Inflates a bit.
    /// - Returns: how many bytes were made.
    private func step(_ inflater: Inflater, into room: UnsafeMutableRawBufferPointer) throws -> Int {
        if input.isEmpty, !packed.isEmpty {
            let count = min(packed.count, Self.partLength)
            input = try archive.bytes(count, at: packed.lowerBound, of: entry)[...]
            packed = packed.lowerBound + count..<packed.upperBound
        }
        let (taken, made): (Int, Int)
        do {
            (taken, made) = try input.withUnsafeBytes { try inflater.inflate($0, into: room) }
        } catch let fault as Inflater.Fault {
            throw archive.error(entry, Self.words(for: fault))
        }
        input = input.dropFirst(taken)
        guard taken > 0 || made > 0 || inflater.hasEnded else {
            throw archive.error(
                entry,
                input.isEmpty
                    ? "is damaged: its contents end too soon"
                    : "is damaged: it inflates to more than the \(entry.byteCount) bytes that are declared")
        }
        return made
    }

    private static func words(for fault: Inflater.Fault) -> String {
        switch fault {
        case .outOfMemory: "cannot be inflated: there is not enough memory"
        case .damaged(let words): "is damaged: it cannot be inflated\(words.isEmpty ? "" : " (\(words))")"
        }
    }

    private static func name(ofMethod code: Int) -> String {
        let names = [9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "xz", 99: "AES"]
        return names[code].map { "\(code), \($0)" } ?? "\(code)"
    }
}

extension ZipArchive {
    /// Where the contents of an entry lie in the file, just as they are. Whether they are right is not looked at.
    /// - Throws: `ZipError` where they are packed or encrypted, the entry's header contradicts the directory, or something
    ///   lies between it and the next.
    package func storedRange(of entry: Entry) throws(ZipError) -> Range<Int> {
        guard !entry.isEncrypted else { throw error(entry, "is encrypted; save it without a password") }
        guard entry.method == .stored else {
            throw error(entry, "is packed, and cannot be read where it lies; store it, without compression")
        }
        guard entry.byteCount == entry.packedByteCount else {
            throw error(
                entry, "is damaged: \(entry.byteCount) bytes cannot be stored as \(entry.packedByteCount)")
        }
        let header = try ZipHeader(self, entry)
        let gap = entry.end - header.packed.upperBound
        let end = gap > 24 ? nil : try bytes(gap, at: header.packed.upperBound, of: entry)
        guard let end, header.hasDescriptor ? Self.isDescriptor(end, of: entry) : end.isEmpty else {
            throw error(entry, "is damaged: it does not end where the next one begins")
        }
        return header.packed
    }

    /// A signature, the checksum and the sizes, in 32 or 64 bits each. That they stand behind the contents proves where these
    /// lie, which hangs on lengths in the header alone; so those without a signature, which few have written, do not count.
    private static func isDescriptor(_ bytes: [UInt8], of entry: Entry) -> Bool {
        var fields = LittleEndianFields(bytes)
        return [16, 24].contains(bytes.count) && fields.skip([0x50, 0x4B, 7, 8])
            && fields.next(UInt32.self) == Int(entry.checksum)
    }
}

/// The header of an entry, before its contents.
private struct ZipHeader {
    /// Where the packed contents lie.
    let packed: Range<Int>
    /// Whether sizes and checksum follow them.
    let hasDescriptor: Bool

    /// - Throws: `ZipError` where it is not what the directory says.
    init(_ archive: ZipArchive, _ entry: ZipArchive.Entry) throws(ZipError) {
        let length = ZipFlags.headerLength
        var fields = LittleEndianFields(try archive.bytes(length, at: entry.offset, of: entry))
        guard fields.skip([0x50, 0x4B, 3, 4]), fields.skip(2), let flags = fields.next(UInt16.self),
            let method = fields.next(UInt16.self), fields.skip(4), let checksum = fields.next(UInt32.self),
            let packed = fields.next(UInt32.self), let size = fields.next(UInt32.self),
            let nameLength = fields.next(UInt16.self), let extraLength = fields.next(UInt16.self)
        else { throw archive.error(entry, "is damaged: where it should begin is no entry") }
        let start = entry.offset + length + nameLength + extraLength
        guard start <= entry.end - entry.packedByteCount else {
            throw archive.error(entry, "is damaged: it reaches beyond where the next one begins")
        }
        let tail = try archive.bytes(nameLength + extraLength, at: entry.offset + length, of: entry)
        var wide = ZipWideFields(tail[nameLength...])
        let numbers = [wide.value(size), wide.value(packed), checksum]
        guard tail[..<nameLength].elementsEqual(entry.name.fileNameBytes),
            ZipArchive.Method(code: method) == entry.method, !ZipFlags.areEncrypted(flags),
            ZipFlags.haveDescriptor(flags)
                || numbers == [entry.byteCount, entry.packedByteCount, Int(entry.checksum)]
        else { throw archive.error(entry, "is damaged: its header and the archive's directory differ") }
        self.packed = start..<start + entry.packedByteCount
        hasDescriptor = ZipFlags.haveDescriptor(flags)
    }
}
