import Foundation
import Images
import TestSupport

/// Pictures that `Scripts/goldens/images.py` makes in the same way.
enum TestPictures {
    /// Pseudo-random bytes.
    static func noise(_ width: Int, _ height: Int, seed: Int) -> Image {
        let pixels = (0..<width * height * 3).map { i -> UInt8 in
            var h = UInt32(truncatingIfNeeded: i + seed * 7919) &* 0x9E37_79B1
            h ^= h >> 15
            h = h &* 0x85EB_CA6B
            h ^= h >> 13
            return UInt8(h >> 24)
        }
        return Image(width: width, height: height, pixels: pixels)
    }

    /// Smooth colours with some noise.
    static func scene(_ width: Int, _ height: Int, seed: Int) -> Image {
        var image = noise(width, height, seed: seed)
        for y in 0..<height {
            for x in 0..<width {
                for c in 0..<3 {
                    let ramp = (x * (3 + c) + y * (5 - c) + c * 60 + seed * 17) % 512
                    let i = (y * width + x) * 3 + c
                    image.pixels[i] = UInt8(min(ramp, 511 - ramp) * 7 / 8 + Int(image.pixels[i]) / 8)
                }
            }
        }
        return image
    }
}

/// Reads a golden JSON file of this area.
func goldenJSON<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: Data(contentsOf: URL(fileURLWithPath: golden("images/\(name)"))))
}
