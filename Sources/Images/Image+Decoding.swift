extension Image {
    /// The most pixels that are decoded: 2²⁸ / 3 × 2, at which Pillow refuses too. A larger header is either hostile or
    /// no photograph to learn from.
    package static let pixelLimit = 178_956_970

    /// Reads a JPEG or PNG file, told apart by content, and turns it upright by its EXIF orientation.
    ///
    /// Bytes equal those of Pillow's `ImageOps.exif_transpose(image).convert("RGB")`; transparency is composited on
    /// white.
    /// - Throws: `ImageError`, which names the file and what is wrong with it.
    public init(contentsOf path: String) throws {
        try self.init(contentsOf: path, minimumSide: nil)
    }

    /// Reads a JPEG or PNG file, a JPEG file at a fraction of its size where `minimumSide` allows that.
    /// - Throws: `ImageError`.
    package init(contentsOf path: String, minimumSide: Int?) throws {
        let file = try RegularFile(path)
        try self.init(decoding: file.bytes(file.byteCount), name: path, minimumSide: minimumSide)
    }

    /// Decodes the bytes of a JPEG or PNG file.
    /// - Parameters:
    ///   - name: names the file in errors.
    ///   - minimumSide: what the shorter side may shrink to, in pixels: a JPEG file is decoded at 1/8, 1/4 or 1/2 of its
    ///     size, several times faster, where that leaves as much; nil for all of it.
    /// - Throws: `ImageError`.
    package init(decoding bytes: [UInt8], name: String, minimumSide: Int? = nil) throws {
        guard !bytes.isEmpty else { throw ImageError.empty(file: name) }
        switch FileContent(bytes) {
        case .picture(.jpeg): self = try decodeJPEG(bytes, name: name, minimumSide: minimumSide)
        case .picture(.png): self = try decodePNG(bytes, name: name)
        case let content: throw ImageError.unsupported(file: name, content: content)
        }
    }

    /// A picture of the size that a header declares, refused before anything is allocated if that is absurd.
    init(
        width: UInt32, height: UInt32, name: String, decoding fill: (UnsafeMutablePointer<UInt8>) throws -> Void
    ) throws {
        try Self.checkSize(Int(width), Int(height), name: name)
        try self.init(width: Int(width), height: Int(height), writing: fill)
    }

    /// - Throws: `ImageError.tooLarge` for absurd sizes.
    static func checkSize(_ width: Int, _ height: Int, name: String) throws {
        guard width > 0, height > 0, width.multipliedReportingOverflow(by: height).partialValue <= pixelLimit else {
            throw ImageError.tooLarge(file: name, width: width, height: height)
        }
    }
}
