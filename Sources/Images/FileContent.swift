/// What a file holds, judged by its first bytes.
enum FileContent: Equatable {
    case jpeg
    case png
    /// Anything else, in words.
    case other(String)

    init(_ bytes: [UInt8]) {
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if let signature = Self.signatures.first(where: { $0.matches(bytes) }) {
            self = .other(signature.name)
        } else {
            self = .other(Self.isText(bytes) ? "a text file" : "an unknown kind of file")
        }
    }

    private struct Signature {
        let name: String
        let text: String
        var offset = 0

        func matches(_ bytes: [UInt8]) -> Bool { bytes.dropFirst(offset).starts(with: text.unicodeScalars.map(\.byte)) }
    }

    /// Kinds of file that turn up among photographs. Characters stand for the bytes of their scalar values.
    private static let signatures = [
        Signature(name: "a GIF image", text: "GIF8"),
        Signature(name: "a WebP image", text: "WEBP", offset: 8),
        Signature(name: "a BMP image", text: "BM"),
        Signature(name: "a TIFF image", text: "II*\0"),
        Signature(name: "a TIFF image", text: "MM\0*"),
        Signature(name: "an AVIF image", text: "ftypavif", offset: 4),
        Signature(name: "a HEIC image", text: "ftyphe", offset: 4),
        Signature(name: "a HEIC image", text: "ftypmif1", offset: 4),
        Signature(name: "a JPEG 2000 image", text: "\0\0\0\u{0C}jP"),
        Signature(name: "a JPEG XL image", text: "\0\0\0\u{0C}JXL"),
        Signature(name: "a JPEG XL image", text: "\u{FF}\u{0A}"),
        Signature(name: "a Photoshop document", text: "8BPS"),
        Signature(name: "a PDF document", text: "%PDF"),
        Signature(name: "a ZIP archive", text: "PK\u{03}\u{04}"),
        Signature(name: "a web page", text: "<!DOCTYPE"),
        Signature(name: "a web page", text: "<!doctype"),
        Signature(name: "a web page", text: "<html"),
        Signature(name: "an SVG drawing", text: "<svg"),
    ]

    private static func isText(_ bytes: [UInt8]) -> Bool {
        bytes.prefix(512).allSatisfy { $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) }
    }
}

extension Unicode.Scalar {
    fileprivate var byte: UInt8 { UInt8(truncatingIfNeeded: value) }
}
