import Images
import Tensors
import Testing

/// What augmentations draw: probabilities, ranges, sizes, and that the stream alone decides.
@Suite struct AugmentationRandomnessTests {
    private func stream(_ sample: Int) -> RandomStream {
        RandomStream(seed: 7, purpose: .augmentation, epoch: 1, sample: sample)
    }

    /// A picture whose pixels say where they are: red is x, green is y.
    private func map(_ width: Int, _ height: Int) -> Image {
        var image = Image(width: width, height: height, filledWith: .white)
        for i in 0..<width * height {
            image.pixels[3 * i] = UInt8(i % width)
            image.pixels[3 * i + 1] = UInt8(i / width)
        }
        return image
    }

    private func apply(_ augmentation: Augmentation, to image: Image, sample: Int, side: Int = 32) -> Image {
        var random = stream(sample)
        return augmentation.applied(to: image, side: side, using: &random)
    }

    private static let everything = AugmentationDescription.all.compactMap { try? $0.make() }

    @Test func everyAugmentationYieldsTheTrainingSize() {
        #expect(Self.everything.count == 18)
        for (index, augmentation) in Self.everything.enumerated() {
            for image in [TestPictures.scene(50, 41, seed: 1), TestPictures.noise(1, 1, seed: 2), map(3, 200)] {
                for mode in ResizeMode.allCases {
                    var random = stream(index)
                    let result = [augmentation].applied(to: image, side: 24, resize: mode, using: &random)
                    #expect(result.width == 24 && result.height == 24, "\(augmentation)")
                }
            }
        }
    }

    @Test func theStreamAloneDecides() {
        let image = TestPictures.scene(48, 40, seed: 5)
        var differing = 0
        for sample in 0..<10 {
            var (first, second, other) = (stream(sample), stream(sample), stream(sample + 100))
            let result = Self.everything.applied(to: image, side: 32, resize: .crop, using: &first)
            #expect(Self.everything.applied(to: image, side: 32, resize: .crop, using: &second) == result)
            if Self.everything.applied(to: image, side: 32, resize: .crop, using: &other) != result { differing += 1 }
        }
        #expect(differing == 10)
    }

    @Test func anEmptyListOnlyFits() {
        let image = TestPictures.scene(48, 40, seed: 5)
        var random = stream(0)
        let none: [Augmentation] = []
        #expect(none.applied(to: image, side: 32, resize: .squash, using: &random) == image.fitted(to: 32, .squash))
    }

    @Test(arguments: [0, 0.25, 0.8, 1]) func thingsHappenWithTheirProbability(p: Double) {
        let image = TestPictures.scene(8, 8, seed: 1)
        let fill = RGB(1, 2, 3)
        let candidates: [Augmentation] = [
            .horizontalFlip(p: p), .verticalFlip(p: p), .grayscale(p: p), .gaussianBlur(sigma: 1...1, p: p),
            .noise(deviation: 0.2...0.2, p: p), .randomErasing(p: p, scale: 0.2...0.2, ratio: 1...1, fill: fill),
        ]
        for augmentation in candidates {
            let count = (0..<2000).count { apply(augmentation, to: image, sample: $0, side: 8) != image }
            // Four standard deviations of a binomial count.
            #expect(abs(Double(count) - 2000 * p) <= 4 * (2000 * p * (1 - p)).squareRoot(), "\(augmentation): \(count)")
        }
    }

    @Test func resizedCropsKeepShareAndRatio() {
        // A linear ramp shows, at the crop's corners, which part was taken.
        let image = map(200, 150)
        var shares: [Double] = []
        for sample in 0..<400 {
            let crop = apply(.randomResizedCrop(scale: 0.2...0.6, ratio: 0.75...1.3333), to: image, sample: sample)
            let last = crop.pixels.count - 3
            let wide = Double(crop.pixels[last]) - Double(crop.pixels[0])
            let high = Double(crop.pixels[last + 1]) - Double(crop.pixels[1])
            // Pixel centres at the ends lie about half an output pixel inside the crop.
            let (width, height) = (wide * 32 / 31, high * 32 / 31)
            shares.append(width * height / 30_000)
            #expect((0.71...1.41).contains(width / height))
        }
        #expect(shares.allSatisfy { (0.18...0.63).contains($0) })
        let mean = shares.reduce(0, +) / 400
        #expect(abs(mean - 0.4) < 0.03)
    }

    @Test func impossibleCropsFallBackToTheMiddle() {
        // No part of a 100 × 4 picture has these ratios and at least nine tenths of the area.
        let image = map(100, 4)
        let crop = apply(.randomResizedCrop(scale: 0.9...1, ratio: 0.75...1.25), to: image, sample: 1, side: 5)
        #expect(crop == image.cropped(PixelRegion(x: 47, y: 0, width: 5, height: 4), resizedTo: (5, 5)))
    }

