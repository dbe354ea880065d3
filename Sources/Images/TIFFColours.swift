import CPixels
import CTIFF

/// The compressions that are decoded, by TIFF's numbers.
enum TIFFCompression: UInt16 {
    case none = 1
    case huffman, group3, group4, lzw
    case jpeg = 7
    case deflate
    case packBits = 32773
    case oldDeflate = 32946
    case zstandard = 50000

    /// Names of some others.
    static let foreign: [UInt16: String] = [
        6: "old-style JPEG", 34661: "JBIG", 34712: "JPEG 2000", 34887: "LERC", 34925: "LZMA", 50001: "WebP",
        50002: "JPEG XL",
        34676: "SGI Log", 34677: "SGI Log 24", 32809: "ThunderScan", 32766: "NeXT", 32909: "Pixar Log",
    ]
}

/// What samples mean, by TIFF's numbers.
enum TIFFPhotometric: UInt16 {
    case minIsWhite, minIsBlack, rgb, palette
    case cmyk = 5
    case yCbCr
}

/// Takes samples of 1 to 16 bits out of bytes; those above 8 bits keep their upper eight.
struct TIFFUnpacking {
    let bitCount: Int

    /// The bytes of a row of so many samples.
    func byteCount(of sampleCount: Int) -> Int { (sampleCount * bitCount + 7) / 8 }

    /// Writes `count` samples, unstretched, at every `stride`-th byte of `samples`.
    func unpack(_ bytes: UnsafePointer<UInt8>, count: Int, to samples: UnsafeMutablePointer<UInt8>, stride: Int) {
        switch bitCount {
        case 8:
            for index in 0..<count { samples[index * stride] = bytes[index] }
        case 16:
            // Numbers of two bytes are in the order of this machine.
            let high = UInt16(1).littleEndian == 1 ? 1 : 0
            for index in 0..<count { samples[index * stride] = bytes[2 * index + high] }
        case 12:
            for index in 0..<count {
                let pair = bytes + index / 2 * 3
                samples[index * stride] = index % 2 == 0 ? pair[0] : pair[1] << 4 | pair[2] >> 4
            }
        default:
            let (perByte, mask) = (8 / bitCount, UInt8(1 << bitCount - 1))
            for index in 0..<count {
                let shift = UInt8(8 - bitCount * (index % perByte + 1))
                samples[index * stride] = bytes[index / perByte] >> shift & mask
            }
        }
    }
}

/// Makes colours of the samples of a page.
struct TIFFColours {
    private let photometric: TIFFPhotometric
    private let samplesPerPixel: Int
    private let transparency: Transparency
    /// The level of each value that a sample of grey may have.
    private let levels: [UInt8]
    private let palette: [RGB]

    private enum Transparency {
        case none
        /// Colours are multiplied by it already.
        case associated
        case unassociated
    }

    private static let sampleLimit = 6
    private static let extraSamplesTag = 338

    /// - Throws: `ImageError` for pages of a kind that is not read.
    init(_ layout: CTIFFLayout, _ directory: TIFFDirectory, _ decoder: OpaquePointer, _ file: PictureFile) throws {
        guard let photometric = TIFFPhotometric(rawValue: layout.photometric), let colourCount = photometric.colourCount
        else { throw file.unsupported(layout.photometric == 8 ? "CIELAB colours" : "colours \(layout.photometric)") }
        let bitCount = Int(layout.bitsPerSample)
        // Bytes with a sign are taken for such without; other numbers are measurements.
        let isPlain = layout.sampleFormat == 1 || layout.sampleFormat == 2 && bitCount == 8
        guard photometric.bitCounts.contains(bitCount), isPlain else {
            let format = [2: "signed ", 3: "floating-point "][layout.sampleFormat] ?? ""
            throw file.unsupported("\(format)samples of \(bitCount) bits", remedy: "scale them to 8 bits")
        }
        (self.photometric, samplesPerPixel) = (photometric, Int(layout.samplesPerPixel))
        guard (colourCount...Self.sampleLimit).contains(samplesPerPixel) else {
            throw file.unsupported("\(samplesPerPixel) samples per pixel")
        }
        transparency = samplesPerPixel == colourCount ? .none : Self.transparency(photometric, directory)
        guard photometric != .cmyk || transparency == .none else { throw file.unsupported("transparent CMYK") }
        let largest = bitCount >= 8 ? 255 : 1 << bitCount - 1
        levels = (0...255).map { value in
            let level = UInt8(min(value, largest) * 255 / largest)
            return photometric == .minIsWhite ? 255 - level : level
        }
        palette = photometric == .palette ? try Self.palette(decoder, count: 1 << bitCount, file) : []
    }

