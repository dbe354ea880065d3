import Files
import Foundation
import Images
import TestSupport
import Testing

/// What a file is, by its first bytes. Characters stand for the bytes of their scalar values.
@Suite struct FileContentTests {
    private static func bytes(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8($0.value) } }

    @Test(arguments: [
        ("\u{FF}\u{D8}\u{FF}\u{E0}", PictureFormat.jpeg), ("\u{89}PNG\r\n\u{1A}\n", .png), ("GIF87a", .gif),
        ("GIF89a", .gif),
        ("RIFF\u{10}\0\0\0WEBPVP8 ", .webP), ("II*\0\u{8}\0\0\0", .tiff), ("MM\0*\0\0\0\u{8}", .tiff),
        ("II+\0\u{8}\0\0\0", .tiff),
        ("BM\u{46}\0\0\0\0\0\0\0\u{36}\0\0\0\u{28}\0\0\0", .bmp),
        ("BM\u{46}\0\0\0\0\0\0\0\u{1A}\0\0\0\u{0C}\0\0\0", .bmp),
    ]) func picturesAreKnownByTheirBeginning(beginning: String, format: PictureFormat) {
        #expect(FileContent(Self.bytes(beginning)) == .picture(format))
    }

    @Test(arguments: [
        ("\0\0\0\u{18}ftypheic\0\0\0\0mif1heic", "a HEIC image", "heif-convert"),
        ("\0\0\0\u{18}ftypmif1\0\0\0\0mif1heic", "a HEIC image", "heif-convert"),
        ("\0\0\0\u{18}ftypmif1\0\0\0\0mif1avif", "an AVIF image", "avifdec"),
        ("\0\0\0\u{18}ftypavif\0\0\0\0avifmif1", "an AVIF image", "avifdec"),
        ("\0\0\0\u{0C}JXL \r\n\u{87}\n", "a JPEG XL image", "djxl"), ("\u{FF}\u{0A}\0\0", "a JPEG XL image", "djxl"),
        ("\0\0\0\u{0C}jP  \r\n\u{87}\n", "a JPEG 2000 image", "opj_decompress"),
        ("\u{FF}\u{4F}\u{FF}\u{51}", "a JPEG 2000 image", "opj_decompress"),
        ("8BPS\0\u{1}", "a Photoshop document", "convert"),
        ("<?xml version=\"1.0\"?>\n<svg>", "an SVG drawing", "rsvg"),
        ("II*\0\u{10}\0\0\0CR\u{2}\0", "a camera's raw image", "darktable-cli"),
        ("\0\0\0\u{18}ftypcrx \0\0", "a camera's raw image", "darktable-cli"),
        ("\0\0\u{1}\0\u{1}\0", "a Windows icon", "convert IN.ico"),
        ("P6\n3 2\n255\n", "a netpbm image", "convert IN.ppm"),
    ]) func foreignPicturesAreRefusedWithACommand(beginning: String, kind: String, command: String) throws {
        let error = #expect(throws: ImageError.self) { try Image(decoding: Self.bytes(beginning), name: "picture.png") }
        let description = try #require(error?.description)
        #expect(description.hasPrefix("picture.png: \(kind), which is not read (judged by content, not by name); "))
        #expect(description.contains("convert it: \(command)"))
        #expect(error?.kind == .data)
    }

    @Test(arguments: [
        ("hello, I am not a picture\n", "a text file"), ("BMW and other cars\n", "a text file"),
        ("<!DOCTYPE html><html>", "a web page"), ("PK\u{3}\u{4}", "a ZIP archive"), ("%PDF-1.4", "a PDF document"),
        ("\0\0\0\u{18}ftypisom", "a film"), ("RIFF\u{10}\0\0\0WAVEfmt ", "an unknown kind of file"),
        ("\u{1}\u{2}\u{3}", "an unknown kind of file"), ("BM", "a text file"),
    ]) func otherContentIsNamedWhateverTheExtension(content: String, kind: String) {
        let error = #expect(throws: ImageError.self) { try Image(decoding: Self.bytes(content), name: "picture.png") }
        #expect(error == .unsupported(file: "picture.png", content: .other(kind)))
        #expect(error?.description.contains("\(kind), not a picture") == true)
    }

    @Test func onlyTheHeaderOfAFileIsRead() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("picture.txt")
        try Data(Self.bytes("GIF89a") + [UInt8](repeating: 0, count: 100_000)).write(to: URL(fileURLWithPath: path))
        #expect(try FileContent(ofFileAt: path) == .picture(.gif))
        #expect(FileContent([UInt8]()) == .other("an empty file"))
        #expect(throws: ImageError.self) { try FileContent(ofFileAt: folder.path) }
    }
}
