import Glibc
import Images
import Tensors
import Testing

/// The loops that work on many pixels at once against the formulas for one, byte for byte, on sizes that divide nothing.
@Suite struct VectorLoopTests {
    static let sizes = [(1, 1), (2, 1), (1, 3), (5, 4), (17, 3), (63, 2), (64, 1), (65, 5), (129, 7), (300, 2)]

    private func expect(
        _ name: String, _ change: (inout Image) -> Void, equals pixel: ([UInt8], Image) -> [UInt8],
        on images: [Image]
    ) {
        for image in images {
            var changed = image
            change(&changed)
            let expected = (0..<image.width * image.height).flatMap {
                pixel(Array(image.pixels[3 * $0..<3 * $0 + 3]), image)
            }
            let agrees = changed.pixels == expected
            #expect(agrees, "\(name), \(image.width)×\(image.height)")
        }
    }

    private var pictures: [Image] {
        Self.sizes.flatMap { [TestPictures.noise($0.0, $0.1, seed: 5), TestPictures.scene($0.0, $0.1, seed: 6)] }
    }

    // MARK: Colour

    private func luma(_ pixel: [UInt8]) -> Int {
        (19_595 * Int(pixel[0]) + 38_470 * Int(pixel[1]) + 7_471 * Int(pixel[2]) + 0x8000) >> 16
    }

    private func blend(_ first: Int, _ second: UInt8, _ factor: Float) -> UInt8 {
        UInt8(min(max(Float(first) + factor * Float(Int(second) - first), 0), 255))
    }

    @Test(arguments: [0, 0.3, 0.7231, 1, 1.25, 1.9, 7]) func blends(_ factor: Double) {
        let share = Float(factor)
        expect(
            "brightness", { $0.changeBrightness(by: factor) },
            equals: { pixel, _ in pixel.map { blend(0, $0, share) } },
            on: pictures)
        expect(
            "saturation", { $0.changeSaturation(by: factor) },
            equals: { pixel, _ in pixel.map { blend(luma(pixel), $0, share) } }, on: pictures)
        for image in pictures {
            let lumas = stride(from: 0, to: image.pixels.count, by: 3).map { luma(Array(image.pixels[$0..<$0 + 3])) }
            let mean = Int(Double(lumas.reduce(0, +)) / Double(lumas.count) + 0.5)
            expect(
                "contrast", { $0.changeContrast(by: factor) },
                equals: { pixel, _ in pixel.map { blend(mean, $0, share) } }, on: [image])
        }
    }

    @Test func greyIsLuma() {
        expect(
            "grey", { $0.makeGrey() },
            equals: { pixel, _ in [UInt8](repeating: UInt8(luma(pixel)), count: 3) }, on: pictures)
    }

    @Test(arguments: [-1, -0.5, -0.1, 0, 0.03, 0.25, 0.5]) func hueShifts(_ shift: Double) {
        let levels = (0...255).filter { $0 % 11 == 0 || $0 < 4 || $0 > 252 }.map(UInt8.init)
        let colours = levels.flatMap { red in levels.flatMap { green in levels.flatMap { [red, green, $0] } } }
        let all = Image(width: colours.count / 3, height: 1, pixels: colours)
        expect(
            "hue", { $0.shiftHue(by: shift) }, equals: { pixel, _ in hueShifted(pixel, shift) }, on: pictures + [all])
    }

    /// By way of Pillow's 8-bit HSV, in its mixture of single and double precision.
    private func hueShifted(_ pixel: [UInt8], _ shift: Double) -> [UInt8] {
        let (red, green, blue) = (pixel[0], pixel[1], pixel[2])
        let (largest, smallest) = (max(red, green, blue), min(red, green, blue))
        if largest == smallest { return pixel }
        let range = Float(largest - smallest)
        func lack(_ channel: UInt8) -> Float { Float(largest - channel) / range }
        let place: Float =
            if red == largest {
                lack(blue) - lack(green)
            } else if green == largest {
                Float(2 + Double(lack(red)) - Double(lack(blue)))
            } else {
                Float(4 + Double(lack(green)) - Double(lack(red)))
            }
        let turns = Float(fmod(Double(place) / 6 + 1, 1))
        let hue = UInt8(Double(turns) * 255) &+ UInt8(truncatingIfNeeded: Int(shift * 255))
        let saturation = Float(Double(UInt8(Double(range / Float(largest)) * 255)) / 255)

        let sixths = Double(hue) * 6 / 255
        let rest = Float(sixths - sixths.rounded(.down))
        func level(_ share: Double) -> UInt8 { UInt8((Double(largest) * share).rounded()) }
        let low = level(1 - Double(saturation))
        let falling = level(1 - Double(saturation * rest))
        let rising = level(1 - Double(saturation) * (1 - Double(rest)))
        switch Int(sixths) % 6 {
        case 0: return [largest, rising, low]
        case 1: return [falling, largest, low]
        case 2: return [low, largest, rising]
        case 3: return [low, falling, largest]
        case 4: return [rising, low, largest]
        default: return [largest, low, falling]
        }
    }

