import CJPEG
import Glibc

/// Decodes a JPEG file: grey, RGB, YCbCr, CMYK and YCCK, baseline and progressive.
/// - Parameter minimumSide: as for `Image.init(decoding:name:minimumSide:)`.
/// - Throws: `ImageError`.
func decodeJPEG(_ bytes: [UInt8], name: String, minimumSide: Int?) throws -> Image {
    try bytes.withUnsafeBufferPointer { buffer in
        guard let decoder = cjpeg_decoder_create(buffer.baseAddress, buffer.count) else {
            throw ImageError.outOfMemory(file: name)
        }
        defer { cjpeg_decoder_destroy(decoder) }

        func check(_ status: CJPEGStatus) throws {
            if status == CJPEGStatusDone { return }
            if status == CJPEGStatusTruncated { throw ImageError.truncated(file: name, format: "JPEG") }
            let reason = String(cString: cjpeg_decoder_message(decoder))
            throw ImageError.damaged(file: name, format: "JPEG", reason: reason)
        }

        try check(cjpeg_decoder_read_header(decoder))
        var exifCount = 0
        let exif = cjpeg_decoder_exif(decoder, &exifCount)
        let orientation = Orientation(exif: UnsafeBufferPointer(start: exif, count: exifCount))
        let (width, height) = (Int(cjpeg_decoder_width(decoder)), Int(cjpeg_decoder_height(decoder)))
        try Image.checkSize(width, height, name: name)
        let divisor = minimumSide.flatMap { side in [8, 4, 2].first { min(width, height) / $0 >= side } } ?? 1
        try check(cjpeg_decoder_reduce(decoder, UInt32(divisor)))
        let image = try Image(
            width: cjpeg_decoder_output_width(decoder), height: cjpeg_decoder_output_height(decoder), name: name
        ) { try check(cjpeg_decoder_read_pixels(decoder, $0)) }
        var upright = image.oriented(orientation)
        if divisor > 1 { upright.sizeInFile = orientation.swapsSides ? (height, width) : (width, height) }
        return upright
    }
}

extension Image {
    /// The bytes of a baseline JPEG file with 4:2:0 chroma.
    /// - Parameter quality: 1...100.
    /// - Throws: `ImageError.notEncodable` for a side above 65,500 pixels.
    package func jpegData(quality: Int = 90) throws -> [UInt8] {
        var bytes: UnsafeMutablePointer<UInt8>?
        var count = 0
        let status = withPixels {
            cjpeg_encode($0, UInt32(width), UInt32(height), Int32(quality), &bytes, &count)
        }
        guard status == CJPEGStatusDone, let bytes else {
            throw ImageError.notEncodable(format: "JPEG", width: width, height: height)
        }
        defer { free(bytes) }
        return Array(UnsafeBufferPointer(start: bytes, count: count))
    }
}
