import Images
import TestSupport
import Testing

@Suite struct DecodingTests {
    struct Record: Decodable {
        let width, height: Int
        let crc: UInt32
    }

    static let records = (try? goldenJSON("decoding.json", as: [String: Record].self)) ?? [:]

    @Test func goldensCoverEveryKind() {
        #expect(Self.records.count >= 150)
        let endings = Set(Self.records.keys.compactMap { $0.split(separator: ".").last })
        #expect(endings == ["jpg", "png", "webp", "bmp", "gif", "tiff"])
    }

    @Test(arguments: records.keys.sorted()) func decodesAsPillow(file: String) throws {
        let expected = try #require(Self.records[file])
        let image = try Image(contentsOf: golden("images/\(file)"))
        #expect(image.width == expected.width && image.height == expected.height)
        #expect(image.crc == expected.crc)
    }

    static let reductions = (try? goldenJSON("reducing.json", as: [String: Record].self)) ?? [:]

    @Test(arguments: reductions.keys.sorted()) func decodesAtAFractionAsPillow(key: String) throws {
        let expected = try #require(Self.reductions[key])
        let words = key.split(separator: " ")
        let (path, divisor) = (golden("images/\(words[0])"), try #require(Int(words[1])))
        let whole = try Image(contentsOf: path)
        let image = try Image(contentsOf: path, minimumSide: min(whole.width, whole.height) / divisor)
        #expect(image.width == expected.width && image.height == expected.height)
        #expect(image.crc == expected.crc)
        #expect(image.sizeInFile == (whole.width, whole.height))
        #expect(whole.sizeInFile == (whole.width, whole.height))
    }

    @Test func decodesNoSmallerThanAllowed() throws {
        #expect(Self.reductions.count >= 30)
        let scene = TestPictures.scene(403, 301, seed: 2)
        let jpeg = try scene.jpegData()
        func width(_ minimumSide: Int) throws -> Int {
            try Image(decoding: jpeg, name: "memory", minimumSide: minimumSide).width
        }
        #expect(try [301, 151, 150, 76, 75, 38, 37, 1].map(width) == [403, 403, 202, 202, 101, 101, 51, 51])
        // A PNG file has no cheaper decoding.
        #expect(try Image(decoding: scene.pngData(), name: "memory", minimumSide: 1) == scene)
    }

    @Test func aRandomCropNeedsMorePixels() {
        #expect([Augmentation.horizontalFlip(p: 0.5)].largestMagnification == 1)
        let crop = Augmentation.randomResizedCrop(scale: 0.25...1, ratio: 0.5...1.5)
        #expect(abs([crop].largestMagnification - 8.0.squareRoot()) < 1e-12)
    }

    @Test func writtenPNGReadsBackUnchanged() throws {
        let image = TestPictures.scene(61, 43, seed: 3)
        #expect(try Image(decoding: image.pngData(), name: "memory") == image)
    }

    @Test func writtenJPEGReadsBackNearly() throws {
        let image = Image(width: 40, height: 24, filledWith: RGB(200, 80, 20))
        let copy = try Image(decoding: image.jpegData(quality: 95), name: "memory")
        #expect(copy.width == 40 && copy.height == 24)
        #expect(zip(copy.pixels, image.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 3 })
    }

    /// The memory it is written into grows several times.
    @Test func aLargeJPEGReadsBackNearly() throws {
        let image = TestPictures.scene(900, 700, seed: 5)
        let jpeg = try image.jpegData(quality: 99)
        #expect(jpeg.count > 4 << 16)
        let copy = try Image(decoding: jpeg, name: "memory")
        let difference = zip(copy.pixels, image.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        #expect(difference <= 8 * image.pixels.count)
    }

    @Test func betterQualityTakesMoreBytes() throws {
        let image = TestPictures.scene(64, 64, seed: 1)
        #expect(try image.jpegData(quality: 95).count > image.jpegData(quality: 30).count)
    }

    @Test func sideBeyondJPEGIsAnError() {
        let image = Image(width: 70_000, height: 1, filledWith: .white)
        #expect(throws: ImageError.notEncodable(format: "JPEG", width: 70_000, height: 1)) { try image.jpegData() }
    }
}
