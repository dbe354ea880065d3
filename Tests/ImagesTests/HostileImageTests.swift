import Foundation
import Images
import Tensors
import TestSupport
import Testing

/// Files that no camera wrote: each is an error that names file and reason, never a crash.
@Suite struct HostileImageTests {
    private func bytes(of name: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: URL(fileURLWithPath: golden("images/\(name)"))))
    }

    private func error(decoding bytes: [UInt8], name: String = "picture.png") -> ImageError? {
        #expect(throws: ImageError.self) { try Image(decoding: bytes, name: name) }
    }

    @Test func aMissingFileIsNamed() {
        let error = #expect(throws: ImageError.self) { try Image(contentsOf: "/nowhere/cat.jpg") }
        #expect(error?.description == "/nowhere/cat.jpg: cannot be read: No such file or directory")
        #expect(error?.exitCode == 3)
    }

    @Test func aFolderIsNoPicture() throws {
        let folder = try TemporaryDirectory()
        let error = #expect(throws: ImageError.self) { try Image(contentsOf: folder.path) }
        #expect(error == .unreadable(file: folder.path, reason: "not a regular file"))
    }

    @Test func aPipeDoesNotBlock() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("pipe.png")
        try #require(mkfifo(path, 0o600) == 0)
        #expect(throws: ImageError.unreadable(file: path, reason: "not a regular file")) { try Image(contentsOf: path) }
    }

    @Test func anEmptyFileIsAnError() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("empty.jpg")
        try Data().write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: ImageError.self) { try Image(contentsOf: path) }
        #expect(error == .empty(file: path))
        #expect(error?.description.hasPrefix("\(path): the file is empty") == true)
    }

    @Test func contentCountsNotTheName() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("really-a-jpeg.png")
        try Data(bytes(of: "rgb-444.jpg")).write(to: URL(fileURLWithPath: path))
        #expect(try Image(contentsOf: path).width == 67)
    }

    @Test(arguments: [
        "rgb-420.jpg", "progressive-420.jpg", "cmyk.jpg", "rgb.png", "rgba-interlaced.png", "palette-4-alpha.png",
    ]) func everyTruncationIsAnError(file: String) throws {
        let whole = try bytes(of: file)
        for count in 1..<whole.count {
            #expect(throws: ImageError.self) { try Image(decoding: Array(whole[..<count]), name: file) }
        }
        let error = error(decoding: Array(whole.dropLast(whole.count / 3)), name: file)
        let format = file.hasSuffix("jpg") ? PictureFormat.jpeg : .png
        #expect(error == .truncated(file: file, format: format))
        #expect(error?.description.contains("truncated \(format.rawValue) image") == true)
    }

    /// A PNG file that begins with this header and ends there.
    private func png(width: UInt32, height: UInt32) -> [UInt8] {
        func bigEndian(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
        func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
            let body = Array(name.utf8) + content
            return bigEndian(UInt32(content.count)) + body + bigEndian(crc32(body))
        }
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
            + chunk("IHDR", bigEndian(width) + bigEndian(height) + [8, 2, 0, 0, 0])
            + chunk("IDAT", [0x78, 0x9C, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01]) + chunk("IEND", [])
    }

    @Test func absurdPNGSizesAreRefusedBeforeAllocating() {
        let error = error(decoding: png(width: 40_000, height: 40_000))
        #expect(error == .tooLarge(file: "picture.png", width: 40_000, height: 40_000))
        #expect(error?.description.contains("40000×40000 pixels are more than the limit of 178956970") == true)
        for (width, height) in [(0, 5), (5, 0), (0x7FFF_FFFF, 0x7FFF_FFFF), (0xFFFF_FFFF, 1), (1_000_001, 1)] {
            #expect(throws: ImageError.self) {
                try Image(decoding: png(width: UInt32(width), height: UInt32(height)), name: "picture.png")
            }
        }
    }

    @Test func absurdJPEGSizesAreRefusedBeforeAllocating() throws {
        var picture = try bytes(of: "rgb-444.jpg")
        let frame = try #require(picture.indices.first { picture[$0] == 0xFF && picture[$0 + 1] == 0xC0 })
        picture.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0x00, 0xFF, 0x00])
        #expect(error(decoding: picture) == .tooLarge(file: "picture.png", width: 0xFF00, height: 0xFF00))
    }

    @Test func brokenChecksumsAreErrors() throws {
        var picture = try bytes(of: "rgb.png")
        // The checksum of the picture data stands before the end chunk of twelve bytes.
        picture[picture.count - 14] ^= 0x55
        guard case .damaged("picture.png", .png, let reason) = error(decoding: picture) else {
            Issue.record("a broken checksum was not reported as damage")
            return
        }
        #expect(reason.contains("CRC"))
    }

    @Test func missingEntropyDataIsAnError() throws {
        // The end marker stands in the middle of the picture: libjpeg alone would warn and paint the rest grey.
        var picture = try bytes(of: "rgb-444.jpg")
        picture.replaceSubrange(picture.count / 2..<picture.count, with: [0xFF, 0xD9])
        guard case .damaged(_, .jpeg, _) = error(decoding: picture) else {
            Issue.record("missing data were not reported as damage")
            return
        }
    }

    @Test func garbageOrientationsAreIgnored() throws {
        let picture = try bytes(of: "orientation-6.jpg")
        let exif = try #require(picture.indices.first { Array(picture[$0..<$0 + 6]) == Array("Exif\0\0".utf8) })
        let length = Int(picture[exif - 2]) << 8 | Int(picture[exif - 1])
        let upright = try Image(contentsOf: golden("images/orientation-1.jpg"))
        for seed in 0..<300 {
            var random = RandomStream(seed: UInt64(seed), purpose: .shuffling)
            var changed = picture
            for place in exif + 6..<exif - 2 + length where seed % 3 == 0 || random.chance(0.2) {
                changed[place] = UInt8(truncatingIfNeeded: random.nextWord())
            }
            let image = try Image(decoding: changed, name: "garbage")
            #expect(Set([image.width, image.height]) == Set([upright.width, upright.height]))
        }
    }

    /// Random bytes changed, dropped or inserted anywhere: a picture or an `ImageError`, never a crash.
    @Test func corruptedFilesNeverCrash() throws {
        let files = [
            "rgb-420.jpg", "progressive-444.jpg", "cmyk-progressive.jpg", "restarts.jpg", "orientation-8.jpg",
            "rgb.png",
            "rgba-16.png", "palette-2-alpha.png", "grey-16-interlaced.png", "orientation-6.png",
        ]
        var (survivors, failures) = (0, 0)
        for file in files {
            let whole = try bytes(of: file)
            for seed in 0..<150 {
                var random = RandomStream(seed: UInt64(seed), purpose: .shuffling, sample: whole.count)
                var changed = whole
                for _ in 0...Int(random.nextWord() % 4) {
                    let place = Int(random.nextWord()) % changed.count
                    switch random.nextWord() % 4 {
                    case 0: changed.remove(at: place)
                    case 1: changed.insert(UInt8(truncatingIfNeeded: random.nextWord()), at: place)
                    case 2: changed[place] ^= 1 << (random.nextWord() % 8)
                    default: changed[place] = UInt8(truncatingIfNeeded: random.nextWord())
                    }
                }
                do {
                    let image = try Image(decoding: changed, name: file)
                    #expect(image.pixels.count == image.width * image.height * 3)
                    survivors += 1
                } catch {
                    #expect(error is ImageError)
                    failures += 1
                }
            }
        }
        // Some damage is harmless (a changed comment), most of it in checked PNG chunks is not.
        #expect(survivors > 50 && failures > 300)
    }
}
