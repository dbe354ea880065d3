import Files
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
        #expect(error?.kind == .data)
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

    /// A hole takes no space on the disk, and would take all memory.
    @Test func endlessFilesAreNotRead() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("hole.jpg")
        try Data(bytes(of: "rgb-444.jpg")).write(to: URL(fileURLWithPath: path))
        try #require(truncate(path, 1 << 40) == 0)
        #expect(throws: ImageError.unreadable(file: path, reason: "File too large")) { try Image(contentsOf: path) }
        #expect(try FileContent(ofFileAt: path) == .picture(.jpeg))
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
        "lossless-alpha.webp", "animated.webp", "palette.gif", "transparent.gif", "palette-4.bmp", "rgba.bmp",
        "runs-4.bmp", "runs-8.bmp",
    ]) func everyTruncationIsAnError(file: String) throws {
        let whole = try bytes(of: file)
        let format = try format(of: file)
        // The last row of a bitmap may lack its padding, and nobody asks what follows the first frame.
        let (needed, step) = format == .bmp ? (whole.count - 4, 7) : (whole.count - (format == .gif ? 1 : 0), 1)
        for count in stride(from: 1, to: needed, by: step) {
            #expect(throws: ImageError.self) { try Image(decoding: Array(whole[..<count]), name: file) }
        }
        let error = error(decoding: Array(whole.dropLast(whole.count / 3)), name: file)
        #expect(error == .truncated(file: file, format: format))
        #expect(error?.description.contains("truncated \(format.rawValue) image") == true)
    }

    private func format(of file: String) throws -> PictureFormat {
        guard case .picture(let format) = FileContent(try bytes(of: file)) else { throw ImageError.empty(file: file) }
        return format
    }

    /// libtiff does not tell missing from wrong.
    @Test(arguments: [
        "rgb-tiff-lzw.tiff", "planes-of-tiles.tiff", "jpeg.tiff", "rgb-zstd.tiff", "big.tiff", "grey-16.tiff",
    ])
    func everyTruncationOfTIFFIsAnError(file: String) throws {
        let whole = try bytes(of: file)
        // What Pillow writes ends with the directory, which counts.
        for count in stride(from: 1, to: whole.count - 8, by: 7) {
            #expect(throws: ImageError.self) { try Image(decoding: Array(whole[..<count]), name: file) }
        }
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

    /// What small files claim to be huge: refused before anything is allocated, whatever the format.
    @Test func hugePicturesInSmallFilesAreRefused() throws {
        func claims(_ file: String, at offset: Int, _ sides: [UInt8]) throws -> [UInt8] {
            var bytes = try bytes(of: file)
            bytes.replaceSubrange(offset..<offset + sides.count, with: sides)
            return bytes
        }
        let side: [UInt8] = [0x88, 0x13]
        let jpeg = try bytes(of: "progressive-444.jpg")
        let frame = try #require(jpeg.indices.first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC2 })
        let files = try [
            png(width: 5000, height: 5000), claims("progressive-444.jpg", at: frame + 5, [0x13, 0x88, 0x13, 0x88]),
            claims("palette.gif", at: 6, side + side), claims("rgbx.bmp", at: 18, side + [0, 0] + side + [0, 0]),
            tiff(width: 5000, height: 5000), webP(width: 5000, height: 5000),
        ]
        for file in files {
            let error = error(decoding: file)
            #expect(error == .tooLargeForFile(file: "picture.png", width: 5000, height: 5000, byteCount: file.count))
            #expect(error?.description.contains("5000×5000 pixels in \(file.count) bytes are no photograph") == true)
        }
    }

    private func littleEndian(_ value: Int, _ size: Int) -> [UInt8] {
        (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    /// A TIFF file of one grey strip, or of these other entries.
    private func tiff(width: Int, height: Int, _ others: [(tag: Int, value: Int)] = []) -> [UInt8] {
        let entries = [256: width, 257: height, 258: 8, 262: 1, 273: 8, 277: 1, 278: height, 279: 4]
            .merging(others.map { ($0.tag, $0.value) }) { $1 }.sorted { $0.key < $1.key }
        let directory = entries.flatMap {
            littleEndian($0.key, 2) + littleEndian(4, 2) + littleEndian(1, 4) + littleEndian($0.value, 4)
        }
        // The next directory is this one.
        return Array("II*\0".utf8) + littleEndian(8, 4) + littleEndian(entries.count, 2) + directory
            + littleEndian(8, 4)
    }

    /// An empty WebP file of this canvas.
    private func webP(width: Int, height: Int) -> [UInt8] {
        let canvas = littleEndian(0x10, 4) + littleEndian(width - 1, 3) + littleEndian(height - 1, 3)
        let frame =
            Array("VP8L".utf8) + littleEndian(6, 4) + [0x2F]
            + littleEndian((width - 1) | (height - 1) << 14 | 1 << 28, 4) + [0]
        let chunks = Array("WEBPVP8X".utf8) + littleEndian(10, 4) + canvas + frame
        return Array("RIFF".utf8) + littleEndian(chunks.count, 4) + chunks
    }

    /// Tiles and strips that are far larger than the picture, or far more, and kinds that are not read.
    @Test(arguments: [
        ([(322, 1 << 20), (323, 1 << 20)], "more than the limit"), ([(322, 16_384), (323, 4096)], "no photograph"),
        ([(278, 1), (257, 100_000)], "strips or tiles"),
        ([(277, 6), (258, 16), (278, 1 << 16), (257, 1 << 18)], "damaged"),
        ([(277, 60_000)], "samples per pixel"), ([(258, 64)], "samples of 64 bits"), ([(322, 0), (323, 0)], "damaged"),
        ([(259, 34_925)], "compression LZMA"), ([(262, 8), (277, 3)], "CIELAB"), ([(50706, 1)], "raw image"),
    ]) func absurdTIFFLayoutsAreRefused(entries: [(Int, Int)], reason: String) throws {
        let started = ContinuousClock.now
        let error = error(decoding: tiff(width: 20, height: 20, entries.map { (tag: $0.0, value: $0.1) }))
        #expect(try #require(error).description.contains(reason))
        #expect(ContinuousClock.now - started < .seconds(1))
    }

    /// A directory that is its own successor is read once.
    @Test func loopsOfDirectoriesEnd() throws {
        #expect(try Image(decoding: tiff(width: 2, height: 2), name: "loop").pixels.count == 12)
    }

    @Test(arguments: [
        (0xC0, 4, 12, "12 bits per sample", "convert it to 8 bits"),
        (0xC0, 1, 0xC3, "lossless compression", "baseline"),
        (0xC0, 1, 0xC5, "hierarchical compression", "baseline"),
        (0xC0, 1, 0xCF, "hierarchical compression", "baseline"),
    ]) func soundButForeignKindsOfJPEGAreNamed(
        marker: UInt8, offset: Int, value: UInt8, kind: String, remedy: String
    ) throws {
        var picture = try bytes(of: "rgb-444.jpg")
        let frame = try #require(picture.indices.first { picture[$0] == 0xFF && picture[$0 + 1] == marker })
        picture[frame + offset] = value
        let description = try #require(error(decoding: picture)?.description)
        #expect(description.contains("\(kind), a kind of JPEG image that is not read; "))
        #expect(description.contains(remedy) && !description.contains("damaged"))
    }

    /// Libraries that keep such segments in a list go through it for each.
    @Test func countlessSegmentsEnd() throws {
        let picture = try bytes(of: "orientation-6.jpg")
        let segments = (0..<200_000).flatMap { _ in [0xFF, 0xE1, 0x00, 0x02] as [UInt8] }
        let started = ContinuousClock.now
        let image = try Image(decoding: Array(picture[..<2]) + segments + picture[2...], name: "segments")
        #expect(try image == Image(decoding: picture, name: "picture"))
        #expect(ContinuousClock.now - started < .seconds(5))
    }

    /// Each scan costs time, whatever it holds.
    @Test func endlessScansEnd() throws {
        let picture = try bytes(of: "grey-progressive.jpg")
        let scans = picture.indices.dropLast().filter { picture[$0] == 0xFF && picture[$0 + 1] == 0xDA }
        let (first, second) = (try #require(scans.first), scans[1])
        let scan = Array(picture[first..<second])
        let started = ContinuousClock.now
        let error = error(decoding: Array(picture[..<first]) + (0..<2000).flatMap { _ in scan } + picture[second...])
        guard case .damaged(_, .jpeg, let reason) = error else {
            Issue.record("2,000 scans were read")
            return
        }
        #expect(reason == "more than 500 scans")
        #expect(ContinuousClock.now - started < .seconds(1))
    }

    /// A text that unfolds to a hundred megabytes, and many that unfold to one each.
    @Test func textsOfPNGAreNotUnfolded() throws {
        let picture = try bytes(of: "orientation-xmp-ztxt.png")
        let end = picture.count - 12
        let text = try #require(picture.indices.first { Array(picture[$0..<$0 + 4]) == Array("zTXt".utf8) }) - 4
        let length = Int(picture[text + 2]) << 8 | Int(picture[text + 3])
        let chunk = picture[text..<text + length + 12]
        let many = Array(picture[..<end]) + (0..<20_000).flatMap { _ in chunk } + picture[end...]
        let started = ContinuousClock.now
        #expect(try Image(decoding: many, name: "texts").width == 13)
        #expect(ContinuousClock.now - started < .seconds(10))
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
            "lossy-alpha.webp", "lossless.webp", "animated-alpha.webp", "palette-4.bmp", "rgba.bmp", "runs-4.bmp",
            "runs-8.bmp",
            "interlaced.gif", "transparent.gif", "beyond-the-screen.gif", "rgb-tiff-lzw.tiff", "group4.tiff",
            "jpeg.tiff",
            "planes-of-tiles.tiff", "rgba-associated.tiff", "palette.tiff", "big.tiff", "orientation-xmp.tiff",
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
