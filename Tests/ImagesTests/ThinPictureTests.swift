import Foundation
import Images
import Tensors
import TestSupport
import Testing

/// Pictures that are a thousand times as long as wide: nothing may grow with the shape, only with the number of pixels.
@Suite struct ThinPictureTests {
    private static let pictures = [(65_500, 1), (1, 65_500), (65_500, 3), (2, 40_000)].map { width, height in
        TestPictures.noise(width, height, seed: width)
    }

    /// By how many bytes the memory of the process grew at most while `body` ran.
    private func peakGrowth(during body: () throws -> Void) throws -> Int {
        func kilobytes(_ key: String) throws -> Int {
            let lines = try String(contentsOfFile: "/proc/self/status", encoding: .utf8).split(separator: "\n")
            let line = try #require(lines.first { $0.hasPrefix(key) })
            return try #require(Int(line.split(separator: " ").dropLast().last ?? ""))
        }
        // Begins to count the peak anew.
        try "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
        let before = try kilobytes("VmRSS:")
        try body()
        return (try kilobytes("VmHWM:") - before) << 10
    }

    @Test(arguments: ResizeMode.allCases) func viewsTakeNoMoreMemoryThanThePicture(mode: ResizeMode) throws {
        for picture in Self.pictures {
            let growth = try peakGrowth {
                for augmentation in TestTimeAugmentation.allCases {
                    let views = picture.views(augmentation, side: 224, mode)
                    #expect(views.width == 224 && views.height == 224 * augmentation.viewCount)
                }
            }
            #expect(growth < 48 << 20, "\(picture.width)×\(picture.height): \(growth >> 20) MiB")
        }
    }

    @Test func augmentationsTakeNoMoreMemoryThanThePicture() throws {
        for picture in Self.pictures {
            for description in AugmentationDescription.all {
                let augmentation = try description.make()
                let growth = try peakGrowth {
                    var random = RandomStream(seed: 1, purpose: .augmentation)
                    for steps in [
                        [augmentation], [augmentation, .randomResizedCrop(scale: 0.08...1, ratio: 0.75...1.33)],
                    ] {
                        let result = steps.applied(to: picture, side: 224, resize: .crop, using: &random)
                        #expect(result.width == 224 && result.height == 224)
                    }
                }
                #expect(growth < 48 << 20, "\(description.name): \(growth >> 20) MiB")
            }
        }
    }

    /// The crops are those of the whole enlarged picture.
    @Test(arguments: [(300, 2), (2, 301), (257, 9)]) func cropsAreThoseOfTheEnlargedPicture(width: Int, height: Int) {
        let picture = TestPictures.noise(width, height, seed: 3)
        let (side, larger) = (32, 37)
        let (wide, high) = width <= height ? (larger, larger * height / width) : (larger * width / height, larger)
        let whole = picture.resized(width: wide, height: high)
        let (right, bottom) = (wide - side, high - side)
        func half(_ excess: Int) -> Int { Int((Double(excess) / 2).rounded(.toNearestOrEven)) }
        let views = [whole, whole.flippedHorizontally()].flatMap { whole in
            [(0, 0), (right, 0), (0, bottom), (right, bottom), (half(right), half(bottom))].map { x, y in
                whole.cropped(PixelRegion(x: x, y: y, width: side, height: side))
            }
        }
        #expect(picture.views(.tenCrop, side: side, .crop).pixels == views.flatMap(\.pixels))
    }

    /// Beyond 2²⁴ pixels single precision would not find the last ones.
    @Test func theLastPixelOfAVeryLongPictureIsFound() {
        let count = 1 << 24 + 3
        var pixels = [UInt8](repeating: 0, count: 3 * count)
        for channel in 1...3 { pixels[3 * count - channel] = 255 }
        let picture = Image(width: count, height: 1, pixels: pixels)
        let kept = PixelRegion(x: 2 * count - 4, y: 0, width: 4, height: 1)
        let end = picture.resized(width: 2 * count, height: 1, keeping: kept)
        #expect(stride(from: 0, to: 12, by: 3).map { end.pixels[$0] } == [0, 64, 191, 255])
    }
}
