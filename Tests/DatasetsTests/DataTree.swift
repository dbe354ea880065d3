import Foundation
import Images
import TestSupport

/// A temporary folder in which tests lay out data sets.
struct DataTree {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    var path: String { directory.path }

    func path(_ name: String) -> String { directory.file(name) }

    /// Writes a file, and the folders that lead to it.
    func write(_ name: String, _ bytes: [UInt8] = []) throws {
        let url = URL(fileURLWithPath: path(name))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    /// Writes a PNG image; no two numbers give the same pixels.
    func writeImage(_ name: String, number: Int = 0, width: Int = 6, height: Int = 4) throws {
        try write(name, Self.image(number, width: width, height: height).pngData())
    }

    /// Writes images without anything in them: enough for a scan, which does not open files.
    func touch(_ names: [String]) throws { for name in names { try write(name) } }

    func makeFolder(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
    }

    /// Makes `name` a link to `target`, which is relative to the folder of the link or absolute.
    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path(name), withDestinationPath: target)
    }

    static func image(_ number: Int, width: Int = 6, height: Int = 4) -> Image {
        var pixels = [UInt8](repeating: 0, count: width * height * 3)
        for i in pixels.indices { pixels[i] = UInt8(truncatingIfNeeded: number &* 31 &+ i &* (number % 7 + 3)) }
        for i in 0..<3 { pixels[i] = UInt8(truncatingIfNeeded: number >> (8 * i)) }
        return Image(width: width, height: height, pixels: pixels)
    }
}
