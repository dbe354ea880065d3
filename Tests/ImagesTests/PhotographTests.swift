import Images
import TestSupport
import Testing

@Suite(.enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)))
struct PhotographTests {
    struct Record: Decodable {
        let width, height: Int
        let crc, half, small, large, odd, box, crop: UInt32
    }

    @Test func photographsDecodeAndResizeAsPillow() throws {
        let records = try goldenJSON("imagenet-mini.json", as: [String: Record].self)
        #expect(records.count == 100)
        for (name, expected) in records {
            let image = try Image(contentsOf: "\(SharedData.path)/imagenet-mini/\(name)")
            let (width, height) = (image.width, image.height)
            #expect(width == expected.width && height == expected.height)
            #expect(image.crc == expected.crc, "decoding \(name)")
            #expect(image.resized(width: width / 2, height: height / 2).crc == expected.half, "half of \(name)")
            #expect(image.resized(width: 64, height: 48).crc == expected.small, "small \(name)")
            #expect(image.resized(width: width + 101, height: height + 53).crc == expected.large, "large \(name)")
            #expect(image.resized(width: 223, height: 301).crc == expected.odd, "odd \(name)")
            let (w, h) = (Double(width), Double(height))
            let box = (x0: w * 0.1, y0: h * 0.2, x1: w * 0.83, y1: h * 0.77)
            #expect(image.resized(width: 224, height: 224, box: box).crc == expected.box, "box of \(name)")
            #expect(image.fitted(to: 224, .crop).crc == expected.crop, "crop of \(name)")
        }
    }
}
