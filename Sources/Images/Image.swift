import CPixels

/// A picture of 8-bit RGB: `height` × `width` × 3 bytes, rows from the top, pixels from the left.
public struct Image: Sendable, Hashable {
    public let width: Int
    public let height: Int
    /// Values 0...255 as stored in files (sRGB), interleaved.
    public var pixels: [UInt8]
    /// The width and height in the file, upright; nil where they are those here.
    private var unreduced: Size?

    private struct Size: Hashable {
        let width, height: Int
    }

    /// The width and height of the picture that was decoded, upright: larger than those here where it was decoded at a
    /// fraction of its size.
    package internal(set) var sizeInFile: (width: Int, height: Int) {
        get { unreduced.map { ($0.width, $0.height) } ?? (width, height) }
        set { unreduced = Size(width: newValue.width, height: newValue.height) }
    }

    /// - Parameter pixels: `height` × `width` × 3 bytes.
    public init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(width > 0 && height > 0, "an image has at least one pixel")
        precondition(pixels.count == width * height * 3, "an image has three bytes for each pixel")
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// A picture of one colour.
    package init(width: Int, height: Int, filledWith colour: RGB) {
        self.init(width: width, height: height) { pixels in
            for i in 0..<width * height {
                pixels[3 * i] = colour.red
                pixels[3 * i + 1] = colour.green
                pixels[3 * i + 2] = colour.blue
            }
        }
    }

    /// A picture whose every byte `fill` writes.
    init(width: Int, height: Int, writing fill: (UnsafeMutablePointer<UInt8>) throws -> Void) rethrows {
        let count = width * height * 3
        let pixels = try [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            guard let start = buffer.baseAddress else { return }
            try fill(start)
            initializedCount = count
        }
        self.init(width: width, height: height, pixels: pixels)
    }

    /// Hands out the bytes for reading.
    func withPixels<Result>(_ body: (UnsafePointer<UInt8>) throws -> Result) rethrows -> Result {
        try pixels.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { preconditionFailure("an image has at least one pixel") }
            return try body(start)
        }
    }

    /// Hands out the bytes for changing.
    mutating func withMutablePixels(_ body: (UnsafeMutablePointer<UInt8>) -> Void) {
        pixels.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { preconditionFailure("an image has at least one pixel") }
            body(start)
        }
    }

    var pixelCount: Int { width * height }

    /// The whole picture as a region.
    var bounds: PixelRegion { PixelRegion(x: 0, y: 0, width: width, height: height) }
}

/// A colour, 0...255 for each channel.
public struct RGB: Sendable, Hashable {
    public var red, green, blue: UInt8

    public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
        (self.red, self.green, self.blue) = (red, green, blue)
    }

    public static let black = RGB(0, 0, 0)
    public static let white = RGB(255, 255, 255)
    /// The mean of ImageNet's training images: next to nothing after the usual preprocessing.
    public static let imageNetMean = RGB(124, 116, 104)
}

extension RGB {
    /// This colour with transparency, in front of white.
    func onWhite(alpha: UInt8) -> RGB {
        func blended(_ level: UInt8) -> UInt8 { cpixels_scaled(UInt32(level), UInt32(alpha)) + (255 - alpha) }
        return RGB(blended(red), blended(green), blended(blue))
    }
}

/// A rectangle of whole pixels.
package struct PixelRegion: Sendable, Hashable {
    package var x, y, width, height: Int

    package init(x: Int, y: Int, width: Int, height: Int) {
        (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }
}
