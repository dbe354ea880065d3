import Files
import Foundation
import TestSupport
import Testing

/// Archives that are damaged or mean harm give an error that names the fault.
@Suite struct HostileZipTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private static let thousandZeros: [UInt8] = [0x63, 0x60, 0x18, 0x05, 0xA3, 0x60, 0x14, 0x0C, 0x77, 0x00, 0x00]

    /// Two stored entries.
    private var sound: HandmadeZip { HandmadeZip(.init("a", Array("first".utf8)), .init("b", Array("second".utf8))) }

    /// One deflated entry.
    private var packed: HandmadeZip {
        HandmadeZip(.init("a", deflated: Self.thousandZeros, [UInt8](repeating: 0, count: 1000)))
    }

    /// Reads all of an archive.
    private func read(_ zip: HandmadeZip) throws -> [[UInt8]] {
        let path = folder.file("x.zip")
        try zip.write(to: path)
        let archive = try ZipArchive(path)
        return try archive.entries.map { try archive.bytes(of: $0, limit: 1 << 20) }
    }

    private func expect(
        _ zip: HandmadeZip, _ entry: String?, _ reason: String, _ place: SourceLocation = #_sourceLocation
    ) {
        let error = #expect(throws: ZipError.self, sourceLocation: place) { try read(zip) }
        #expect(error?.entry == entry, sourceLocation: place)
        #expect(error?.reason.contains(reason) == true, "\(String(describing: error))", sourceLocation: place)
        #expect(error?.description.contains("x.zip: ") == true, sourceLocation: place)
        #expect(error?.kind == .data, sourceLocation: place)
    }

    /// The archive with one entry changed.
    private func changed(
        _ zip: HandmadeZip, _ index: Int = 0, _ change: (inout HandmadeZip.Entry) -> Void
    ) -> HandmadeZip {
        var zip = zip
        change(&zip.entries[index])
        return zip
    }

    @Test func whatIsChangedBelowIsSound() throws {
        #expect(try read(sound) == [Array("first".utf8), Array("second".utf8)])
        #expect(try read(packed) == [[UInt8](repeating: 0, count: 1000)])
    }

    @Test func entriesLieApart() {
        expect(changed(sound, 1) { $0.offset = 0 }, "b", "it overlaps the entry `a`")
        expect(changed(sound, 1) { $0.offset = 35 }, "a", "it overlaps the entry `b`")
        expect(changed(sound, 0) { ($0.size, $0.packedSize) = (6, 6) }, "a", "it overlaps the entry `b`")
        expect(changed(sound, 1) { $0.offset = 1 << 30 }, "b", "it reaches beyond the contents")
        expect(changed(sound, 1) { ($0.size, $0.packedSize) = (7, 7) }, "b", "it reaches beyond the contents")
        expect(changed(sound, 1) { $0.packedSize = 0xFFFF_FFFE }, "b", "it reaches beyond the contents")
        expect(changed(sound, 1) { $0.offset = 30 }, "a", "it overlaps the entry `b`")
        var shifted = changed(sound, 0) { $0.offset = 1 }
        shifted.beginning = [0, 0]
        expect(shifted, "a", "where it should begin is no entry")
        expect(
            changed(sound, 0) { ($0.headerExtra, $0.packed, $0.packedSize) = ([1, 2, 3], [1, 2], 5) }, "a",
            "beyond where the next one begins")
    }

    @Test func wideFieldsMayLieToo() {
        func wide(_ values: Int..., change: (inout HandmadeZip.Entry) -> Void) -> HandmadeZip {
            changed(sound, 1) {
                $0.extra = number(1, 2) + number(8 * values.count, 2) + values.flatMap { number($0, 8) }
                change(&$0)
            }
        }
        for offset in [.max, -1, .max - 30, 1 << 40] {
            expect(wide(offset) { $0.offset = 0xFFFF_FFFF }, "b", "it reaches beyond the contents")
        }
        for size in [Int.max, -1, 1 << 62] {
            expect(wide(size) { $0.packedSize = 0xFFFF_FFFF }, "b", "it reaches beyond the contents")
        }
        expect(wide(-1) { $0.size = 0xFFFF_FFFF }, "b", "more than the 1.0 MiB that are taken")
        expect(wide(7) { $0.size = 0xFFFF_FFFF }, "b", "7 bytes cannot be packed into 6")
        expect(wide(7) { ($0.size, $0.packedSize) = (0xFFFF_FFFF, 0xFFFF_FFFF) }, "b", "64-bit sizes are missing")
        expect(changed(sound) { $0.size = 0xFFFF_FFFF }, "a", "64-bit sizes are missing")
    }

    @Test func theDirectoryLiesBeforeTheEnd() {
        for (offset, byteCount, entryCount) in [(1, 0, 0), (0, 1, 0), (-1, 1, 0), (1, -1, 0), (0, 0, -1), (0, 0, 1)] {
            var zip = sound
            zip.shift = (offset, byteCount, entryCount)
            #expect(throws: ZipError.self) { try read(zip) }
        }
        var zip = sound
        zip.shift.entryCount = 0xF000
        expect(zip, nil, "no room for 61442 entries")
        zip = sound
        zip.behindDirectory = [0]
        expect(zip, nil, "its directory does not lie before its end")
        zip.shift.byteCount = 1
        expect(zip, nil, "its directory holds more than its entries")
    }

    @Test func bothRecordsOfTheDirectoryMustAgree() throws {
        let path = folder.file("x.zip")
        var bytes = try Data(contentsOf: URL(fileURLWithPath: golden("arrays/wide.npz")))
        // The numbers of entries in the narrow one.
        for position in [bytes.count - 14, bytes.count - 12] { bytes[position] += 1 }
        try bytes.write(to: URL(fileURLWithPath: path))
        #expect(throws: ZipError(path: path, reason: "is damaged: the two records of its directory differ")) {
            try ZipArchive(path)
        }
    }

    @Test func partsOfArchivesAreRefused() {
        var zip = sound
        zip.disk = 1
        expect(zip, nil, "is a part of an archive in several files")
        expect(changed(sound) { $0.disk = 1 }, nil, "is a part of an archive in several files")
    }

    @Test func theHeaderMustSayTheSame() {
        expect(changed(sound) { $0.headerName = [0x63] }, "a", "its header and the archive's directory differ")
        expect(
            changed(sound) { ($0.headerName, $0.headerExtra) = ([], [0]) }, "a",
            "its header and the archive's directory differ")
        expect(changed(sound) { $0.headerSize = 4 }, "a", "its header and the archive's directory differ")
        expect(changed(sound) { $0.headerSize = 0xFFFF_FFFF }, "a", "its header and the archive's directory differ")
    }

    @Test func noTwoEntriesHaveOneName() {
        expect(HandmadeZip(.init("a", []), .init("b", []), .init("a", [1])), "a", "is there twice")
    }

    @Test func whatIsNotReadIsNamed() {
        expect(changed(sound) { $0.flags = 1 }, "a", "is encrypted")
        expect(changed(sound) { $0.flags = 1 << 6 }, "a", "is encrypted")
        expect(changed(sound) { $0.flags = 1 << 13 }, "a", "is encrypted")
        expect(changed(sound) { $0.method = 12 }, "a", "is packed by the method 12, bzip2; store it, or deflate it")
        expect(changed(sound) { $0.method = 1 }, "a", "is packed by the method 1;")
    }

    @Test func contentsMustBeWhatWasPutIn() {
        expect(changed(sound) { $0.checksum ^= 1 }, "a", "by their checksum")
        expect(changed(sound) { $0.packed[0] ^= 1 }, "a", "by their checksum")
        expect(changed(packed) { $0.checksum ^= 1 }, "a", "by their checksum")
        // A kind of block that deflate does not have.
        expect(changed(packed) { $0.packed[0] = 0xFF }, "a", "it cannot be inflated (invalid block type)")
    }

    @Test func sizesMustBeRight() {
        expect(changed(sound) { $0.size = 4 }, "a", "4 bytes cannot be packed into 5")
        expect(changed(packed) { $0.size = 999 }, "a", "it inflates to more than the 999 bytes that are declared")
        expect(changed(packed) { $0.size = 0 }, "a", "it inflates to more than the 0 bytes that are declared")
        expect(changed(packed) { $0.size = 1001 }, "a", "it inflates to 1000 bytes where 1001 are declared")
        expect(changed(packed) { $0.packed.append(0) }, "a", "something follows the end of its contents")
        for length in 0..<11 {
            // Some zeros come from the first bytes already; the end does not.
            expect(changed(packed) { $0.packed.removeLast(11 - length) }, "a", "is damaged: ")
        }
        expect(changed(packed) { $0.packed.removeLast() }, "a", "its contents end too soon")
    }

    /// What is claimed costs no memory: eleven bytes cannot become a million.
    @Test func bombsAreRefused() {
        expect(changed(packed) { $0.size = 1 << 20 }, "a", "1048576 bytes cannot be packed into 11")
        expect(changed(packed) { $0.size = (1 << 20) + 1 }, "a", "more than the 1.0 MiB that are taken")
    }

    @Test(arguments: [
        ("", "is empty"),
        ("no zip archive at all, but a text", "is no zip archive"),
        ("PK\u{3}\u{4} and so on", "is cut off"),
        ("PK\u{5}\u{6}", "is no zip archive"),
    ])
    func otherFilesAreNamed(_ contents: String, _ message: String) throws {
        let path = folder.file("x")
        try Data(contents.utf8).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: ZipError.self) { try ZipArchive(path) }
        #expect(error?.reason.contains(message) == true, "\(String(describing: error))")
    }

    @Test func missingFilesAndFoldersAreNamed() {
        #expect(throws: ZipError(path: folder.file("x"), reason: "no such file")) {
            try ZipArchive(folder.file("x"))
        }
        let error = #expect(throws: ZipError.self) { try ZipArchive(folder.path) }
        #expect(error?.reason.contains("is a folder") == true)
        #expect(throws: ZipError.self) { try ZipArchive("/dev/null") }
    }

    @Test func aFileThatShrinksIsNoticed() throws {
        let path = folder.file("x.zip")
        try sound.write(to: path)
        let archive = try ZipArchive(path)
        try #require(truncate(path, 33) == 0)
        let error = #expect(throws: ZipError.self) { try archive.bytes(of: archive.entries[0], limit: 9) }
        #expect(error?.reason == "is cut off: the file has become shorter")
    }

    /// Cut anywhere, an archive is refused when it is opened.
    @Test(arguments: ["compressed", "wide", "streamed", "commented"]) func cutArchivesAreRefused(_ name: String) throws
    {
        let path = folder.file("cut.npz")
        try FileManager.default.copyItem(atPath: golden("arrays/\(name).npz"), toPath: path)
        let file = try #require(FileHandle(forUpdatingAtPath: path))
        for length in (0..<(try file.seekToEnd())).reversed() {
            try file.truncate(atOffset: length)
            #expect(throws: ZipError.self, "cut to \(length)") { try ZipArchive(path) }
        }
    }

    /// Whatever byte is changed: an error, or what was put in.
    @Test(arguments: ["compressed", "wide", "streamed", "commented", "handmade"])
    func changedBytesChangeNothingOrAreNoticed(_ name: String) throws {
        let path = folder.file("changed.zip")
        if name == "handmade" {
            try sound.write(to: path)
        } else {
            try FileManager.default.copyItem(atPath: golden("arrays/\(name).npz"), toPath: path)
        }
        let contents = try contents(of: path)
        try changeEveryByte(of: path) { change in
            do {
                #expect(try self.contents(of: path) == contents, change)
            } catch {
                #expect(error is ZipError, change)
            }
        }
    }

    private func contents(of path: String) throws -> [String: [UInt8]] {
        let archive = try ZipArchive(path)
        return try Dictionary(
            uniqueKeysWithValues: archive.entries.map { ($0.name, try archive.bytes(of: $0, limit: 1 << 16)) })
    }
}
