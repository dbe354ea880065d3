import Files
import Foundation
import TestSupport
import Testing

/// Where the contents of an entry lie in an archive that is not unpacked.
@Suite struct ZipStoredRangeTests {
    private let folder: TemporaryDirectory
    private let contents = Array("first".utf8)

    init() throws { folder = try TemporaryDirectory() }

    /// An archive of one changed entry, and one behind it.
    private func archive(_ change: (inout HandmadeZip.Entry) -> Void = { _ in }) throws -> ZipArchive {
        var first = HandmadeZip.Entry("a", contents)
        change(&first)
        try HandmadeZip(first, .init("b", [1, 2])).write(to: folder.file("x.zip"))
        return try ZipArchive(folder.file("x.zip"))
    }

    /// What lies at the range of each entry.
    private func slices(of archive: ZipArchive) throws -> [[UInt8]] {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: archive.path)))
        return try archive.entries.map { Array(bytes[try archive.storedRange(of: $0)]) }
    }

    /// A change that puts bytes behind the contents, which the sizes do not count.
    private func followed(by bytes: [UInt8], flags: Int = 8) -> (inout HandmadeZip.Entry) -> Void {
        { entry in
            entry.packedSize = entry.packed.count
            entry.packed += bytes
            entry.flags = flags
        }
    }

    private var descriptor: [UInt8] { number(Int(crc32(contents)), 4) + number(5, 4) + number(5, 4) }

    @Test func contentsLieWhereTheRangeSays() throws {
        #expect(try slices(of: archive()) == [contents, [1, 2]])
        #expect(try slices(of: archive { $0.headerExtra = [7, 0, 3, 0, 1, 2, 3] }) == [contents, [1, 2]])
        #expect(try slices(of: archive(followed(by: [0x50, 0x4B, 7, 8] + descriptor))) == [contents, [1, 2]])
        let wide = number(Int(crc32(contents)), 4) + number(5, 8) + number(5, 8)
        #expect(try slices(of: archive(followed(by: [0x50, 0x4B, 7, 8] + wide))) == [contents, [1, 2]])
    }

    @Test func whatDoesNotLieOpenIsRefused() throws {
        func expect(
            _ words: String, _ change: (inout HandmadeZip.Entry) -> Void,
            _ place: SourceLocation = #_sourceLocation
        ) throws {
            let archive = try archive(change)
            let error = #expect(throws: ZipError.self, sourceLocation: place) {
                try archive.storedRange(of: archive.entries[0])
            }
            #expect(error?.entry == "a" && error?.reason.contains(words) == true, "\(words)", sourceLocation: place)
        }
        try expect("is packed, and cannot be read where it lies") { $0.method = 8 }
        try expect("is encrypted") { $0.flags = 1 }
        try expect("6 bytes cannot be stored as 5") { $0.size = 6 }
        try expect("header and the archive's directory differ") { $0.headerName = [0x62] }
        let gap = "does not end where the next one begins"
        try expect(gap, followed(by: [0], flags: 0))
        try expect(gap, followed(by: [UInt8](repeating: 0, count: 1000), flags: 0))
        try expect(gap, followed(by: []))
        try expect(gap, followed(by: descriptor))
        try expect(gap, followed(by: [0x50, 0x4B, 7, 8] + descriptor.map { $0 ^ 1 }))
    }
}
