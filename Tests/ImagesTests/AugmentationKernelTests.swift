import Foundation
import Images
import Testing

/// The deterministic part of each augmentation against torchvision's functions of PIL images.
@Suite struct AugmentationKernelTests {
    struct Goldens: Decodable {
        let warps: [Warp]
        let rotations: [Rotation]
        let blurs: [Blur]
        let colours: [Colour]
        let crops: [Crop]
    }
    struct Warp: Decodable {
        let rotation, scale: Double
        let translation, shear: [Double]
        let seed: Int
        let pixels: Data
    }
    struct Rotation: Decodable {
        let degrees: Double
        let seed: Int
        let pixels: Data
    }
    struct Blur: Decodable {
        let sigma: Double
        let seed: Int
        let pixels: Data
    }
    struct Colour: Decodable {
        let seed: Int
        let change: String
        let amount: Double
        let crc: UInt32
    }
    struct Crop: Decodable {
        let seed: Int
        let region: [Int]
        let side: Int
        let crc: UInt32
    }

    let goldens: Goldens

    init() throws {
        goldens = try goldenJSON("augmentations.json", as: Goldens.self)
    }

    private func picture(_ seed: Int) -> Image { TestPictures.scene(31, 23, seed: seed) }

    /// The largest difference in levels, and the share of bytes that differ at all.
    private func difference(_ image: Image, _ expected: Data) -> (largest: Int, share: Double) {
        guard image.pixels.count == expected.count else { return (256, 1) }
        let differences = zip(image.pixels, expected).map { abs(Int($0) - Int($1)) }
        return (differences.max() ?? 0, Double(differences.count { $0 > 0 }) / Double(differences.count))
    }

    @Test func affineMapsAgreeWithTorchvision() {
        #expect(goldens.warps.count == 9)
        for golden in goldens.warps {
            let map = AffineMap(
                rotation: golden.rotation, translation: (golden.translation[0], golden.translation[1]),
                scale: golden.scale, shear: (golden.shear[0], golden.shear[1]))
            let (largest, share) = difference(
                picture(golden.seed).warped(map, fill: RGB(10, 200, 90)), golden.pixels)
            #expect(largest <= 1 && share < 0.005, "\(golden): \(largest), \(share)")
        }
    }

    @Test func rotationAgreesWithPillow() {
        for golden in goldens.rotations {
            let image = picture(golden.seed).warped(AffineMap(rotation: -golden.degrees), fill: .black)
            let (largest, share) = difference(image, golden.pixels)
            #expect(largest <= 1 && share < 0.005, "\(golden.degrees)°: \(largest), \(share)")
        }
    }

    @Test func blurAgreesWithTorchvision() {
        for golden in goldens.blurs {
            let (largest, share) = difference(picture(golden.seed).blurred(sigma: golden.sigma), golden.pixels)
            #expect(largest <= 1 && share < 0.01, "sigma \(golden.sigma): \(largest), \(share)")
        }
    }

    @Test func colourChangesEqualTorchvision() {
        #expect(goldens.colours.count == 64)
        let images = [picture(1), TestPictures.noise(64, 64, seed: 3)]
        for golden in goldens.colours {
            var image = images[golden.seed]
            switch golden.change {
            case "brightness": image.changeBrightness(by: golden.amount)
            case "contrast": image.changeContrast(by: golden.amount)
            case "saturation": image.changeSaturation(by: golden.amount)
            case "hue": image.shiftHue(by: golden.amount)
            default: image.makeGrey()
            }
            #expect(image.crc == golden.crc, "\(golden)")
        }
    }

    @Test func resizedCropsEqualTorchvision() {
        for golden in goldens.crops {
            let region = PixelRegion(
                x: golden.region[0], y: golden.region[1], width: golden.region[2], height: golden.region[3])
            let result = picture(golden.seed).cropped(region, resizedTo: (golden.side, golden.side))
            #expect(result.crc == golden.crc, "\(golden)")
        }
    }

    @Test func flipsMirrorAndShiftsMove() {
        let image = picture(2)
        let mirrored = image.flippedHorizontally()
        #expect(mirrored.pixels[0..<3] == image.pixels[30 * 3..<31 * 3])
        #expect(mirrored.flippedHorizontally() == image)
        let flipped = image.flippedVertically()
        #expect(flipped.pixels[0..<93] == image.pixels[22 * 93..<23 * 93])
        #expect(flipped != mirrored && flipped.flippedVertically() == image)

        let moved = image.shifted(x: 2, y: 3, fill: RGB(1, 2, 3))
        #expect(moved == image.warped(AffineMap(translation: (2, 3)), fill: RGB(1, 2, 3)))
        #expect(Array(moved.pixels[0..<3]) == [1, 2, 3])
        #expect(image.shifted(x: 100, y: -100, fill: .white) == Image(width: 31, height: 23, filledWith: .white))
    }

    @Test func erasingPaintsTheRegionOnly() {
        let image = picture(3)
        var erased = image
        erased.erase(PixelRegion(x: 3, y: 2, width: 5, height: 4), fill: .imageNetMean)
        let changed = (0..<31 * 23).filter { erased.pixels[3 * $0..<3 * $0 + 3] != image.pixels[3 * $0..<3 * $0 + 3] }
        #expect(changed.allSatisfy { (3..<8).contains($0 % 31) && (2..<6).contains($0 / 31) })
        #expect(Array(erased.pixels[(2 * 31 + 3) * 3..<(2 * 31 + 3) * 3 + 3]) == [124, 116, 104])
        #expect(Array(erased.pixels[(5 * 31 + 7) * 3..<(5 * 31 + 7) * 3 + 3]) == [124, 116, 104])
    }
}
