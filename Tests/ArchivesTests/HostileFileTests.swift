import Archives
import Files
import Foundation
import TestSupport
import Testing

/// Files that are damaged or mean harm give an error that names the fault.
@Suite struct HostileFileTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    @Test(arguments: [
        ("soft-link", "`/b` is a soft link"),
        ("external-link", "`/b` is an external link"),
        ("external-data", "the tensor `a` is stored in another file"),
        ("virtual", "virtual datasets are refused"),
        ("cycle", "`/a/b/again` leads back to the group `/a`"),
        ("self-cycle", "leads back to the group `/`"),
        ("two-names", "`/b` leads back to the group `/a`"),
        ("absurd-unwritten", "the tensor `a` declares an absurd size"),
        ("absurd-overflow", "the tensor `a` declares an absurd size"),
        ("absurd-packed", "the tensor `a` declares 17179869184 bytes, more than the file"),
        ("unwritten", "the tensor `a` was declared but never written"),
        ("scalar-in-chunks", "the tensor `a` is damaged: it has 0 axes, and its chunks have 1"),
        ("lzf", "compressed by filter 32000"),
        ("null", "the tensor `a` holds no data"),
        ("deep", "nested deeper than 64"),
    ])
    func hostileFilesAreRefused(_ name: String, _ message: String) throws {
        let error = #expect(throws: ArchiveError.self) {
            try HDF5Archive(path: golden("weights/hostile/\(name).h5"))
        }
        #expect(error?.description.contains(message) == true, "\(String(describing: error))")
        #expect(error?.description.contains("\(name).h5") == true)
        #expect(error?.kind == .data)
    }

    @Test func wrongClassesAreListedAndRefusedWhenRead() throws {
        let archive = try HDF5Archive(path: golden("weights/hostile/compound.h5"))
        #expect(archive.entries.map(\.elementType) == [.other("compounds")])
        let error = #expect(throws: ArchiveError.self) { try archive.tensor("layer1.weight") }
        #expect(error?.reason == "the tensor `layer1.weight` holds compounds, not numbers")
    }

    @Test func tooManyObjectsAreRefused() throws {
        var limits = HDF5Archive.Limits()
        limits.objects = 5
        #expect(throws: ArchiveError.self) { try HDF5Archive(path: golden("weights/hostile/sound.h5"), limits: limits) }
    }

    @Test(arguments: [
        ("", "is empty"),
        ("a text that somebody named .h5", "in no container that is known here"),
        ("\u{89}HDF", "in no container that is known here"),
        ("PK\u{3}\u{4} and so on", "is not an HDF5 file but a zip archive"),
        ("version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        ("<!DOCTYPE html><html>", "a web page"),
    ])
    func otherFilesAreNamed(_ contents: String, _ message: String) throws {
        let path = folder.file("x.h5")
        try Data(contents.utf8).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: ArchiveError.self) { try HDF5Archive(path: path) }
        #expect(error?.reason.contains(message) == true, "\(String(describing: error))")
    }

    @Test func missingFilesAndFoldersAreNamed() throws {
        #expect(throws: ArchiveError(path: folder.file("x"), reason: "no such file")) {
            try HDF5Archive(path: folder.file("x"))
        }
        let error = #expect(throws: ArchiveError.self) { try HDF5Archive(path: folder.path) }
        #expect(error?.reason.contains("is a folder") == true)
        #expect(throws: ArchiveError.self) { try HDF5Archive(path: "/dev/null") }
    }

    /// Cut anywhere, a file is refused: the header tells how long it ought to be.
    @Test(arguments: ["sound", "sound-latest"]) func cutFilesAreRefused(_ name: String) throws {
        let whole = try Data(contentsOf: URL(fileURLWithPath: golden("weights/hostile/\(name).h5")))
        let path = folder.file("cut.h5")
        for length in stride(from: 0, to: whole.count, by: 127) {
            try whole.prefix(length).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: ArchiveError.self, "\(length)") { try HDF5Archive(path: path) }
            if length > 100 {
                #expect(
                    error?.reason.hasPrefix("is cut short: \(length) of \(whole.count) bytes") == true,
                    "\(String(describing: error))")
            }
        }
    }
}