    /// What the first sample behind the colours is.
    private static func transparency(_ photometric: TIFFPhotometric, _ directory: TIFFDirectory) -> Transparency {
        guard directory.contains(extraSamplesTag) else { return photometric == .rgb ? .unassociated : .none }
        switch directory.integer(extraSamplesTag) {
        case 1: return .associated
        // Corel Draw writes 999.
        case 2, 999: return .unassociated
        default: return .none
        }
    }

    private static func palette(_ decoder: OpaquePointer, count: Int, _ file: PictureFile) throws -> [RGB] {
        var planes: (UnsafePointer<UInt16>?, UnsafePointer<UInt16>?, UnsafePointer<UInt16>?)
        let isThere = withUnsafeMutableBytes(of: &planes) {
            ctiff_decoder_colour_map(decoder, $0.bindMemory(to: UnsafePointer<UInt16>?.self).baseAddress)
        }
        guard isThere, let red = planes.0, let green = planes.1, let blue = planes.2 else {
            throw file.damaged("a palette is missing")
        }
        return (0..<count).map { RGB(UInt8(red[$0] >> 8), UInt8(green[$0] >> 8), UInt8(blue[$0] >> 8)) }
    }

    /// How many of a pixel's samples make its colour and transparency.
    var usedSampleCount: Int {
        let colourCount = photometric.colourCount ?? samplesPerPixel
        return transparency == .none ? colourCount : colourCount + 1
    }

    /// Writes `count` pixels of RGB.
    func write(_ samples: UnsafePointer<UInt8>, count: Int, to pixels: UnsafeMutablePointer<UInt8>) {
        let colourCount = photometric.colourCount ?? samplesPerPixel
        for index in 0..<count {
            let sample = samples + index * samplesPerPixel
            var colour = colour(of: sample)
            switch transparency {
            case .none: break
            case .associated: colour = colour.divided(by: sample[colourCount]).onWhite(alpha: sample[colourCount])
            case .unassociated: colour = colour.onWhite(alpha: sample[colourCount])
            }
            let pixel = pixels + 3 * index
            (pixel[0], pixel[1], pixel[2]) = (colour.red, colour.green, colour.blue)
        }
    }

    private func colour(of sample: UnsafePointer<UInt8>) -> RGB {
        switch photometric {
        case .minIsWhite, .minIsBlack:
            let level = levels[Int(sample[0])]
            return RGB(level, level, level)
        case .palette: return palette[Int(sample[0])]
        case .cmyk:
            let light = 255 - sample[3]
            func level(_ ink: UInt8) -> UInt8 { light - cpixels_scaled(UInt32(ink), UInt32(light)) }
            return RGB(level(sample[0]), level(sample[1]), level(sample[2]))
        case .rgb, .yCbCr: return RGB(sample[0], sample[1], sample[2])
        }
    }
}

extension TIFFPhotometric {
    /// How many samples of a pixel make its colour; nil where libtiff must convert them.
    var colourCount: Int? {
        switch self {
        case .minIsWhite, .minIsBlack, .palette: 1
        case .rgb: 3
        case .cmyk: 4
        case .yCbCr: nil
        }
    }

    var bitCounts: [Int] {
        switch self {
        case .minIsWhite, .minIsBlack: [1, 2, 4, 8, 12, 16]
        case .palette: [1, 2, 4, 8]
        case .rgb, .cmyk: [8, 16]
        case .yCbCr: []
        }
    }
}

extension RGB {
    /// The colour that was multiplied by its opacity.
    fileprivate func divided(by alpha: UInt8) -> RGB {
        guard alpha > 0 else { return .black }
        func level(_ product: UInt8) -> UInt8 { UInt8(min(Int(product) * 255 / Int(alpha), 255)) }
        return RGB(level(red), level(green), level(blue))
    }
}
