import CGIF
import CPixels

/// Decodes the first frame of a GIF file.
/// - Throws: `ImageError`.
func decodeGIF(_ file: PictureFile) throws -> Image {
    try file.bytes.withUnsafeBufferPointer { buffer in
        guard let decoder = cgif_decoder_create(buffer.baseAddress, buffer.count) else { throw file.outOfMemory }
        defer { cgif_decoder_destroy(decoder) }

        func check(_ status: CPixelsStatus) throws {
            switch status {
            case CPixelsStatusDone: return
            case CPixelsStatusTruncated: throw file.truncated
            case CPixelsStatusOutOfMemory: throw file.outOfMemory
            default: throw file.damaged(String(cString: cgif_decoder_message(decoder)))
            }
        }

        try check(cgif_decoder_read_header(decoder))
        return try file.picture(Int(cgif_decoder_width(decoder)), Int(cgif_decoder_height(decoder))) {
            try check(cgif_decoder_read_pixels(decoder, $0))
        }
    }
}
