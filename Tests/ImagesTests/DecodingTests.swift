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
        #expect(Self.records.count >= 50)
    }

    @Test(arguments: records.keys.sorted()) func decodesAsPillow(file: String) throws {
        let expected = try #require(Self.records[file])
        let image = try Image(contentsOf: golden("images/\(file)"))
        #expect(image.width == expected.width && image.height == expected.height)
        #expect(image.crc == expected.crc)
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

    @Test func betterQualityTakesMoreBytes() throws {
        let image = TestPictures.scene(64, 64, seed: 1)
        #expect(try image.jpegData(quality: 95).count > image.jpegData(quality: 30).count)
    }

    @Test func sideBeyondJPEGIsAnError() {
        let image = Image(width: 70_000, height: 1, filledWith: .white)
        #expect(throws: ImageError.notEncodable(format: "JPEG", width: 70_000, height: 1)) { try image.jpegData() }
    }
}