    // MARK: Geometry

    @Test func flips() {
        func level(_ image: Image, _ x: Int, _ y: Int, _ channel: Int) -> UInt8 {
            image.pixels[3 * (y * image.width + x) + channel]
        }
        for image in pictures {
            let (mirrored, flipped) = (image.flippedHorizontally(), image.flippedVertically())
            for place in image.pixels.indices {
                let (x, y, channel) = (place / 3 % image.width, place / 3 / image.width, place % 3)
                #expect(mirrored.pixels[place] == level(image, image.width - 1 - x, y, channel))
                #expect(flipped.pixels[place] == level(image, x, image.height - 1 - y, channel))
            }
        }
    }

    /// Enlarged, shrunk and as it is, along each axis.
    @Test(arguments: [(31, 23), (64, 40), (13, 9), (31, 9), (1, 1)]) func mirroredCropsAreCropsMirrored(
        _ width: Int, _ height: Int
    ) {
        let image = TestPictures.scene(41, 33, seed: 4)
        let region = PixelRegion(x: 7, y: 5, width: 31, height: 23)
        let mirrored = image.cropped(region, resizedTo: (width, height), mirrored: true)
        #expect(mirrored == image.cropped(region, resizedTo: (width, height)).flippedHorizontally())
    }

    @Test func cropAndFlipInOnePassDrawTheSame() {
        let crop = Augmentation.randomResizedCrop(scale: 0.2...1, ratio: 0.75...1.3333)
        let (flip, shift) = (Augmentation.horizontalFlip(p: 0.5), Augmentation.randomCrop(padding: 3))
        let image = TestPictures.scene(41, 33, seed: 4)
        for sample in 0..<20 {
            var (one, other) = (
                RandomStream(seed: 1, purpose: .augmentation, sample: sample),
                RandomStream(seed: 1, purpose: .augmentation, sample: sample)
            )
            let together = [crop, flip, shift].applied(to: image, side: 24, resize: .crop, using: &one)
            let apart = [crop, flip, shift].reduce(image) { $1.applied(to: $0, side: 24, using: &other) }
            #expect(together == apart)
        }
    }

