import CJPEG
import CPixels
import Glibc

/// Decodes a JPEG file: grey, RGB, YCbCr, CMYK and YCCK, baseline and progressive.
/// - Parameter minimumSide: as for `Image.init(decoding:name:minimumSide:)`.
/// - Throws: `ImageError`.
func decodeJPEG(_ file: PictureFile, minimumSide: Int?) throws -> Image {
    try file.bytes.withUnsafeBufferPointer { buffer in
        guard let decoder = cjpeg_decoder_create(buffer.baseAddress, buffer.count) else { throw file.outOfMemory }
        defer { cjpeg_decoder_destroy(decoder) }

        func check(_ status: CPixelsStatus) throws {
            let message = String(cString: cjpeg_decoder_message(decoder))
            switch status {
            case CPixelsStatusDone: return
            case CPixelsStatusTruncated: throw file.truncated
            case CPixelsStatusWrongPrecision: throw file.unsupported(message, remedy: "convert it to 8 bits per sample")
            case CPixelsStatusUnsupported:
                throw file.unsupported(message, remedy: "convert it to a baseline JPEG or PNG")
            default: throw file.damaged(message)
            }
        }

        try check(cjpeg_decoder_read_header(decoder))
        let orientation = orientation(decoder)
        let (width, height) = (Int(cjpeg_decoder_width(decoder)), Int(cjpeg_decoder_height(decoder)))
        try file.checkSize(width, height)
        let divisor = minimumSide.flatMap { side in [8, 4, 2].first { min(width, height) / $0 >= side } } ?? 1
        try check(cjpeg_decoder_reduce(decoder, UInt32(divisor)))
        let image = try file.picture(
            Int(cjpeg_decoder_output_width(decoder)), Int(cjpeg_decoder_output_height(decoder))
        ) { try check(cjpeg_decoder_read_pixels(decoder, $0)) }
        var upright = image.oriented(orientation)
        if divisor > 1 { upright.sizeInFile = orientation.swapsSides ? (height, width) : (width, height) }
        return upright
    }
}

/// The orientation in the first segments that a camera writes: EXIF data may go on in further ones, and of several XMP
/// packets the last counts.
private func orientation(_ decoder: OpaquePointer) -> Orientation {
    let (exifPrefix, xmpPrefix) = (Array("Exif\0\0".utf8), Array("http://ns.adobe.com/xap/1.0/\0".utf8))
    var (exif, xmp): ([UInt8], [UInt8]) = ([], [])
    var index = 0
    var count = 0
    while let start = cjpeg_decoder_application_data(decoder, index, &count) {
        let segment = UnsafeBufferPointer(start: start, count: count)
        if segment.starts(with: exifPrefix) {
            exif += segment.dropFirst(exifPrefix.count)
        } else if segment.starts(with: xmpPrefix) {
            xmp = Array(segment.dropFirst(xmpPrefix.count))
        }
        index += 1
    }
    return Orientation(exif: exif, xmp: xmp)
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
        guard status == CPixelsStatusDone, let bytes else {
            throw ImageError.notEncodable(format: "JPEG", width: width, height: height)
        }
        defer { free(bytes) }
        return Array(UnsafeBufferPointer(start: bytes, count: count))
    }
}
