/// The first directory of a TIFF structure, which EXIF data are too. A later entry of a tag replaces an earlier one.
struct TIFFDirectory {
    private let reader: ByteReader
    private var entries: [Int: Entry] = [:]

    private struct Entry {
        let type: ElementType
        let count: Int
        /// Where the values lie.
        let offset: Int
    }

    /// The types of TIFF 6.0 and BigTIFF, by their numbers.
    private enum ElementType: Int {
        case byte = 1
        case ascii, short, long, rational, signedByte, undefined, signedShort, signedLong, signedRational, float, double
        case directory = 13
        case long8 = 16
        case signedLong8, directory8

        var size: Int {
            switch self {
            case .byte, .ascii, .signedByte, .undefined: 1
            case .short, .signedShort: 2
            case .long, .signedLong, .float, .directory: 4
            case .rational, .signedRational, .double, .long8, .signedLong8, .directory8: 8
            }
        }

        var isInteger: Bool {
            switch self {
            case .short, .long, .signedShort, .signedLong, .directory, .long8, .signedLong8, .directory8: true
            case .byte, .ascii, .rational, .signedByte, .undefined, .signedRational, .float, .double: false
            }
        }
    }

    /// Nil where the bytes do not begin as a TIFF structure does. Entries that make no sense are passed over.
    init?(_ bytes: [UInt8]) {
        guard let order = ["II", "MM"].first(where: { bytes.starts(with: $0.utf8) }) else { return nil }
        reader = ByteReader(bytes: bytes, isBigEndian: order == "MM")
        let (isBig, width): (Bool, Int)
        switch reader.word(at: 2) {
        case 42: (isBig, width) = (false, 4)
        case 43: (isBig, width) = (true, 8)
        default: return nil
        }
        let countSize = isBig ? 8 : 2
        guard let start = reader.integer(at: isBig ? 8 : 4, size: width),
            let count = reader.integer(at: start, size: countSize)
        else { return }
        let entrySize = 4 + 2 * width
        let first = start + countSize
        for index in 0..<min(count, (bytes.count - first) / entrySize) {
            read(entryAt: first + index * entrySize, width: width)
        }
    }

    /// - Parameter width: the size of counts and offsets in bytes.
    private mutating func read(entryAt offset: Int, width: Int) {
        guard let tag = reader.word(at: offset),
            let type = reader.word(at: offset + 2).flatMap(ElementType.init),
            let count = reader.integer(at: offset + 4, size: width), count > 0, count <= reader.bytes.count
        else { return }
        let inline = offset + 4 + width
        let size = count * type.size
        guard let place = size <= width ? inline : reader.integer(at: inline, size: width),
            place <= reader.bytes.count - size
        else { return }
        entries[tag] = Entry(type: type, count: count, offset: place)
    }

    /// Whether there is a sound entry of this tag.
    func contains(_ tag: Int) -> Bool { entries[tag] != nil }

    /// The first number of an entry; nil where there is none, or one of another type.
    func integer(_ tag: Int) -> Int? {
        guard let entry = entries[tag], entry.type.isInteger else { return nil }
        return reader.integer(at: entry.offset, size: entry.type.size)
    }

    /// The bytes of an entry.
    func bytes(_ tag: Int) -> ArraySlice<UInt8>? {
        entries[tag].flatMap { reader.slice(at: $0.offset, count: $0.count * $0.type.size) }
    }
}
