import CPNG
import CPixels
import Glibc

/// Decodes a PNG file of any kind; 16-bit samples keep their high byte and transparency is composited on white.
/// - Throws: `ImageError`.
func decodePNG(_ file: PictureFile) throws -> Image {
    let image = try file.bytes.withUnsafeBufferPointer { buffer in
        guard let decoder = cpng_decoder_create(buffer.baseAddress, buffer.count) else { throw file.outOfMemory }
        defer { cpng_decoder_destroy(decoder) }

        func check(_ status: CPixelsStatus) throws {
            if status == CPixelsStatusDone { return }
            if status == CPixelsStatusTruncated { throw file.truncated }
            throw file.damaged(String(cString: cpng_decoder_message(decoder)))
        }

        try check(cpng_decoder_read_header(decoder))
        return try file.picture(Int(cpng_decoder_width(decoder)), Int(cpng_decoder_height(decoder))) {
            try check(cpng_decoder_read_pixels(decoder, $0))
        }
    }
    return image.oriented(PNGChunks(file.bytes).orientation)
}

extension Image {
    /// The bytes of an 8-bit RGB PNG file.
    /// - Throws: `ImageError.notEncodable` without enough memory.
    package func pngData() throws -> [UInt8] {
        var bytes: UnsafeMutablePointer<UInt8>?
        var count = 0
        let status = withPixels { cpng_encode($0, UInt32(width), UInt32(height), &bytes, &count) }
        guard status == CPixelsStatusDone, let bytes else {
            throw ImageError.notEncodable(format: "PNG", width: width, height: height)
        }
        defer { free(bytes) }
        return Array(UnsafeBufferPointer(start: bytes, count: count))
    }
}
