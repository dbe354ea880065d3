import Files
import Glibc

extension Image {
    /// The most pixels that are decoded: 2²⁸ / 3 × 2, at which Pillow refuses too. A larger header is either hostile or
    /// no photograph to learn from.
    package static let pixelLimit = 178_956_970

    /// As many pixels are decoded of any file: whatever its format, they take less than 256 MiB and about a second.
    package static let unquestionedPixelCount = 1 << 24

    /// More pixels are decoded of a file only if it has a byte for each so many: as a JPEG file has that is all one colour.
    package static let pixelsPerByte = 256

    /// No file of more bytes is read: `pixelLimit` pixels of six samples of 16 bits take nearly as many.
    package static let fileByteLimit = 1 << 31

    /// Reads a picture file of any of the `PictureFormat`s, told apart by content, and turns it upright by the orientation
    /// in its EXIF or XMP data. Of several frames or pages it is the first.
    ///
    /// Bytes equal those of Pillow's `ImageOps.exif_transpose(image).convert("RGB")`; transparency is composited on
    /// white, and samples of 16 bits keep their high bytes.
    /// - Throws: `ImageError`, which names the file and what is wrong with it.
    public init(contentsOf path: String) throws {
        try self.init(contentsOf: path, minimumSide: nil)
    }

    /// Reads a picture file, a JPEG file at a fraction of its size where `minimumSide` allows that.
    /// - Throws: `ImageError`.
    package init(contentsOf path: String, minimumSide: Int?) throws {
        try self.init(decoding: fileBytes(at: path), name: path, minimumSide: minimumSide)
    }

    /// Decodes the bytes of a picture file.
    /// - Parameters:
    ///   - name: names the file in errors.
    ///   - minimumSide: what the shorter side may shrink to, in pixels: a JPEG file is decoded at 1/8, 1/4 or 1/2 of its
    ///     size, several times faster, where that leaves as much; nil for all of it.
    /// - Throws: `ImageError`.
    package init(decoding bytes: [UInt8], name: String, minimumSide: Int? = nil) throws {
        guard !bytes.isEmpty else { throw ImageError.empty(file: name) }
        let content = FileContent(bytes)
        guard case .picture(let format) = content else { throw ImageError.unsupported(file: name, content: content) }
        let file = PictureFile(name: name, format: format, bytes: bytes)
        switch format {
        case .jpeg: self = try decodeJPEG(file, minimumSide: minimumSide)
        case .png: self = try decodePNG(file)
        case .webP: self = try decodeWebP(file)
        case .bmp: self = try decodeBMP(file)
        case .gif: self = try decodeGIF(file)
        case .tiff: self = try decodeTIFF(file)
        }
    }
}

/// The bytes of a regular file.
/// - Parameter limit: how many at most, the first ones; nil for all of a file that is not larger than
///   `Image.fileByteLimit`.
/// - Throws: `ImageError.unreadable`.
func fileBytes(at path: String, atMost limit: Int? = nil) throws -> [UInt8] {
    do throws(SystemError) {
        let file = try RegularFile(path)
        if let limit { return try file.bytes(limit) }
        guard file.byteCount <= Image.fileByteLimit else { throw SystemError(EFBIG) }
        return try file.bytes(file.byteCount)
    } catch {
        let isOther = [EISDIR, EINVAL].contains(error.code)
        throw ImageError.unreadable(file: path, reason: isOther ? "not a regular file" : error.description)
    }
}

/// The bytes of a picture file that is being decoded, and the errors that it can end in.
struct PictureFile {
    let name: String
    let format: PictureFormat
    let bytes: [UInt8]

    var truncated: ImageError { .truncated(file: name, format: format) }
    var outOfMemory: ImageError { .outOfMemory(file: name) }

    func damaged(_ reason: String) -> ImageError { .damaged(file: name, format: format, reason: reason) }

    /// - Parameters:
    ///   - kind: what the picture is, in words: `12 bits per sample`.
    ///   - remedy: what to do about it.
    func unsupported(_ kind: String, remedy: String = "convert it to PNG") -> ImageError {
        .unsupportedKind(file: name, format: format, kind: kind, remedy: remedy)
    }

    /// Refuses a size that a header declares before anything is allocated, if it is absurd for any file or for this one.
    /// - Throws: `ImageError`.
    func checkSize(_ width: Int, _ height: Int) throws {
        guard width > 0, height > 0 else { throw damaged("a picture of \(width)×\(height) pixels") }
        let (pixelCount, overflow) = width.multipliedReportingOverflow(by: height)
        guard !overflow, pixelCount <= Image.pixelLimit else {
            throw ImageError.tooLarge(file: name, width: width, height: height)
        }
        guard pixelCount <= max(Image.unquestionedPixelCount, bytes.count * Image.pixelsPerByte) else {
            throw ImageError.tooLargeForFile(file: name, width: width, height: height, byteCount: bytes.count)
        }
    }

    /// A picture of the size that a header declares, checked.
    func picture(
        _ width: Int, _ height: Int, decoding fill: (UnsafeMutablePointer<UInt8>) throws -> Void
    ) throws -> Image {
        try checkSize(width, height)
        return try Image(width: width, height: height, writing: fill)
    }
}