    @Test func paddedCropsReachEveryOffset() {
        let image = map(8, 8)
        var offsets: Set<[Int]> = []
        for sample in 0..<600 {
            let crop = apply(.randomCrop(padding: 2), to: image, sample: sample)
            #expect(crop.width == 8 && crop.height == 8)
            let centre = (4 * 8 + 4) * 3
            offsets.insert([Int(crop.pixels[centre]) - 4, Int(crop.pixels[centre + 1]) - 4])
        }
        #expect(offsets.count == 25)
        #expect(offsets.allSatisfy { abs($0[0]) <= 2 && abs($0[1]) <= 2 })
    }

    @Test func translationsStayWithinTheirShare() {
        let image = map(20, 20)
        var columns: Set<Int> = []
        for sample in 0..<300 {
            let moved = apply(.translation(x: 0.2, y: 0, fill: .black), to: image, sample: sample)
            let centre = (10 * 20 + 10) * 3
            columns.insert(Int(moved.pixels[centre]) - 10)
            #expect(moved.pixels[centre + 1] == 10)
        }
        #expect(columns == Set(-4...4))
    }

    @Test func factorsCoverTheirRange() {
        let image = Image(width: 1, height: 1, filledWith: RGB(100, 100, 100))
        let levels = (0..<500).map { Int(apply(.brightness(factor: 0.5...1.5), to: image, sample: $0).pixels[0]) }
        #expect(levels.allSatisfy { (50...150).contains($0) })
        #expect((levels.min() ?? 99) < 53 && (levels.max() ?? 0) > 147)
        #expect(abs(levels.reduce(0, +) / 500 - 100) <= 5)
    }

    @Test func rangesOfOneValueAreThatValue() {
        let image = TestPictures.scene(20, 20, seed: 1)
        let jitter = Augmentation.colorJitter(brightness: 1...1, contrast: 1...1, saturation: 1...1, hue: 0...0)
        #expect(apply(.brightness(factor: 1...1), to: image, sample: 0) == image)
        #expect(apply(.rotation(degrees: 0...0, fill: .white), to: image, sample: 0) == image)
        #expect(apply(.affine(.init(), fill: .white), to: image, sample: 0) == image)
        #expect(apply(.scale(factor: 1...1, fill: .white), to: image, sample: 0) == image)
        #expect(apply(.shear(x: 0...0, y: 0...0, fill: .white), to: image, sample: 0) == image)
        // Only HSV's own coarseness is left.
        var coarse = image
        coarse.shiftHue(by: 0)
        #expect(apply(jitter, to: image, sample: 0) == coarse)
    }

    @Test func positiveRotationIsCounterClockwise() {
        // The left half is white; a quarter turn counter-clockwise brings it to the bottom.
        var image = Image(width: 16, height: 16, filledWith: .black)
        image.erase(PixelRegion(x: 0, y: 0, width: 8, height: 16), fill: .white)
        let turned = apply(.rotation(degrees: 90...90, fill: .black), to: image, sample: 0)
        #expect(turned.pixels[(14 * 16 + 8) * 3] > 250)
        #expect(turned.pixels[(1 * 16 + 8) * 3] < 5)
    }

    @Test func jitterShufflesItsSteps() {
        // Only the order can differ: every factor is fixed.
        let image = TestPictures.scene(16, 16, seed: 2)
        let jitter = Augmentation.colorJitter(
            brightness: 1.5...1.5, contrast: 0.5...0.5, saturation: 2...2, hue: 0.1...0.1)
        let results = Set((0..<200).map { apply(jitter, to: image, sample: $0) })
        #expect(results.count > 6 && results.count <= 24)
    }

    @Test func noiseIsNormal() {
        let image = Image(width: 200, height: 200, filledWith: RGB(128, 128, 128))
        let noisy = apply(.noise(deviation: 0.1...0.1, p: 1), to: image, sample: 3)
        let values = noisy.pixels.map { Double($0) - 128 }
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        #expect(abs(mean) < 0.4)
        #expect(abs(variance.squareRoot() - 25.5) < 0.4)
        let withinOne = Double(values.count { abs($0) <= 25.5 }) / Double(values.count)
        #expect(abs(withinOne - 0.683) < 0.015)
        let red = stride(from: 0, to: values.count, by: 3).map { values[$0] * values[$0 + 1] }
        #expect(abs(red.reduce(0, +) / Double(red.count)) < 0.03 * variance)
    }

    @Test func erasedShareIsInRange() {
        let image = Image(width: 40, height: 40, filledWith: .white)
        let erasing = Augmentation.randomErasing(p: 1, scale: 0.1...0.3, ratio: 0.5...2, fill: .black)
        for sample in 0..<200 {
            let black = apply(erasing, to: image, sample: sample).pixels.count { $0 == 0 } / 3
            #expect((145...500).contains(black))
        }
    }
}
