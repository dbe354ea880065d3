import CPNG

/// What the chunks of a PNG file say about how a camera was held. libpng does not see them: it would keep all texts, and
/// a small file may unfold into gigabytes of them.
struct PNGChunks {
    private var exif: [UInt8] = []
    private var exifText: Text?
    private var xmp: Text?

    /// A chunk of text without its keyword.
    private struct Text {
        let chunk: String
        let content: ArraySlice<UInt8>
    }

    /// The most bytes of a compressed text that are looked at: as in Pillow, which refuses longer ones. And of EXIF data in
    /// digits, which take far less.
    private static let textLimit = 1 << 20
    private static let signatureSize = 8

    /// Of several texts with one keyword the last counts: no other one is unfolded.
    var orientation: Orientation {
        let exif = exif.isEmpty ? Self.exif(in: exifText.flatMap(Self.unfolded) ?? []) : exif
        return Orientation(exif: exif, xmp: xmp.flatMap(Self.unfolded) ?? [])
    }

    /// - Parameter bytes: a file that libpng has read.
    init(_ bytes: [UInt8]) {
        let reader = ByteReader(bytes: bytes, isBigEndian: true)
        var offset = Self.signatureSize
        // Length, name, content, checksum.
        while let count = reader.long(at: offset), let name = reader.slice(at: offset + 4, count: 4),
            let content = reader.slice(at: offset + 8, count: count)
        {
            read(String(decoding: name, as: UTF8.self), content)
            offset += count + 12
        }
    }

    private mutating func read(_ name: String, _ content: ArraySlice<UInt8>) {
        switch name {
        case "eXIf": exif = Array(content)
        case "tEXt", "zTXt", "iTXt":
            guard let end = content.firstIndex(of: 0) else { return }
            let (keyword, text) = (content[..<end], Text(chunk: name, content: content[(end + 1)...]))
            if keyword.elementsEqual("Raw profile type exif".utf8) {
                exifText = text
            } else if keyword.elementsEqual("XML:com.adobe.xmp".utf8) {
                xmp = text
            }
        default: break
        }
    }

    private static func unfolded(_ text: Text) -> ArraySlice<UInt8>? {
        let content = text.content
        switch text.chunk {
        case "tEXt": return content
        case "zTXt": return content.first == 0 ? inflated(content.dropFirst()) : nil
        default:
            // Whether it is compressed, and how; language and translated keyword, which end with zeros.
            let parts = content.dropFirst(2).split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
            guard content.count >= 2, parts.count == 3 else { return nil }
            return content.first == 0 ? parts[2] : inflated(parts[2])
        }
    }

    private static func inflated(_ content: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var isWhole = false
        let text = [UInt8](unsafeUninitializedCapacity: textLimit) { output, count in
            content.withUnsafeBufferPointer {
                isWhole = cpng_inflate($0.baseAddress, $0.count, output.baseAddress, output.count, &count)
            }
        }
        return isWhole ? text[...] : nil
    }

    /// EXIF data as ImageMagick writes them: three lines of heading, then hexadecimal digits.
    private static func exif(in text: ArraySlice<UInt8>) -> [UInt8] {
        let lines = text.prefix(textLimit).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .dropFirst(3)
        let digits = lines.joined().compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        return stride(from: 1, to: digits.count, by: 2).map { UInt8(digits[$0 - 1] << 4 | digits[$0]) }
    }
}
