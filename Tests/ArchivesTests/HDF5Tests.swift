import Archives
import Files
import Foundation
import Tensors
import TestSupport
import Testing

/// What is written comes back, and every kind of number and text that h5py writes is understood.
@Suite struct HDF5Tests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    @Test func largeArraysAreCopiedFromOtherFiles() throws {
        let values = (0..<300_000).map { Float($0) / 7 }
        let source = folder.file("values")
        try Data("12345".utf8 + values.withUnsafeBytes { Array($0) }).write(to: URL(fileURLWithPath: source))
        func write(_ name: String) throws -> Data {
            let writer = try HDF5Writer(path: folder.file(name), growsOnDisk: true)
            try writer.write("large", shape: [3, 100_000], copying: source, from: 5)
            try writer.write("rest", shape: [2, 1], copying: source, from: 5 + 4 * 299_998)
            try writer.write("none", shape: [0, 4], copying: source, from: 0)
            try writer.write("labels", [1, -1] as [Int64])
            try writer.write("texts", ["", "Grüße", "a\nb"])
            #expect(!FileManager.default.fileExists(atPath: folder.file(name)))
            try writer.close()
            return try Data(contentsOf: URL(fileURLWithPath: folder.file(name)))
        }
        let first = try write("a.h5")
        let archive = try HDF5Archive(path: folder.file("a.h5"))
        #expect(try archive.tensor("large") == Tensor(shape: [3, 100_000], values: values))
        #expect(try archive.tensor("rest") == Tensor(shape: [2, 1], values: Array(values.suffix(2))))
        #expect(try archive.tensor("none") == Tensor(shape: [0, 4], values: []))
        #expect(try archive.tensor("labels").values == [1, -1])
        // HDF5 would note the time in seconds.
        Thread.sleep(forTimeInterval: 1.1)
        #expect(try write("b.h5") == first, "the same contents are the same file")

