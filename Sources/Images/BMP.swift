/// Decodes a Windows bitmap: 1 to 32 bits a pixel, run lengths and bit fields, of Windows and OS/2.
///
/// As in Pillow, run lengths that leave pixels out are an error.
/// - Throws: `ImageError`.
func decodeBMP(_ file: PictureFile) throws -> Image {
    let bitmap = try Bitmap(file)
    return try bitmap.image()
}

/// The header of a Windows bitmap.
private struct Bitmap {
    private let file: PictureFile
    private let reader: ByteReader
    private let width, height: Int
    private let isTopDown: Bool
    private let bitCount: Int
    private let compression: Compression
    /// The colours of pixels up to 8 bits.
    private let palette: [RGB]
    /// The bits of a pixel above 8 bits.
    private let channels: Channels
    /// Where the pixels begin.
    private let offset: Int

    private enum Compression: Int {
        case none, eightBitRuns, fourBitRuns, bitFields
    }

    private static let fileHeaderSize = 14
    private static let coreHeaderSize = 12
    private static let infoHeaderSizes: Set = [40, 52, 56, 64, 108, 124]

    init(_ file: PictureFile) throws {
        self.file = file
        let reader = ByteReader(bytes: file.bytes)
        func header(_ offset: Int, size: Int) throws -> Int {
            guard let value = reader.integer(at: Self.fileHeaderSize + offset, size: size) else { throw file.truncated }
            return value
        }

        let headerSize = try header(0, size: 4)
        let isCore = headerSize == Self.coreHeaderSize
        guard isCore || Self.infoHeaderSizes.contains(headerSize) else {
            throw file.unsupported("a header of \(headerSize) bytes")
        }
        let signedHeight = isCore ? try header(6, size: 2) : Int(Int32(truncatingIfNeeded: try header(8, size: 4)))
        width = try header(4, size: isCore ? 2 : 4)
        (height, isTopDown) = (abs(signedHeight), signedHeight < 0)
        try file.checkSize(width, height)
        bitCount = try header(isCore ? 10 : 14, size: 2)
        guard [1, 4, 8, 16, 24, 32].contains(bitCount) else { throw file.unsupported("\(bitCount) bits per pixel") }
        let code = isCore ? 0 : try header(16, size: 4)
        guard let compression = Compression(rawValue: code) else { throw file.unsupported("compression \(code)") }
        self.compression = compression

        let hasBitFields = compression == .bitFields
        guard !hasBitFields || bitCount > 8 else { throw file.unsupported("Huffman compression") }
        channels = hasBitFields ? try Channels(header, headerSize) : Channels(bitCount: bitCount)
        let masksBehindHeader = hasBitFields && headerSize == 40 ? 12 : 0
        let paletteStart = Self.fileHeaderSize + headerSize + masksBehindHeader
        let entrySize = isCore ? 3 : 4
        let declaredCount = isCore ? 0 : try header(32, size: 4)
        let colourCount = bitCount > 8 ? 0 : declaredCount == 0 ? 1 << bitCount : declaredCount
        guard colourCount <= 1 << 16 else { throw file.unsupported("a palette of \(colourCount) colours") }
        palette = Self.palette(reader, at: paletteStart, count: colourCount, entrySize: entrySize)
        let declaredOffset = try header(10 - Self.fileHeaderSize, size: 4)
        // Some files claim that the pixels begin where the palette does.
        let isBehindPalette = declaredOffset == 0 || declaredOffset == Self.fileHeaderSize + headerSize && bitCount <= 8
        offset = isBehindPalette ? paletteStart + entrySize * colourCount : declaredOffset
        self.reader = reader
    }

    /// 256 colours, blue first in the file. Those that it does not name are black, or greys where the others are greys too.
    private static func palette(_ reader: ByteReader, at start: Int, count: Int, entrySize: Int) -> [RGB] {
        let greys = (0..<256).map { RGB(UInt8($0), UInt8($0), UInt8($0)) }
        let named = (0..<min(count, 256)).prefix { start + ($0 + 1) * entrySize <= reader.bytes.count }.map { index in
            let place = start + index * entrySize
            return RGB(reader.bytes[place + 2], reader.bytes[place + 1], reader.bytes[place])
        }
        let rest = named[...] == greys[..<named.count] ? greys : [RGB](repeating: .black, count: 256)
        return named + rest[named.count...]
    }

    func image() throws -> Image {
        let isCoded = compression == .eightBitRuns || compression == .fourBitRuns
        let indices = isCoded ? try decodedRuns() : []
        if !isCoded { try checkLength() }
        return try file.picture(width, height) { output in
            for y in 0..<height {
                let row = output + 3 * width * (isTopDown ? y : height - 1 - y)
                if isCoded {
                    for x in 0..<width { write(palette[Int(indices[y * width + x])], to: row + 3 * x) }
                } else if bitCount <= 8 {
                    readIndices(ofRow: y, into: row)
                } else {
                    readColours(ofRow: y, into: row)
                }
            }
        }
    }

    // Uncompressed pixels

    /// Rows are padded to whole four bytes.
    private var rowByteCount: Int { (width * bitCount + 31) / 32 * 4 }

