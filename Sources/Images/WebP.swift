import CPixels
import CWebP

/// Decodes a WebP file, lossy or lossless, and the first frame of an animated one.
/// - Throws: `ImageError`.
func decodeWebP(_ file: PictureFile) throws -> Image {
    try file.bytes.withUnsafeBufferPointer { buffer in
        func check(_ status: CPixelsStatus) throws {
            switch status {
            case CPixelsStatusDone: return
            case CPixelsStatusTruncated: throw file.truncated
            case CPixelsStatusOutOfMemory: throw file.outOfMemory
            default: throw file.damaged("the data make no sense")
            }
        }

        var status = CPixelsStatusDamaged
        let decoder = cwebp_decoder_create(buffer.baseAddress, buffer.count, &status)
        defer { cwebp_decoder_destroy(decoder) }
        try check(status)
        func chunk(_ name: String) -> [UInt8] {
            var count = 0
            let start = cwebp_decoder_chunk(decoder, name, &count)
            return Array(UnsafeBufferPointer(start: start, count: count))
        }

        let image = try file.picture(Int(cwebp_decoder_width(decoder)), Int(cwebp_decoder_height(decoder))) {
            try check(cwebp_decoder_read_pixels(decoder, $0))
        }
        return image.oriented(Orientation(exif: chunk("EXIF"), xmp: chunk("XMP ")))
    }
}
