import Archives
import Datasets
import Engine
import Files
import Foundation
import Inference
import SceneSupport
import TestSupport
import Testing

@Suite(.serialized) struct FeatureFileTests {
    private func areClose(_ a: some Sequence<Float>, _ b: some Sequence<Float>) -> Bool {
        zip(a, b).allSatisfy { abs($0 - $1) <= 1e-4 * max(1, abs($1)) }
    }

    private func bytes(_ path: String) -> [UInt8]? { FileManager.default.contents(atPath: path).map(Array.init) }

    private func names(_ folder: TemporaryDirectory) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { !$0.hasSuffix(".png") }.sorted()
    }

    // MARK: Tables

    @Test func numbersReadBackTheSame() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("features.csv")
        let features: [Float] = [0.1, 1 / 3, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -0.0, 16_777_215]
        let table = try FeatureTable(path, columns: features.indices.map { "f\($0)" })
        try features.withUnsafeBufferPointer { values in
            try table.write(file: "forest/ü, 1.jpg", label: "forest", features: [values[...]])
            try table.write(file: "b\n\".png", label: nil, features: [values[..<2], values[2...]])
        }
        #expect(bytes(path) == nil)
        try table.finish()
        let numbers = "0.1,0.33333334,1e-45,3.4028235e+38,-0.0,16777215.0\n"
        #expect(
            try String(contentsOfFile: path, encoding: .utf8)
                == "filename,label,f0,f1,f2,f3,f4,f5\n\"forest/ü, 1.jpg\",forest,\(numbers)\"b\n\"\".png\",,\(numbers)")
    }

    @Test func tablesSayThatTheDiskIsFull() throws {
        let table = try FeatureTable("/dev/full", columns: (0..<2048).map { "f\($0)" })
        let features = [Float](repeating: 0.123456, count: 2048)
        let error = #expect(throws: OutputError.self) {
            try features.withUnsafeBufferPointer { values in
                for index in 0..<100 { try table.write(file: "\(index)", label: nil, features: [values[...]]) }
            }
        }
        #expect(error?.description.hasPrefix("cannot write /dev/full: No space left on device") == true)
        let scene = try Scene(images: 2)
        #expect(throws: OutputError.self) {
            try scene.predictor().writeFeatures(of: scene.samples, classNames: ["a", "b", "c"], to: "/dev/full")
        }
        #expect(FileManager.default.fileExists(atPath: "/dev/full"))
    }

    @Test func writesFeatures() throws {
        let scene = try Scene()
        let path = scene.folder.file("features.csv")
        try scene.predictor(batchSize: 3).writeFeatures(
            of: scene.samples, taps: ["pool"], classNames: scene.model.displayedClassNames, to: path)
        var reader = try CSVReader(contentsOf: path)
        let rows = try reader.rest().map(\.fields)
        #expect(rows[0] == ["filename", "label"] + (0..<64).map { "f\($0)" })
        #expect(rows.dropFirst().map { $0[0] } == scene.samples.map(\.name))
        #expect(rows.dropFirst().map { $0[1] } == ["a", "b, c", "d", "a", "b, c", "d", "a"])
        for (row, expected) in zip(rows.dropFirst(), try scene.reference("pool")) {
            #expect(areClose(row[2...].compactMap { Float($0) }, expected))
            #expect(row.count == expected.count + 2)
        }
        #expect(try names(scene.folder) == ["features.csv"])
    }

    @Test func writesFeaturesOfSeveralTaps() throws {
        let scene = try Scene()
        let path = scene.folder.file("features.csv")
        let unlabelled = scene.samples.map { Sample(path: $0.path, name: $0.name) }
        try scene.predictor().writeFeatures(
            of: unlabelled, taps: ["layer1", "logits"], classNames: [], to: path)
        var reader = try CSVReader(contentsOf: path)
        let rows = try reader.rest().map(\.fields)
        let names = (0..<16).map { "layer1_f\($0)" } + (0..<3).map { "logits_f\($0)" }
        #expect(rows[0] == ["filename", "label"] + names)
        let (layer1, logits) = (try scene.reference("layer1"), try scene.reference("logits"))
        for (index, row) in rows.dropFirst().enumerated() {
            #expect(row[1] == "")
            #expect(areClose(row[2...].compactMap { Float($0) }, layer1[index] + logits[index]))
        }
    }

    /// Batches, and with them the last one that is smaller, leave no trace; neither does the number of layers.
    @Test(arguments: [Precision.f32, .bf16].filter(\.isSupported)) func contentsDoNotDependOnBatches(
        _ precision: Precision
    ) throws {
        let scene = try Scene()
        var configuration = Predictor.Configuration()
        configuration.precision = precision
        var contents: Set<[UInt8]> = []
        for batchSize in [1, 2, 3, 7, 100] {
            configuration.batchSize = batchSize
            let path = scene.folder.file("\(batchSize).csv")
            try Predictor(scene.model, configuration).writeFeatures(
                of: scene.samples, classNames: ["a", "b", "c"], to: path)
            contents.insert(try #require(bytes(path)))
        }
        #expect(contents.count == 1)
    }

    // MARK: Arrays

    @Test func arraysHoldWhatTheTableHolds() throws {
        let scene = try Scene()
        try scene.breakImage(2)
        let predictor = scene.predictor(batchSize: 3)
        func write(_ name: String, _ pooling: TapPooling, _ taps: [String]) throws -> Pass {
            try predictor.writeFeatures(
                of: scene.samples, taps: taps, pooling: pooling, classNames: scene.model.displayedClassNames,
                to: scene.folder.file(name))
        }
        for (pooling, shape) in [(TapPooling.maximum, [6, 32]), (.none, [6, 16, 16, 32])] {
            #expect(try write("f.csv", pooling, ["layer2"]).badImages.map(\.path) == [scene.samples[2].path])
            _ = try write("f.npy", pooling, ["layer2"])
            _ = try write("f.npz", pooling, ["layer2", "logits"])
            _ = try write("f.h5", pooling, ["layer2", "logits"])
            #expect(try names(scene.folder) == ["f.csv", "f.h5", "f.npy", "f.npy.csv", "f.npz"])

            var reader = try CSVReader(contentsOf: scene.folder.file("f.csv"))
            let rows = try reader.rest().dropFirst().map(\.fields)
            let values = rows.flatMap { $0[2...].compactMap { Float($0) } }
            let array = try readNPY(scene.folder.file("f.npy"))
            #expect(array.shape == shape)
            #expect(array.values == values)
            var list = try CSVReader(contentsOf: scene.folder.file("f.npy.csv"))
            #expect(try list.rest().map(\.fields) == [["filename", "label"]] + rows.map { Array($0[..<2]) })

            let zip = try Zip(scene.folder.file("f.npz"))
            #expect(zip.names == ["layer2.npy", "logits.npy", "filenames.npy", "labels.npy"])
            #expect(try zip.contents("layer2.npy") == bytes(scene.folder.file("f.npy")))
            #expect(try zip.texts("filenames.npy") == rows.map { $0[0] })
            #expect(try zip.texts("labels.npy") == rows.map { $0[1] })

            let archive = try HDF5Archive(path: scene.folder.file("f.h5"))
            #expect(try archive.tensor("layer2").shape == shape)
            #expect(try archive.tensor("layer2").values == values)
            #expect(try archive.tensor("logits").shape == [6, 3])
            #expect(try archive.tensor("labels").values == [0, 1, 0, 1, 2, 0])
        }
    }

    /// Of images of any number of classes.
    @Test func severalLabelsAreWritten() throws {
        let scene = try Scene(images: 4)
        try scene.breakImage(2)
        let classes = [[0, 2], [], [1], [1]]
        let samples = zip(scene.samples, classes).map { Sample($0.content, name: $0.name, target: .categories($1)) }
        for name in ["f.csv", "f.npz", "f.h5"] {
            try scene.predictor(batchSize: 3).writeFeatures(
                of: samples, classNames: ["a", "b, c", "d"], to: scene.folder.file(name))
        }
        var reader = try CSVReader(contentsOf: scene.folder.file("f.csv"))
        #expect(try reader.rest().map { $0.fields[1] } == ["label", "a;d", "", "b, c"])
        #expect(try Zip(scene.folder.file("f.npz")).texts("labels.npy") == ["a;d", "", "b, c"])
        let labels = try HDF5Archive(path: scene.folder.file("f.h5")).tensor("labels")
        #expect(labels.shape == [3, 3] && labels.values == [1, 0, 1, 0, 0, 0, 0, 1, 0])
    }

    @Test func headersAreThoseOfNumPy() throws {
        let scene = try Scene(images: 2)
        let path = scene.folder.file("f.npy")
        try scene.predictor().writeFeatures(
            of: scene.samples, taps: ["layer2"], pooling: .none, classNames: ["a", "b", "c"], to: path)
        let header = try #require(bytes(path)?.prefix(128))
        let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 16, 16, 32), }"
        let padding = String(repeating: " ", count: 117 - text.count)
        #expect(Array(header) == [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array("\(text)\(padding)\n".utf8))
    }

    @Test func fewerArraysThanLayersAreRefused() throws {
        let scene = try Scene(images: 1)
        func error(_ name: String, _ taps: [String]) -> FeatureFileError? {
            #expect(throws: FeatureFileError.self) {
                try scene.predictor().writeFeatures(
                    of: scene.samples, taps: taps, classNames: ["a", "b", "c"], to: scene.folder.file(name))
            }
        }
        #expect(error("f.npy", ["layer1", "layer2"]) == .severalLayers(scene.folder.file("f.npy")))
        #expect(error("f.txt", ["layer1"]) == .unknownFormat(scene.folder.file("f.txt")))
        #expect(throws: EngineError.self) {
            try scene.predictor().writeFeatures(
                of: scene.samples, taps: ["layer9"], classNames: ["a", "b", "c"], to: scene.folder.file("f.csv"))
        }
        #expect(try names(scene.folder).isEmpty)
    }

    // MARK: Resuming

    private struct Stop: Error {}

    /// What a whole pass writes, and what a pass leaves that ends after four of the seven images.
    private func cut(_ scene: Scene, _ name: String) throws -> [String: [UInt8]] {
        let path = scene.folder.file(name)
        func write(_ progress: (PassProgress) throws -> Void) throws {
            try scene.predictor(batchSize: 2).writeFeatures(
                of: scene.samples, taps: ["layer1"], pooling: .none, classNames: scene.model.displayedClassNames,
                to: path, progress: progress)
        }
        try write { _ in }
        let whole = Dictionary(
            uniqueKeysWithValues: try names(scene.folder).map { ($0, bytes(scene.folder.file($0)) ?? []) })
        for name in whole.keys { try FileManager.default.removeItem(atPath: scene.folder.file(name)) }
        #expect(throws: Stop.self) { try write { if $0.done >= 4 { throw Stop() } } }
        return whole
    }

    @discardableResult
    private func resume(
        _ scene: Scene, _ name: String, of samples: [Sample]? = nil, pooling: TapPooling = .none
    ) throws -> Pass {
        try scene.predictor(batchSize: 3).writeFeatures(
            of: samples ?? scene.samples, taps: ["layer1"], pooling: pooling,
            classNames: scene.model.displayedClassNames,
            to: scene.folder.file(name), resumes: true)
    }

    private func expectRefusal(_ words: String, _ body: () throws -> Pass) {
        let error = #expect(throws: FeatureFileError.self) { _ = try body() }
        #expect(error?.kind == .data)
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }

    @Test(arguments: ["f.csv", "f.npy", "f.npz", "f.h5"]) func aCutPassIsGoneOnWith(_ name: String) throws {
        let scene = try Scene()
        try scene.breakImage(1)
        let whole = try cut(scene, name)
        #expect(
            try names(scene.folder) == (whole.keys.map { $0 + ".partial" } + [name + ".partial.origin"]).sorted())
        let pass = try resume(scene, name)
        #expect(pass.imageCount == 2)
        #expect(pass.badImages.map(\.path) == [scene.samples[1].path])
        #expect(try names(scene.folder) == whole.keys.sorted())
        for (name, contents) in whole { #expect(bytes(scene.folder.file(name)) == contents, "\(name)") }
        // Nothing is left to do.
        #expect(try resume(scene, name).imageCount == 0)
        for (name, contents) in whole { #expect(bytes(scene.folder.file(name)) == contents, "\(name)") }
    }

    @Test func aTableCutAnywhereIsGoneOnWith() throws {
        let scene = try Scene()
        let whole = try #require(try cut(scene, "f.csv")["f.csv"])
        let partial = scene.folder.file("f.csv.partial")
        let origin = try #require(bytes(partial + ".origin"))
        let rowLength = whole.count / 7
        let lengths = [0, 1, 20, whole.count / 9] + stride(from: rowLength, to: whole.count, by: rowLength / 2)
        for length in lengths + [whole.count - 1, whole.count] {
            try Data(whole[..<length]).write(to: URL(fileURLWithPath: partial))
            try Data(origin).write(to: URL(fileURLWithPath: partial + ".origin"))
            _ = try resume(scene, "f.csv")
            #expect(bytes(scene.folder.file("f.csv")) == whole, "cut after \(length) bytes")
            // Without a partial file the table itself is gone on with.
            try Data(whole[..<length]).write(to: URL(fileURLWithPath: scene.folder.file("f.csv")))
            _ = try resume(scene, "f.csv")
            #expect(bytes(scene.folder.file("f.csv")) == whole, "cut after \(length) bytes")
        }
        // A disk that lost power leaves zeros.
        try Data(whole[..<(3 * rowLength)] + [UInt8](repeating: 0, count: 5000)).write(
            to: URL(fileURLWithPath: partial))
        try Data(origin).write(to: URL(fileURLWithPath: partial + ".origin"))
        _ = try resume(scene, "f.csv")
        #expect(bytes(scene.folder.file("f.csv")) == whole)
    }

    @Test func arraysCutAnywhereAreGoneOnWith() throws {
        let scene = try Scene()
        let whole = try cut(scene, "f.npy")
        let (array, list) = (try #require(whole["f.npy"]), try #require(whole["f.npy.csv"]))
        let origin = try #require(bytes(scene.folder.file("f.npy.partial.origin")))
        let row = (array.count - 128) / 7
        for (arrayLength, listLength) in [
            (0, 0), (100, 30), (128, list.count), (128 + row - 1, list.count), (128 + 2 * row + 5, list.count / 2),
            (array.count, list.count - 1), (array.count, 16),
        ] {
            try Data(array[..<arrayLength]).write(to: URL(fileURLWithPath: scene.folder.file("f.npy.partial")))
            try Data(list[..<listLength]).write(to: URL(fileURLWithPath: scene.folder.file("f.npy.csv.partial")))
            try Data(origin).write(to: URL(fileURLWithPath: scene.folder.file("f.npy.partial.origin")))
            _ = try resume(scene, "f.npy")
            for (name, contents) in whole {
                #expect(bytes(scene.folder.file(name)) == contents, "\(name) cut to \(arrayLength), \(listLength)")
            }
        }
    }

    @Test(arguments: ["f.csv", "f.npy", "f.npz", "f.h5"]) func otherPassesAreNotGoneOnWith(_ name: String) throws {
        let scene = try Scene()
        _ = try cut(scene, name)
        let left = try names(scene.folder)
        expectRefusal("  pooling: none then, avg now\n") { try resume(scene, name, pooling: .average) }
        expectRefusal("  images: 7 then, 6 now: 1 gone (") {
            try resume(scene, name, of: Array(scene.samples.dropFirst()))
        }
        let second = scene.samples[1]
        expectRefusal("  images: 7 then, 8 now: 1 new (0b)") {
            try resume(
                scene, name,
                of: scene.samples[..<1] + [Sample(path: second.path, name: "0b", label: 1)] + scene.samples[1...])
        }
        // An image that was computed long ago, not the last one.
        let contents = try #require(bytes(second.path))
        try Data(#require(bytes(scene.samples[3].path))).write(to: URL(fileURLWithPath: second.path))
        expectRefusal("  images: 1 with other contents (\(second.name.legible))") { try resume(scene, name) }
        try Data(contents).write(to: URL(fileURLWithPath: second.path))
        // So small a change shows in no feature.
        let weight = scene.model.parameters["stem.conv.weight"][3]
        scene.model.parameters["stem.conv.weight"][3] = weight.nextUp
        expectRefusal("  weights: checksum ") { try resume(scene, name) }
        scene.model.parameters["stem.conv.weight"][3] = weight
        #expect(try names(scene.folder) == left, "what is left stays for the right options")

        let origin = scene.folder.file(name + ".partial.origin")
        var said = try #require(bytes(origin))
        said[40] ^= 1
        try Data(said).write(to: URL(fileURLWithPath: origin))
        expectRefusal("f\(name.dropFirst()).partial.origin is gone or damaged") { try resume(scene, name) }
        said[40] ^= 1
        try Data(said).write(to: URL(fileURLWithPath: origin))
        #expect(try resume(scene, name).imageCount == 3)
    }

    @Test(arguments: ["f.csv", "f.npy"]) func finishedFilesThatDoNotFitStay(_ name: String) throws {
        let scene = try Scene(images: 3)
        _ = try resume(scene, name)
        let whole = try names(scene.folder)
        #expect(whole.allSatisfy { !$0.hasSuffix(".origin") })
        let contents = whole.map { bytes(scene.folder.file($0)) }
        expectRefusal("other layers, pooling") { try resume(scene, name, pooling: .average) }
        expectRefusal("which the folder does not have in this place") {
            try resume(scene, name, of: Array(scene.samples.dropFirst()))
        }
        let other = Sample(path: scene.samples[1].path, name: "0b", label: 1)
        expectRefusal("has no row for 0b, which can be read") {
            try resume(scene, name, of: scene.samples[..<1] + [other] + scene.samples[1...])
        }
        scene.model.parameters["stem.conv.weight"][3] += 1
        expectRefusal("other features now: it was begun with another model") { try resume(scene, name) }
        #expect(try names(scene.folder) == whole)
        #expect(whole.map { bytes(scene.folder.file($0)) } == contents)
    }

    @Test func brokenArchivesAreComputedAgain() throws {
        let scene = try Scene(images: 2)
        for name in ["f.npz", "f.h5"] {
            try Data("half a file".utf8).write(to: URL(fileURLWithPath: scene.folder.file(name)))
            #expect(try resume(scene, name).imageCount == 2)
            #expect(try resume(scene, name).imageCount == 0)
        }
    }

    @Test func nothingReadableLeavesNothing() throws {
        let scene = try Scene(images: 1)
        try scene.breakImage(0)
        for name in ["f.csv", "f.npy", "f.npz"] {
            let pass = try scene.predictor().writeFeatures(
                of: scene.samples, classNames: ["a", "b", "c"], to: scene.folder.file(name))
            #expect(pass.imageCount == 0)
            #expect(pass.badImages.count == 1)
            #expect(try names(scene.folder).isEmpty)
        }
    }

    @Test func aFileIsWrittenByOneProcessAtATime() throws {
        let folder = try TemporaryDirectory()
        let first = try FeatureTable(folder.file("f.csv"), columns: ["f0"])
        let error = #expect(throws: OutputError.self) { try FeatureTable(folder.file("f.csv"), columns: ["f0"]) }
        #expect(error?.description.contains("is being written by another process") == true)
        try first.finish()
        #expect(bytes(folder.file("f.csv")) == Array("filename,label,f0\n".utf8))
    }

    @Test(arguments: ["f.npz", "f.h5"]) func anArchiveIsWrittenByOneProcessAtATime(_ name: String) throws {
        let scene = try Scene(images: 3)
        func write(_ progress: (PassProgress) throws -> Void) throws {
            try scene.predictor(batchSize: 1).writeFeatures(
                of: scene.samples, classNames: scene.model.displayedClassNames, to: scene.folder.file(name),
                progress: progress)
        }
        try write { _ in }
        let whole = bytes(scene.folder.file(name))
        try write { _ in
            let error = #expect(throws: OutputError.self) { try write { _ in } }
            #expect(error?.description.contains("is being written by another process") == true)
        }
        #expect(bytes(scene.folder.file(name)) == whole)
        #expect(try names(scene.folder) == [name])
    }

    /// What a run with other layers has left is no part of the next one.
    @Test func anArchiveBegunAnewTakesNothingFromTheLastRun() throws {
        let scene = try Scene(images: 3)
        func write(_ layer: String, _ progress: (PassProgress) throws -> Void) throws {
            try scene.predictor(batchSize: 1).writeFeatures(
                of: scene.samples, taps: [layer], classNames: scene.model.displayedClassNames,
                to: scene.folder.file("f.npz"), progress: progress)
        }
        for layer in ["layer1", "layer2"] {
            #expect(throws: Stop.self) { try write(layer) { if $0.done == 2 { throw Stop() } } }
            let left = try FileManager.default.contentsOfDirectory(atPath: scene.folder.file("f.npz.partial"))
            #expect(left.sorted() == ["\(layer).npy.partial", "samples.csv.partial"])
        }
    }
}

/// A reader of ZIP files apart from the writer: by the directory at the end.
private struct Zip {
    private let data: Data
    private var entries: [(name: String, checksum: UInt32, size: Int, offset: Int)] = []

    init(_ path: String) throws {
        data = try Data(contentsOf: URL(fileURLWithPath: path))
        // The end record has 22 bytes, the locator before it 20, the 64-bit end record before that 56.
        let end = data.count - 22
        #expect(number(end, 4) == 0x0605_4B50)
        #expect(number(end - 20, 4) == 0x0706_4B50)
        let record = number(end - 20 + 8, 8)
        #expect(record == end - 20 - 56)
        #expect(number(record, 4) == 0x0606_4B50)
        #expect(number(record + 4, 8) == 44)
        let count = number(record + 32, 8)
        #expect(number(end + 10, 2) == count)
        var place = number(record + 48, 8)
        #expect(place + number(record + 40, 8) == record)
        for _ in 0..<count {
            #expect(number(place, 4) == 0x0201_4B50)
            let (nameLength, extraLength) = (number(place + 28, 2), number(place + 30, 2))
            let extra = place + 46 + nameLength
            #expect(number(extra, 4) == 24 << 16 | 1)
            #expect(number(extra + 4, 8) == number(extra + 12, 8))
            let name = String(decoding: data[place + 46..<extra], as: UTF8.self)
            entries.append(
                (name, UInt32(number(place + 16, 4)), number(extra + 4, 8), number(extra + 20, 8)))
            place = extra + extraLength
        }
        #expect(place == record)
    }

    var names: [String] { entries.map(\.name) }

    func contents(_ name: String) throws -> [UInt8] {
        let entry = try #require(entries.first { $0.name == name })
        #expect(number(entry.offset, 4) == 0x0403_4B50)
        #expect(number(entry.offset + 14, 4) == Int(entry.checksum))
        let start = entry.offset + 30 + number(entry.offset + 26, 2) + number(entry.offset + 28, 2)
        let bytes = Array(data[start..<start + entry.size])
        #expect(checksum(bytes) == entry.checksum)
        return bytes
    }

    /// The texts of a NumPy array of type `<U…`.
    func texts(_ name: String) throws -> [String] {
        let bytes = try contents(name)
        let header = String(decoding: bytes[10..<128], as: UTF8.self)
        let match = try #require(header.firstMatch(of: /'<U(\d+)'.*'shape': \((\d+),\)/))
        let (width, count) = (try #require(Int(match.1)), try #require(Int(match.2)))
        #expect(bytes.count == 128 + 4 * width * count)
        return (0..<count).map { row in
            let units = (0..<width).map { column in
                (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[128 + 4 * (row * width + column) + $1]) << (8 * $1) }
            }
            return String(String.UnicodeScalarView(units.filter { $0 != 0 }.compactMap(Unicode.Scalar.init)))
        }
    }

    private func number(_ offset: Int, _ count: Int) -> Int {
        (0..<count).reduce(0) { $0 | Int(data[offset + $1]) << (8 * $1) }
    }

    /// CRC-32, a bit at a time.
    private func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(0xFFFF_FFFF) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1) * 0xEDB8_8320 }
        }
    }
}