    @Test func cropsAtTheEndOfMemory() {
        // The filter reaches the last byte of the picture.
        for (width, height) in Self.sizes {
            let image = TestPictures.noise(width, height, seed: 7)
            let region = PixelRegion(x: width / 2, y: height / 2, width: width - width / 2, height: height - height / 2)
            let cut = image.cropped(region)
            for size in [(1, 1), (3, 2), (37, 41)] {
                #expect(
                    image.cropped(region, resizedTo: size) == cut.resized(width: size.0, height: size.1),
                    "\(width)×\(height)")
            }
        }
    }

    static let maps = [
        AffineMap(), AffineMap(rotation: 30), AffineMap(rotation: -91, translation: (3, -2)),
        AffineMap(rotation: 5, scale: 1.3, shear: (8, -3)), AffineMap(scale: 1e-4), AffineMap(scale: 50),
        AffineMap(translation: (1e6, 0)),
    ]

    @Test(arguments: maps) func warps(_ map: AffineMap) {
        let fill = RGB(9, 8, 7)
        for image in pictures {
            let (width, height) = (Double(image.width), Double(image.height))
            let places = places(of: map, width, height)
            let expected = places.flatMap { x, y -> [UInt8] in
                guard x >= 0, x < width, y >= 0, y < height else { return [fill.red, fill.green, fill.blue] }
                return sample(image, x - 0.5, y - 0.5)
            }
            let agrees = image.warped(map, fill: fill).pixels == expected
            #expect(agrees, "\(map), \(image.width)×\(image.height)")
        }
    }

    /// Where each pixel comes from, in the order of operations that the bytes depend on.
    private func places(of map: AffineMap, _ width: Double, _ height: Double) -> [(Double, Double)] {
        let radians = Double.pi / 180
        let (angle, shearX, shearY) = (map.rotation * radians, map.shearX * radians, map.shearY * radians)
        let a = (-sin(angle - shearY) * tan(shearX) / cos(shearY) + cos(angle)) / map.scale
        let b = (cos(angle - shearY) * tan(shearX) / cos(shearY) + sin(angle)) / map.scale
        let d = -sin(angle - shearY) / cos(shearY) / map.scale
        let e = cos(angle - shearY) / cos(shearY) / map.scale
        let (x0, y0) = (-width * 0.5 - map.translationX, -height * 0.5 - map.translationY)
        let (c, f) = (a * x0 + b * y0 + width * 0.5, d * x0 + e * y0 + height * 0.5)
        return (0..<Int(height)).flatMap { row in
            (0..<Int(width)).map { column in
                let (x, y) = (Double(column) + 0.5, Double(row) + 0.5)
                return (a * x + b * y + c, d * x + e * y + f)
            }
        }
    }

    /// Between four pixels, those at the edge repeated.
    private func sample(_ image: Image, _ x: Double, _ y: Double) -> [UInt8] {
        let (column, row) = (Int(x.rounded(.down)), Int(y.rounded(.down)))
        let (shareX, shareY) = (x - Double(column), y - Double(row))
        func level(_ column: Int, _ row: Int, _ channel: Int) -> Double {
            let (column, row) = (min(max(column, 0), image.width - 1), min(max(row, 0), image.height - 1))
            return Double(image.pixels[3 * (row * image.width + column) + channel])
        }
        func mix(_ first: Double, _ second: Double, _ share: Double) -> Double { first + (second - first) * share }
        return (0..<3).map { channel in
            let above = mix(level(column, row, channel), level(column + 1, row, channel), shareX)
            let below = mix(level(column, row + 1, channel), level(column + 1, row + 1, channel), shareX)
            return UInt8(mix(above, below, shareY))
        }
    }

    // MARK: Blur

    /// With kernels smaller than the picture, larger, and larger several times over.
    @Test(arguments: [0.1, 0.4, 1.3, 2, 9]) func blurs(_ sigma: Double) {
        for image in pictures {
            let agrees = image.blurred(sigma: sigma).pixels == blurred(image, sigma)
            #expect(agrees, "σ \(sigma), \(image.width)×\(image.height)")
        }
    }

    /// Single precision, along x and then along y, tap after tap.
    private func blurred(_ image: Image, _ sigma: Double) -> [UInt8] {
        let (width, height) = (image.width, image.height)
        let radius = min(Int((3 * sigma).rounded(.up)), max(width, height) - 1)
        if radius == 0 { return image.pixels }
        let shape = (-radius...radius).map { exp(-0.5 * (Double($0) / sigma) * (Double($0) / sigma)) }
        let weights = shape.map { Float($0 / shape.reduce(0, +)) }
        func reflected(_ index: Int, _ count: Int) -> Int {
            var index = count == 1 ? 0 : index
            while !(0..<count).contains(index) { index = index < 0 ? -index : 2 * (count - 1) - index }
            return index
        }
        let rows = image.pixels.indices.map { place in
            let (y, x, channel) = (place / (3 * width), place / 3 % width, place % 3)
            return weights.indices.reduce(Float(0)) { sum, tap in
                let source = 3 * (y * width + reflected(x + tap - radius, width)) + channel
                return sum + weights[tap] * Float(image.pixels[source])
            }
        }
        return image.pixels.indices.map { place in
            let (y, rest) = (place / (3 * width), place % (3 * width))
            let sum = weights.indices.reduce(Float(0.5)) { sum, tap in
                sum + weights[tap] * rows[reflected(y + tap - radius, height) * 3 * width + rest]
            }
            return UInt8(min(max(sum, 0), 255))
        }
    }
}
