import CPixels
import CTIFF

/// Decodes the first page of a TIFF or BigTIFF file, of strips or tiles: black and white, grey, palette, RGB, CMYK and YCbCr
/// of up to 16 bits, with and without transparency.
/// - Throws: `ImageError`.
func decodeTIFF(_ file: PictureFile) throws -> Image {
    guard let directory = TIFFDirectory(file.bytes) else { throw file.damaged("the header makes no sense") }
    if directory.isCameraRaw { throw ImageError.unsupported(file: file.name, content: .foreignPicture(.raw)) }
    let image = try file.bytes.withUnsafeBufferPointer { buffer in
        guard let decoder = ctiff_decoder_create(buffer.baseAddress, buffer.count) else { throw file.outOfMemory }
        defer { ctiff_decoder_destroy(decoder) }
        return try TIFFPage(file, directory, decoder).image()
    }
    return image.oriented(Orientation(directory, xmp: directory.bytes(TIFFDirectory.xmpTag) ?? []))
}

extension TIFFDirectory {
    fileprivate static let xmpTag = 700
    private static let subfileTypeTag = 254
    private static let childDirectoriesTag = 330
    private static let digitalNegativeTag = 50706

    /// Whether the first page is a small preview, as in raw files of cameras, whose picture lies elsewhere.
    fileprivate var isCameraRaw: Bool {
        if contains(Self.digitalNegativeTag) { return true }
        return contains(Self.childDirectoriesTag) && (integer(Self.subfileTypeTag) ?? 0) & 1 == 1
    }
}

/// The first page of a TIFF file, and how its samples become colours.
private struct TIFFPage {
    private let file: PictureFile
    private let decoder: OpaquePointer
    private let layout: CTIFFLayout
    private let colours: TIFFColours?

    /// Reads the directory and refuses what is not decoded.
    init(_ file: PictureFile, _ directory: TIFFDirectory, _ decoder: OpaquePointer) throws {
        (self.file, self.decoder) = (file, decoder)
        try Self.check(ctiff_decoder_read_header(decoder), file, decoder)
        var layout = ctiff_decoder_layout(decoder)
        try Self.checkCompression(layout, file)
        let isJPEG = layout.compression == TIFFCompression.jpeg.rawValue
        let isYCbCr = layout.photometric == TIFFPhotometric.yCbCr.rawValue
        if isJPEG && isYCbCr && !layout.isPlanar {
            ctiff_decoder_decode_as_rgb(decoder)
            layout = ctiff_decoder_layout(decoder)
            layout.photometric = TIFFPhotometric.rgb.rawValue
        }
        self.layout = layout
        try Self.checkSize(layout, file)
        let isConverted = layout.photometric == TIFFPhotometric.yCbCr.rawValue
        colours = isConverted ? nil : try TIFFColours(layout, directory, decoder, file)
    }

    func image() throws -> Image {
        try file.picture(Int(layout.width), Int(layout.height)) { output in
            if let colours {
                try draw(colours, on: output)
            } else {
                try drawConverted(on: output)
            }
        }
    }

    private static func check(_ status: CPixelsStatus, _ file: PictureFile, _ decoder: OpaquePointer) throws {
        switch status {
        case CPixelsStatusDone: return
        case CPixelsStatusOutOfMemory: throw file.outOfMemory
        default: throw file.damaged(String(cString: ctiff_decoder_message(decoder)))
        }
    }

    private static func checkCompression(_ layout: CTIFFLayout, _ file: PictureFile) throws {
        guard TIFFCompression(rawValue: layout.compression) != nil else {
            let name = TIFFCompression.foreign[layout.compression] ?? "\(layout.compression)"
            throw file.unsupported("compression \(name)")
        }
    }

    /// Segments are padded to their full size, and each takes time however small it is.
    private static func checkSize(_ layout: CTIFFLayout, _ file: PictureFile) throws {
        try file.checkSize(Int(layout.width), Int(layout.height))
        guard layout.segmentWidth > 0, layout.segmentHeight > 0, layout.segmentCount > 0 else {
            throw file.damaged("strips or tiles without pixels")
        }
        func padded(_ side: UInt32, _ segment: UInt32) -> Int {
            (Int(side) + Int(segment) - 1) / Int(segment) * Int(segment)
        }
        let (width, height) = (padded(layout.width, layout.segmentWidth), padded(layout.height, layout.segmentHeight))
        try file.checkSize(width, height)
        let planeCount = layout.isPlanar ? Int(layout.samplesPerPixel) : 1
        let segmentByteCount = layout.rowByteCount.multipliedReportingOverflow(by: UInt64(layout.segmentHeight))
        guard !segmentByteCount.overflow, segmentByteCount.partialValue <= max(1 << 26, file.bytes.count << 10) else {
            throw file.damaged("strips or tiles that are far larger than the file")
        }
        let segmentCount = width / Int(layout.segmentWidth) * (height / Int(layout.segmentHeight)) * planeCount
        guard segmentCount == Int(layout.segmentCount), segmentCount <= max(1 << 16, width * height / 1024) else {
            throw file.damaged("\(layout.segmentCount) strips or tiles")
        }
    }

