/// The files in an archive of tar: POSIX.1-1988's `ustar`, as Python writes it.
struct TarDirectory {
    /// Where the contents of each file lie, by its name.
    let files: [String: Range<Int>]

    private static let blockLength = 512
    /// PyTorch's archives have four.
    private static let mostEntries = 1000

    static func begins(_ bytes: [UInt8]) -> Bool { bytes.dropFirst(257).starts(with: "ustar".utf8) }

    /// - Throws: `PickleFault` where the archive is cut off or damaged, holds links, or far more than PyTorch's do.
    init(_ bytes: UnsafeRawBufferPointer) throws(PickleFault) {
        var files: [String: Range<Int>] = [:]
        var (position, entryCount) = (0, 0)
        while let header = try TarHeader(bytes, at: position) {
            entryCount += 1
            guard entryCount <= Self.mostEntries else {
                throw PickleFault("is an archive of tar with more than \(Self.mostEntries) files, and not PyTorch's")
            }
            let start = position + Self.blockLength
            guard header.byteCount <= bytes.count - start else {
                throw PickleFault("is cut off within the file `\(header.name)`: copy or download it again")
            }
            if header.isFile, files.updateValue(start..<start + header.byteCount, forKey: header.name) != nil {
                throw PickleFault("holds the file `\(header.name)` twice")
            }
            position = start + (header.byteCount + Self.blockLength - 1) / Self.blockLength * Self.blockLength
        }
        self.files = files
    }
}

/// The block before a file in an archive of tar.
private struct TarHeader {
    let name: String
    let byteCount: Int
    /// Whether a file's contents follow: neither a folder nor what is to be known of the next file.
    let isFile: Bool

    /// Nil at the archive's end, which is a block of zeros.
    init?(_ bytes: UnsafeRawBufferPointer, at position: Int) throws(PickleFault) {
        guard position <= bytes.count - 512 else {
            throw PickleFault("is cut off: an archive of tar ends with a block of zeros; copy or download it again")
        }
        let block = UnsafeRawBufferPointer(rebasing: bytes[position..<position + 512])
        if block.allSatisfy({ $0 == 0 }) { return nil }
        // The checksum is taken as if its own field were blanks.
        let sum = block.reduce(0) { $0 + Int($1) } - block[148..<156].reduce(0) { $0 + Int($1) } + 8 * 0x20
        guard block[257..<262].elementsEqual("ustar".utf8), Self.octal(block[148..<156]) == sum,
            let byteCount = Self.octal(block[124..<136])
        else {
            throw PickleFault(
                "is damaged: at byte \(position) should be the header of a file; copy or download it again")
        }
        name = String(decoding: block[..<100].prefix { $0 != 0 }, as: UTF8.self)
        self.byteCount = byteCount
        switch block[156] {
        case 0, UInt8(ascii: "0"): isFile = true
        // Folders, and more about the next file.
        case UInt8(ascii: "5"), UInt8(ascii: "x"), UInt8(ascii: "g"): isFile = false
        default: throw PickleFault("holds `\(name)`, a link or a device, which is refused: \(PickleFault.remedy)")
        }
    }

    /// A number in digits of eight, ended by a blank or a zero; nil where it is none.
    private static func octal(_ field: Slice<UnsafeRawBufferPointer>) -> Int? {
        let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0 && $0 != 0x20 }
        return Int(String(decoding: digits, as: UTF8.self), radix: 8).flatMap { $0 >= 0 ? $0 : nil }
    }
}