    /// The last row may lack its padding.
    private func checkLength() throws {
        guard reader.slice(at: offset, count: rowByteCount * (height - 1) + (width * bitCount + 7) / 8) != nil else {
            throw file.truncated
        }
    }

    private func readIndices(ofRow y: Int, into row: UnsafeMutablePointer<UInt8>) {
        let start = offset + y * rowByteCount
        let (perByte, mask) = (8 / bitCount, 1 << bitCount - 1)
        for x in 0..<width {
            let byte = Int(reader.bytes[start + x / perByte])
            write(palette[byte >> (8 - bitCount * (x % perByte + 1)) & mask], to: row + 3 * x)
        }
    }

    private func readColours(ofRow y: Int, into row: UnsafeMutablePointer<UInt8>) {
        let size = bitCount / 8
        var place = offset + y * rowByteCount
        for x in 0..<width {
            var pixel: UInt32 = 0
            for byte in 0..<size { pixel |= UInt32(reader.bytes[place + byte]) << (8 * UInt32(byte)) }
            write(channels.colour(of: pixel), to: row + 3 * x)
            place += size
        }
    }

    private func write(_ colour: RGB, to pixel: UnsafeMutablePointer<UInt8>) {
        (pixel[0], pixel[1], pixel[2]) = (colour.red, colour.green, colour.blue)
    }

    // Run lengths

    /// One index for each pixel, rows in the order of the file.
    private func decodedRuns() throws -> [UInt8] {
        let count = width * height
        var indices: [UInt8] = []
        indices.reserveCapacity(count)
        var place = offset
        var x = 0
        while indices.count < count, let length = reader.byte(at: place), let value = reader.byte(at: place + 1) {
            place += 2
            if length > 0 {
                let length = min(length, max(width - x, 0))
                for index in 0..<length { indices.append(runIndex(UInt8(value), index)) }
                x += length
                continue
            }
            switch value {
            case 0:
                // The end of the row.
                indices.append(contentsOf: repeatElement(0, count: (width - indices.count % width) % width))
                x = 0
            case 1: throw file.truncated
            case 2:
                guard let right = reader.byte(at: place), let down = reader.byte(at: place + 1) else {
                    throw file.truncated
                }
                place += 2
                let skipped = min(count - indices.count, right + down * width)
                indices.append(contentsOf: repeatElement(0, count: skipped))
                x = indices.count % width
            default:
                let wanted = min(value, count - indices.count)
                let byteCount = compression == .fourBitRuns ? (wanted + 1) / 2 : wanted
                guard let bytes = reader.slice(at: place, count: byteCount) else { throw file.truncated }
                appendLiteral(bytes, count: wanted, to: &indices)
                x += value
                // Literals end at whole words of the file.
                place += byteCount
                place += place % 2
            }
        }
        guard indices.count >= count else { throw file.truncated }
        return indices
    }

    /// The index that a run repeats: of four bits two take turns.
    private func runIndex(_ value: UInt8, _ position: Int) -> UInt8 {
        guard compression == .fourBitRuns else { return value }
        return position % 2 == 0 ? value >> 4 : value & 15
    }

    private func appendLiteral(_ bytes: ArraySlice<UInt8>, count: Int, to indices: inout [UInt8]) {
        guard compression == .fourBitRuns else { return indices.append(contentsOf: bytes) }
        for index in 0..<count { indices.append(runIndex(bytes[bytes.startIndex + index / 2], index)) }
    }
}

/// Which bits of a pixel are which colour.
private struct Channels {
    private let red, green, blue: UInt32
    /// No bits where there is no transparency.
    private let alpha: UInt32

    /// Bits as they are where no header says otherwise.
    init(bitCount: Int) {
        (red, green, blue) = bitCount == 16 ? (0x7C00, 0x3E0, 0x1F) : (0xFF0000, 0xFF00, 0xFF)
        alpha = 0
    }

    /// The bit fields that a header names, or that stand behind one of 40 bytes.
    init(_ header: (Int, Int) throws -> Int, _ headerSize: Int) throws {
        let masks = try (0..<3).map { UInt32(truncatingIfNeeded: try header(40 + 4 * $0, 4)) }
        let alpha = headerSize >= 56 ? UInt32(truncatingIfNeeded: try header(52, 4)) : 0
        if masks.allSatisfy({ $0 == 0 }) && alpha == 0 {
            (red, green, blue, self.alpha) = (0xFF0000, 0xFF00, 0xFF, 0xFF00_0000)
        } else {
            (red, green, blue, self.alpha) = (masks[0], masks[1], masks[2], alpha)
        }
    }

    func colour(of pixel: UInt32) -> RGB {
        let colour = RGB(level(pixel, red), level(pixel, green), level(pixel, blue))
        return alpha == 0 ? colour : colour.onWhite(alpha: level(pixel, alpha))
    }

    /// The bits under a mask, stretched to 0...255.
    private func level(_ pixel: UInt32, _ mask: UInt32) -> UInt8 {
        guard mask != 0 else { return 0 }
        let shift = mask.trailingZeroBitCount
        return UInt8(truncatingIfNeeded: UInt64((pixel & mask) >> shift) * 255 / UInt64(mask >> shift))
    }
}