    private var planeCount: Int { layout.isPlanar ? Int(layout.samplesPerPixel) : 1 }
    private var columnCount: Int { (Int(layout.width) - 1) / Int(layout.segmentWidth) + 1 }
    private var rowCount: Int { (Int(layout.height) - 1) / Int(layout.segmentHeight) + 1 }

    /// Calls `body` with each segment's number within its plane and the part of the picture that it covers.
    private func forEachSegment(_ body: (Int, PixelRegion) throws -> Void) throws {
        for row in 0..<rowCount {
            for column in 0..<columnCount {
                let (x, y) = (column * Int(layout.segmentWidth), row * Int(layout.segmentHeight))
                let region = PixelRegion(
                    x: x, y: y, width: min(Int(layout.segmentWidth), Int(layout.width) - x),
                    height: min(Int(layout.segmentHeight), Int(layout.height) - y))
                try body(row * columnCount + column, region)
            }
        }
    }

    /// Decodes segments into the samples of the whole picture, and makes colours of those.
    private func draw(_ colours: TIFFColours, on output: UnsafeMutablePointer<UInt8>) throws {
        let samplesPerPixel = Int(layout.samplesPerPixel)
        let rowSampleCount = Int(layout.width) * samplesPerPixel
        var samples = [UInt8](repeating: 0, count: rowSampleCount * Int(layout.height))
        try samples.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            // Further planes mean nothing, and may be missing.
            for plane in 0..<min(planeCount, colours.usedSampleCount) { try readPlane(plane, to: start + plane) }
        }
        samples.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            for y in 0..<Int(layout.height) {
                colours.write(
                    start + y * rowSampleCount, count: Int(layout.width), to: output + 3 * y * Int(layout.width))
            }
        }
    }

    /// Decodes the segments of one plane; `samples` is where the first sample of the picture goes.
    private func readPlane(_ plane: Int, to samples: UnsafeMutablePointer<UInt8>) throws {
        let samplesPerPlane = Int(layout.samplesPerPixel) / planeCount
        let rowByteCount = Int(layout.rowByteCount)
        let unpacking = TIFFUnpacking(bitCount: Int(layout.bitsPerSample))
        guard rowByteCount >= unpacking.byteCount(of: Int(layout.segmentWidth) * samplesPerPlane) else {
            throw file.damaged("strips or tiles of a wrong size")
        }
        var segment = [UInt8](repeating: 0, count: rowByteCount * Int(layout.segmentHeight))
        try forEachSegment { index, region in
            try readSegment(
                plane * rowCount * columnCount + index, into: &segment, byteCount: rowByteCount * region.height)
            segment.withUnsafeBufferPointer { buffer in
                guard let start = buffer.baseAddress else { return }
                for y in 0..<region.height {
                    let place = ((region.y + y) * Int(layout.width) + region.x) * Int(layout.samplesPerPixel)
                    unpacking.unpack(
                        start + y * rowByteCount, count: region.width * samplesPerPlane, to: samples + place,
                        stride: planeCount)
                }
            }
        }
    }

    private func readSegment(_ index: Int, into bytes: inout [UInt8], byteCount: Int) throws {
        var count = 0
        let status = bytes.withUnsafeMutableBufferPointer {
            ctiff_decoder_read_segment(decoder, UInt32(index), $0.baseAddress, $0.count, &count)
        }
        try Self.check(status, file, decoder)
        guard count >= byteCount else { throw file.truncated }
    }

    /// Has libtiff make colours of segments: each 0xAABBGGRR, rows from the bottom.
    private func drawConverted(on output: UnsafeMutablePointer<UInt8>) throws {
        let segmentWidth = Int(layout.segmentWidth)
        var pixels = [UInt32](repeating: 0, count: segmentWidth * Int(layout.segmentHeight))
        try forEachSegment { _, region in
            let status = pixels.withUnsafeMutableBufferPointer {
                ctiff_decoder_read_rgba(decoder, UInt32(region.x), UInt32(region.y), $0.baseAddress)
            }
            try Self.check(status, file, decoder)
            let decodedHeight = layout.isTiled ? Int(layout.segmentHeight) : region.height
            for y in 0..<region.height {
                let from = (decodedHeight - 1 - y) * segmentWidth
                var pixel = output + 3 * ((region.y + y) * Int(layout.width) + region.x)
                for value in pixels[from..<from + region.width] {
                    (pixel[0], pixel[1]) = (UInt8(value & 0xFF), UInt8(value >> 8 & 0xFF))
                    pixel[2] = UInt8(value >> 16 & 0xFF)
                    pixel += 3
                }
            }
        }
    }
}
