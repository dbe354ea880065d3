/// Colours for numbers from 0 to 1: matplotlib's “inferno” (Smith and van der Walt 2015, CC0). Its lightness grows evenly
/// from black to light yellow, so that it reads alike in grey and to colour-blind people.
package enum ColourScale {
    /// The colour of a number; what lies outside 0...1 has that of the nearer end.
    package static func colour(of value: Float) -> RGB {
        let position = min(max(value, 0), 1) * Float(anchors.count - 1)
        let index = min(Int(position), anchors.count - 2)
        let fraction = position - Float(index)
        func channel(_ shift: UInt32) -> UInt8 {
            let (low, high) = (anchors[index] >> shift & 0xFF, anchors[index + 1] >> shift & 0xFF)
            return UInt8((Float(low) + fraction * (Float(high) - Float(low))).rounded())
        }
        return RGB(channel(16), channel(8), channel(0))
    }

    /// Every eighth colour of the original's 256; between them it is straight to within 2 of 255.
    private static let anchors: [UInt32] = [
        0x000004, 0x040312, 0x0B0724, 0x150B37, 0x210C4A, 0x2E0A5A, 0x3C0965, 0x4A0C6B, 0x57106D, 0x63146E, 0x70196E,
        0x7D1E6D, 0x89226A, 0x962766, 0xA32B61, 0xAF315C, 0xBB3755, 0xC63E4D, 0xD14644, 0xDB4F3B, 0xE35932, 0xEB6528,
        0xF1711E, 0xF67F14, 0xF98D0A, 0xFB9C06, 0xFCAB0F, 0xFBBA1F, 0xF9CA32, 0xF5D949, 0xF2E865, 0xF3F586, 0xFCFFA4,
    ]
}

extension ScalarMap {
    /// The map as a picture, 0...1 from black to light yellow.
    package var picture: Image {
        Image(width: width, height: height) { pixels in
            for (index, value) in values.enumerated() {
                let colour = ColourScale.colour(of: value)
                (pixels[3 * index], pixels[3 * index + 1], pixels[3 * index + 2]) = (
                    colour.red, colour.green, colour.blue
                )
            }
        }
    }
}

extension Image {
    /// The picture with another one of its size laid over it.
    /// - Parameter opacity: 0 for none of the other, 1 for nothing else.
    package func overlaid(with other: Image, opacity: Double) -> Image {
        precondition(other.width == width && other.height == height, "both pictures have one size")
        let pixels = zip(pixels, other.pixels).map { below, above in
            UInt8((Double(below) + (Double(above) - Double(below)) * opacity).rounded())
        }
        return Image(width: width, height: height, pixels: pixels)
    }
}