        try Data(count: 4).write(to: URL(fileURLWithPath: source))
        let error = #expect(throws: ArchiveError.self) { try write("c.h5") }
        #expect(error?.description.contains("c.h5: cannot be written: ") == true)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["a.h5", "b.h5", "values"])
    }

    @Test func writtenFilesComeBack() throws {
        let path = folder.file("a.h5")
        let tensor = Tensor(shape: [2, 3], values: [1, -2, .pi, 0, 1e-30, 3e30])
        let writer = try HDF5Writer(path: path)
        try writer.write("deep/down/x", tensor)
        try writer.write("scalar", Tensor(shape: [], values: [4]))
        try writer.write("empty", Tensor(shape: [0, 3], values: []))
        try writer.write("steps", [1, -2, 1 << 40] as [Int64])
        try writer.write("bytes", [0, 255, 7] as [UInt8])
        try writer.group("notes/inner")
        try writer.setAttribute("text", to: "Grüße\nzweite Zeile")
        try writer.setAttribute("number", to: 0.1)
        try writer.setAttribute("numbers", of: "notes", to: [1.0, -2.5])
        try writer.setAttribute("names", of: "deep/down/x", to: ["a", "", "ü"])
        #expect(!FileManager.default.fileExists(atPath: path), "the file has its name only when it is whole")
        try writer.close()

        let archive = try HDF5Archive(path: path)
        #expect(archive.entries.map(\.name) == ["bytes", "deep/down/x", "empty", "scalar", "steps"])
        #expect(archive.groups == ["deep", "deep/down", "notes", "notes/inner"])
        #expect(try archive.tensor("deep/down/x") == tensor)
        #expect(try archive.tensor("scalar") == Tensor(shape: [], values: [4]))
        #expect(try archive.tensor("empty") == Tensor(shape: [0, 3], values: []))
        #expect(try archive.tensor("steps").values == [1, -2, Float(1 << 40)])
        #expect(try archive.tensor("bytes").values == [0, 255, 7])
        #expect(archive.entry("steps")?.elementType == .integer(bits: 64, signed: true))
        #expect(archive.entry("bytes")?.elementType == .integer(bits: 8, signed: false))
        #expect(try archive.attribute("text") == .strings(["Grüße\nzweite Zeile"]))
        #expect(try archive.attribute("number") == .numbers([0.1]))
        #expect(try archive.attribute("numbers", of: "notes") == .numbers([1, -2.5]))
        #expect(try archive.strings("names", of: "deep/down/x") == ["a", "", "ü"])
        #expect(try archive.attribute("absent") == nil)
        #expect(try archive.attributeNames().sorted() == ["number", "text"])
    }

    @Test func longListsOfNamesAreSplit() throws {
        let names = (0..<10_000).map { "layer \($0)" }
        let writer = try HDF5Writer(path: folder.file("a.h5"))
        try writer.setAttribute("layer_names", to: names)
        try writer.close()
        let archive = try HDF5Archive(path: folder.file("a.h5"))
        #expect(try archive.attribute("layer_names") == nil)
        #expect(try archive.strings("layer_names") == names)
    }

    @Test(arguments: ["sound", "sound-latest"]) func everythingThatH5pyWrites(_ name: String) throws {
        let archive = try HDF5Archive(path: golden("weights/hostile/\(name).h5"))
        let expected = Tensor(shape: [2, 3, 4], values: (0..<24).map(Float.init))
        let types: [String: TensorEntry.ElementType] = [
            "conv/kernel": .float32, "conv/half": .float16, "conv/big-endian": .float32, "conv/double": .float64,
            "norm/brain": .bfloat16, "norm/packed": .float32,
        ]
        for (tensor, type) in types {
            #expect(archive.entry(tensor)?.elementType == type, "\(tensor)")
            #expect(try archive.tensor(tensor) == expected, "\(tensor)")
        }
        #expect(try archive.tensor("norm/count") == Tensor(shape: [], values: [7]))
        #expect(try archive.tensor("norm/none") == Tensor(shape: [0, 4], values: []))
        #expect(try archive.strings("layer_names") == ["conv", "norm"])
        #expect(try archive.strings("fixed") == ["one", "two"])
        #expect(try archive.strings("empty") == [])
        #expect(try archive.attribute("number")?.number == 1.5)
        #expect(throws: ArchiveError.self) { try archive.tensor("text") }
        #expect(throws: ArchiveError.self) { try archive.tensor("absent") }
    }

    @Test func aWriterThatIsNotClosedLeavesNothing() throws {
        do {
            let writer = try HDF5Writer(path: folder.file("a.h5"))
            try writer.write("x", [1] as [Int64])
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test func missingFolderIsSaid() throws {
        let error = #expect(throws: ArchiveError.self) { try HDF5Writer(path: folder.file("no/where.h5")) }
        #expect(error?.reason.contains("No such file or directory") == true)
        #expect(error?.kind == .failure)
    }

    @Test(.enabled(if: geteuid() != 0, "root may write everywhere")) func readOnlyFolderIsSaid() throws {
        chmod(folder.path, 0o555)
        defer { chmod(folder.path, 0o755) }
        let error = #expect(throws: ArchiveError.self) { try HDF5Writer(path: folder.file("a.h5")) }
        #expect(error?.reason.contains("Permission denied") == true)
    }

    /// A limit on the size of files stands for a full disk: the system refuses the write in the same place.
    @Test func aFullDiskIsSaidAndTheOldFileStays() throws {
        let path = folder.file("a.h5")
        try Data("old".utf8).write(to: URL(fileURLWithPath: path))
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        var small = limit
        small.rlim_cur = 1 << 16
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &small)
        defer { setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) }
        let error = #expect(throws: ArchiveError.self) {
            let writer = try HDF5Writer(path: path)
            try writer.write("x", Tensor(shape: [1 << 20]))
            try writer.close()
        }
        #expect(error?.kind == .failure)
        #expect(error?.description.contains("cannot be written") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.h5"])
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data("old".utf8))
    }
}
