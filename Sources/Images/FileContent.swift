/// What a file holds, judged by its first bytes and never by its name.
package enum FileContent: Sendable, Hashable {
    /// A picture in a format that is read, sound or not.
    case picture(PictureFormat)
    /// A picture in a format that is not read.
    case foreignPicture(ForeignFormat)
    /// No picture, in words: `a text file`.
    case other(String)

    /// As many bytes of a file as are looked at.
    package static let headerByteCount = 512

    /// - Parameter bytes: the first `headerByteCount` bytes of a file, or all of them if there are fewer.
    package init(_ bytes: some Collection<UInt8>) {
        let header = Header(bytes.prefix(Self.headerByteCount))
        self = Self.signatures.first { $0.matches(header) }?.content ?? Self.unsigned(header)
    }

    /// What the file at a path holds.
    /// - Throws: `ImageError.unreadable`; a pipe or a device is not waited for.
    package init(ofFileAt path: String) throws {
        try self.init(fileBytes(at: path, atMost: Self.headerByteCount))
    }

    /// What a file holds that begins with nothing known.
    private static func unsigned(_ header: Header) -> FileContent {
        if header.bytes.isEmpty { return .other("an empty file") }
        guard header.isText else { return .other("an unknown kind of file") }
        return header.contains("<svg") ? .foreignPicture(.svg) : .other("a text file")
    }
}

/// The first bytes of a file.
private struct Header {
    let bytes: [UInt8]

    init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    /// Whether the text stands at the offset. Its characters stand for the bytes of their scalar values.
    func contains(_ text: String, at offset: Int) -> Bool {
        bytes.dropFirst(offset).starts(with: text.unicodeScalars.map(\.byte))
    }

    /// Whether the text stands anywhere.
    func contains(_ text: String) -> Bool { bytes.indices.contains { contains(text, at: $0) } }

    var isText: Bool { bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) } }

    /// Whether a Windows bitmap begins here: two letters are little, but the size of the next header fits into a byte.
    var isBitmap: Bool {
        contains("BM", at: 0) && bytes.count >= 18 && bytes[14] >= 12 && bytes[15...17].allSatisfy { $0 == 0 }
    }
}

/// How a kind of file begins.
private struct Signature {
    let content: FileContent
    let matches: @Sendable (Header) -> Bool

    init(_ content: FileContent, _ texts: String..., offset: Int = 0) {
        self.content = content
        matches = { header in texts.contains { header.contains($0, at: offset) } }
    }

    init(_ content: FileContent, where matches: @escaping @Sendable (Header) -> Bool) {
        self.content = content
        self.matches = matches
    }

    /// A file of the ISO base media format whose brand begins with one of these.
    static func brand(_ content: FileContent, _ brands: String...) -> Signature {
        Signature(content) { header in brands.contains { header.contains("ftyp" + $0, at: 4) } }
    }
}

extension FileContent {
    /// Kinds of file that turn up among photographs; the first that matches counts.
    private static let signatures = pictures + rawPictures + foreignPictures + others

    private static let pictures = [
        Signature(.picture(.jpeg), "\u{FF}\u{D8}\u{FF}"),
        Signature(.picture(.png), "\u{89}PNG\r\n\u{1A}\n"),
        Signature(.picture(.gif), "GIF87a", "GIF89a"),
        Signature(.picture(.webP)) { $0.contains("RIFF", at: 0) && $0.contains("WEBP", at: 8) },
        Signature(.picture(.bmp), where: { $0.isBitmap }),
        // Canon's raw files would pass for TIFF.
        Signature(.foreignPicture(.raw)) { $0.contains("II*\0", at: 0) && $0.contains("CR", at: 8) },
        Signature(.picture(.tiff), "II*\0", "MM\0*", "II+\0", "MM\0+"),
    ]

    private static let rawPictures = [
        Signature(.foreignPicture(.raw), "FUJIFILMCCD-RAW", "IIU\0", "IIRO", "IIRS", "MMOR", "FOVb", "\0MRM"),
        .brand(.foreignPicture(.raw), "crx"),
    ]

    private static let foreignPictures = [
        .brand(.foreignPicture(.avif), "avif", "avis"),
        // The general brand of both: the compatible ones tell.
        Signature(.foreignPicture(.avif)) {
            ($0.contains("ftypmif1", at: 4) || $0.contains("ftypmsf1", at: 4)) && $0.contains("avif")
        },
        .brand(.foreignPicture(.heic), "heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "msf1"),
        Signature(.foreignPicture(.jpegXL), "\0\0\0\u{0C}JXL ", "\u{FF}\u{0A}"),
        Signature(.foreignPicture(.jpeg2000), "\0\0\0\u{0C}jP", "\u{FF}\u{4F}\u{FF}\u{51}"),
        Signature(.foreignPicture(.photoshop), "8BPS"),
        Signature(.foreignPicture(.svg), "<svg"),
        imageMagick("a Windows icon", "ico", "\0\0\u{1}\0", "\0\0\u{2}\0"),
        imageMagick("an icon of macOS", "icns", "icns"),
        imageMagick("a DirectDraw surface", "dds", "DDS "),
        imageMagick("a QOI image", "qoi", "qoif"),
        imageMagick("a GIMP image", "xcf", "gimp xcf"),
        imageMagick("an OpenEXR image", "exr", "v/1\u{1}"),
        imageMagick("a Radiance image", "hdr", "#?RADIANCE", "#?RGBE"),
        imageMagick("a FITS image", "fits", "SIMPLE  ="),
        imageMagick("a PostScript drawing", "eps", "%!PS"),
        imageMagick("a PCX image", "pcx", "\u{0A}\u{5}\u{1}"),
        imageMagick("a netpbm image", "ppm", "P1\n", "P2\n", "P3\n", "P4\n", "P5\n", "P6\n", "P7\n", "P5 ", "P6 "),
    ]

    private static func imageMagick(_ name: String, _ ending: String, _ beginnings: String...) -> Signature {
        Signature(.foreignPicture(.other(name, ending: ending))) { header in
            beginnings.contains { header.contains($0, at: 0) }
        }
    }

    private static let others = [
        Signature(.other("a PDF document"), "%PDF"),
        Signature(.other("a ZIP archive"), "PK\u{03}\u{04}"),
        Signature(.other("a film"), "ftyp", "moov", "mdat", offset: 4),
        Signature(.other("a web page"), "<!DOCTYPE html", "<!doctype html", "<html", "<!DOCTYPE HTML", "<HTML"),
    ]
}

extension Unicode.Scalar {
    fileprivate var byte: UInt8 { UInt8(truncatingIfNeeded: value) }
}
