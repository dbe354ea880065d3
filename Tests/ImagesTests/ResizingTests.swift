import Images
import Testing

@Suite struct ResizingTests {
    struct Resize: Decodable {
        let width, height, seed: Int
        let box: [Double]?
        let to: [Int]
        let crc: UInt32
    }

    @Test func equalsPillowDownUpAndInBoxes() throws {
        let cases = try goldenJSON("resizing.json", as: [Resize].self)
        #expect(cases.count == 160)
        for item in cases {
            let box = item.box.map { (x0: $0[0], y0: $0[1], x1: $0[2], y1: $0[3]) }
            let result = TestPictures.noise(item.width, item.height, seed: item.seed)
                .resized(width: item.to[0], height: item.to[1], box: box)
            #expect(result.width == item.to[0] && result.height == item.to[1])
            #expect(result.crc == item.crc, "case \(item)")
        }
    }

    struct Fit: Decodable {
        let width, height, seed, side: Int
        let crop, squash, letterbox: UInt32
    }

    @Test func fitsAsTorchvisionAndPillow() throws {
        let cases = try goldenJSON("fitting.json", as: [Fit].self)
        #expect(cases.count == 21)
        for item in cases {
            let image = TestPictures.noise(item.width, item.height, seed: item.seed)
            #expect(image.fitted(to: item.side, .crop).crc == item.crop, "crop of \(item)")
            #expect(image.fitted(to: item.side, .squash).crc == item.squash, "squash of \(item)")
            #expect(image.fitted(to: item.side, .letterbox).crc == item.letterbox, "letterbox of \(item)")
        }
    }

    struct Views: Decodable {
        let width, height, seed, side: Int
        let flip, five, ten, squareTen: UInt32
    }

    @Test func viewsAreThoseOfTorchvision() throws {
        let cases = try goldenJSON("views.json", as: [Views].self)
        #expect(cases.count == 24)
        for item in cases {
            let image = TestPictures.noise(item.width, item.height, seed: item.seed)
            func views(_ augmentation: TestTimeAugmentation, _ mode: ResizeMode) -> UInt32 {
                let views = image.views(augmentation, side: item.side, mode)
                #expect(views.width == item.side && views.height == item.side * augmentation.viewCount)
                return views.crc
            }
            #expect(views(.none, .crop) == image.fitted(to: item.side, .crop).crc)
            #expect(views(.flip, .crop) == item.flip, "\(item)")
            #expect(views(.fiveCrop, .crop) == item.five, "\(item)")
            #expect(views(.tenCrop, .crop) == item.ten, "\(item)")
            #expect(views(.tenCrop, .squash) == item.squareTen, "\(item)")
        }
    }

    @Test func cropAndResizeInOneStepEqualsTwo() {
        let image = TestPictures.noise(50, 40, seed: 4)
        let region = PixelRegion(x: 7, y: 11, width: 23, height: 19)
        let cropped = image.cropped(region)
        #expect(cropped.width == 23 && cropped.height == 19)
        #expect(cropped.pixels[0..<3] == image.pixels[(11 * 50 + 7) * 3..<(11 * 50 + 7) * 3 + 3])
        #expect(image.cropped(region, resizedTo: (30, 10)) == cropped.resized(width: 30, height: 10))
        // Other than a box, whose filter sees the pixels around it.
        #expect(
            image.resized(width: 30, height: 10, box: (7, 11, 30, 30)) != cropped.resized(width: 30, height: 10))
    }

    @Test func extremeShapesFit() {
        for image in [TestPictures.noise(1, 500, seed: 1), TestPictures.noise(500, 1, seed: 2)] {
            for mode in ResizeMode.allCases {
                let square = image.fitted(to: 8, mode)
                #expect(square.width == 8 && square.height == 8)
                #expect(image.views(.tenCrop, side: 8, mode).height == 80)
            }
        }
    }
}
