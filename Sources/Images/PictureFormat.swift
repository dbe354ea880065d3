/// The formats of pictures that are read.
package enum PictureFormat: String, CaseIterable, Sendable {
    case jpeg = "JPEG"
    case png = "PNG"
    case webP = "WebP"
    case bmp = "BMP"
    case gif = "GIF"
    case tiff = "TIFF"

    /// All of them, for people: `JPEG, PNG, WebP, BMP, GIF and TIFF`.
    package static let list: String = {
        let names = allCases.map(\.rawValue)
        return names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
    }()
}

/// A format of pictures that is not read, and the way out of it.
package struct ForeignFormat: Sendable, Hashable {
    /// The kind of file in words: `a HEIC image`.
    package let name: String
    /// A command that makes a picture of it that is read.
    package let conversion: String
}

extension ForeignFormat {
    static let heic = ForeignFormat(name: "a HEIC image", conversion: "heif-convert IN.heic OUT.jpg")
    static let avif = ForeignFormat(name: "an AVIF image", conversion: "avifdec IN.avif OUT.png")
    static let jpegXL = ForeignFormat(name: "a JPEG XL image", conversion: "djxl IN.jxl OUT.png")
    static let jpeg2000 = ForeignFormat(name: "a JPEG 2000 image", conversion: "opj_decompress -i IN.jp2 -o OUT.png")
    static let photoshop = ForeignFormat(name: "a Photoshop document", conversion: "convert 'IN.psd[0]' OUT.png")
    static let svg = ForeignFormat(name: "an SVG drawing", conversion: "rsvg-convert IN.svg -o OUT.png")
    static let raw = ForeignFormat(name: "a camera's raw image", conversion: "darktable-cli IN OUT.jpg")

    /// What ImageMagick converts.
    static func other(_ name: String, ending: String) -> ForeignFormat {
        ForeignFormat(name: name, conversion: "convert IN.\(ending) OUT.png")
    }
}
