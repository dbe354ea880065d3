import Archives
import Foundation
import TestSupport
import Testing

/// PyTorch's older containers, put together right and wrong.
@Suite struct TorchContainerTests {
    private let folder: TemporaryDirectory
    private static let floats = (0..<6).flatMap { littleEndian(Float($0).bitPattern) }

    init() throws { folder = try TemporaryDirectory() }

    /// Why a file is refused; nil where it holds `weight`, the numbers from 0 to 5.
    private func refusal(of bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) throws -> String? {
        let path = folder.file("x.pth")
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        do {
            let archive = try openArchive(path)
            #expect(try archive.tensor("weight").values == [0, 1, 2, 3, 4, 5], sourceLocation: sourceLocation)
            return nil
        } catch let error as ArchiveError {
            #expect(error.path == path && error.kind == .data, sourceLocation: sourceLocation)
            return error.reason
        }
    }

    private static func pickle(_ body: (inout PickleBuilder) -> Void) -> [UInt8] {
        var pickle = PickleBuilder()
        body(&pickle)
        pickle.add(".")
        return pickle.bytes
    }

    // Streams

    private static let magic: [UInt8] = [
        0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    ]

    private static func stream(
        version: Int = 1001, isLittleEndian: Bool = true, _ dictionary: [UInt8] = PickleBuilder.dictionary(),
        keys: [String] = ["0"], count: Int = 6, _ contents: [UInt8] = floats
    ) -> [UInt8] {
        let machine = pickle {
            $0.add("}")
            $0.text("little_endian")
            $0.add([isLittleEndian ? 0x88 : 0x89])
            $0.add("s")
        }
        let list = pickle {
            $0.add("](")
            for key in keys { $0.text(key) }
            $0.add("e")
        }
        return magic + pickle { $0.integer(version) } + machine + dictionary + list + littleEndian(Int64(count))
            + contents
    }

    @Test func streams() throws {
        #expect(try refusal(of: Self.stream()) == nil)
        #expect(try refusal(of: Self.stream(version: 1002))?.contains("version of PyTorch's format") == true)
        #expect(try refusal(of: Self.stream(isLittleEndian: false))?.contains("another byte order") == true)
        #expect(try refusal(of: Self.stream(keys: []))?.contains("lacks the storage `0`") == true)
        #expect(try refusal(of: Self.stream(keys: ["1"]))?.contains("a storage that no tensor lies in") == true)
        #expect(try refusal(of: Self.stream(count: 5))?.contains("a storage that is cut short") == true)
        for count in [7, -1, .max, .min, 1 << 62] {
            let reason = try refusal(of: Self.stream(count: count))
            #expect(reason?.contains("is cut short or damaged") == true, "\(count) \(String(describing: reason))")
        }
        let twice = Self.stream(keys: ["0", "0"], Self.floats + littleEndian(Int64(6)) + Self.floats)
        #expect(try refusal(of: twice)?.contains("lists the storage `0` twice") == true)
    }

    @Test func storagesHaveOneElementSize() throws {
        let doubles = PickleBuilder.dictionary {
            $0.text("more")
            $0.tensor(type: "DoubleStorage")
        }
        #expect(try refusal(of: Self.stream(doubles))?.contains("elements of two sizes") == true)
        let integers = PickleBuilder.dictionary {
            $0.text("more")
            $0.tensor(type: "IntStorage")
        }
        #expect(try refusal(of: Self.stream(integers)) == nil)
    }

    @Test func partsOfStoragesLieWithinThem() throws {
        func reason(_ offset: Int, _ count: Int) throws -> String? {
            let part = PickleBuilder.dictionary {
                $0.text("part")
                $0.tensor(shape: [2], strides: [1], part: (offset, count))
            }
            return try refusal(of: Self.stream(part))
        }
        #expect(try reason(4, 2) == nil)
        for (offset, count) in [(5, 2), (-1, 2), (0, 7), (.max, 2), (2, .max), (7, 0), (0, -1)] {
            #expect(try reason(offset, count)?.contains("absurd size of the storage `0`") == true, "\(offset) \(count)")
        }
        #expect(try reason(4, 1)?.contains("reaches beyond its storage") == true)
    }

    /// In the first years a parameter was made empty, and its tensor came with its state; so did a tensor's storage.
    @Test func parametersGetTheirNumbersFromTheirState() throws {
        func dictionary(_ state: (inout PickleBuilder) -> Void) -> [UInt8] {
            Self.pickle {
                $0.add("}")
                $0.text("weight")
                $0.global("torch.nn.parameter", "Parameter")
                $0.add(")\u{81}(".unicodeScalars.map { UInt8($0.value) })
                state(&$0)
                $0.add("tbs")
            }
        }
        let whole = dictionary {
            $0.tensor()
            $0.add("NNNN")
        }
        #expect(try refusal(of: Self.stream(whole)) == nil)
        let stored = dictionary {
            $0.storage()
            $0.integer(0)
            $0.tuple([6])
            $0.tuple([1])
        }
        #expect(try refusal(of: Self.stream(stored)) == nil)
        let none = dictionary { $0.add("NNN") }
        #expect(try refusal(of: Self.stream(none))?.contains("a parameter without numbers") == true)
        let wrong = dictionary { $0.add("NNNNN") }
        #expect(try refusal(of: Self.stream(wrong))?.contains("a tensor's state is none") == true)
    }

    // Archives of tar

    /// A file with its header, filled up to whole blocks.
    private static func member(_ name: String, _ contents: [UInt8], size: String? = nil, kind: UInt8 = 0x30) -> [UInt8]
    {
        func padded(_ bytes: [UInt8], _ count: Int) -> [UInt8] {
            bytes + [UInt8](repeating: 0, count: count - bytes.count)
        }
        let size = size ?? String(contents.count, radix: 8)
        var header = padded(Array(name.utf8), 124) + padded(Array(size.utf8), 24) + Array("        ".utf8) + [kind]
        header = padded(padded(header, 257) + Array("ustar".utf8), 512)
        let sum = header.reduce(0) { $0 + Int($1) }
        header.replaceSubrange(148..<156, with: padded(Array(String(sum, radix: 8).utf8), 8))
        return header + padded(contents, (contents.count + 511) / 512 * 512)
    }

    private static let end = [UInt8](repeating: 0, count: 1024)

    private static func storages(_ count: Int = 1, elements: Int = 6, views: [[Int]] = []) -> [UInt8] {
        let storage = pickle {
            $0.add("(")
            $0.integer(1)
            $0.text("cpu")
            $0.global("torch", "FloatStorage")
            $0.add("t")
        }
        let list = pickle {
            $0.add("](")
            for view in views { $0.tuple(view) }
            $0.add("e")
        }
        return pickle { $0.integer(count) } + storage + littleEndian(Int64(elements)) + floats + list
    }

    private static func tensors(_ count: Int = 1, storage: Int = 1, axes: Int32 = 1, shape: [Int] = [6, 1, 0])
        -> [UInt8]
    {
        let tensor = pickle {
            $0.add("(")
            $0.integer(10)
            $0.integer(storage)
            $0.global("torch.cuda", "FloatTensor")
            $0.add("t")
        }
        let layout = littleEndian(axes) + littleEndian(Int32(0)) + shape.flatMap { littleEndian(Int64($0)) }
        return pickle { $0.integer(count) } + tensor + layout
    }

    private static func tar(
        storages: [UInt8] = storages(), tensors: [UInt8] = tensors(), tensor: Int = 10, _ more: [UInt8] = [],
        end: [UInt8] = end
    ) -> [UInt8] {
        let dictionary = pickle {
            $0.add("}")
            $0.text("weight")
            $0.integer(tensor)
            $0.add("Qs")
        }
        return member("pickle", dictionary) + member("tensors", tensors) + member("storages", storages) + more + end
    }

    @Test func archivesOfTar() throws {
        #expect(try refusal(of: Self.tar()) == nil)
        #expect(try refusal(of: Self.tar(Self.member("folder", [], kind: 0x35))) == nil)
        let cases: [([UInt8], String)] = [
            (Self.tar(end: []), "is cut off"),
            (Self.tar(tensor: 11), "names a tensor that the archive does not hold"),
            (Self.tar(Self.member("pickle", [])), "holds the file `pickle` twice"),
            (Self.tar(Self.member("other", [], size: "77777777777")), "is cut off within the file `other`"),
            (Self.tar(Self.member("other", [], size: "-7")), "should be the header of a file"),
            (Self.tar(Self.member("other", [], kind: 0x32)), "holds `other`, a link or a device"),
            (Self.tar([UInt8](repeating: 1, count: 512)), "should be the header of a file"),
            (Self.member("pickle", []) + Self.end, "is an archive of tar, but not PyTorch's"),
            ((0...1000).flatMap { Self.member("\($0)", []) } + Self.end, "more than 1000 files"),
        ]
        for (bytes, words) in cases {
            let reason = try refusal(of: bytes)
            #expect(reason?.contains(words) == true, "\(words): \(String(describing: reason))")
        }
    }

    @Test func listsInArchivesOfTar() throws {
        let part = Self.tar(storages: Self.storages(views: [[2, 1, 0, 6]]), tensors: Self.tensors(storage: 2))
        #expect(try refusal(of: part) == nil)
        let cases: [([UInt8], String)] = [
            (Self.tar(storages: Self.storages(-1)), "does not say how many"),
            (Self.tar(storages: Self.storages(1 << 40)), "does not say how many"),
            (Self.tar(storages: Self.storages(2)), "has no number and no type"),
            (Self.tar(storages: Self.storages(elements: 1 << 61)), "is cut short or damaged"),
            (Self.tar(storages: Self.storages(elements: -1)), "is cut short or damaged"),
            (Self.tar(storages: Self.storages(views: [[2, 3, 0, 6]])), "a part of a storage is none"),
            (Self.tar(storages: Self.storages(views: [[2, 1, 0]])), "a part of a storage is none"),
            (Self.tar(storages: Self.storages(views: [[2, 1, 1, 6]])), "absurd size of the storage `1`"),
            (Self.tar(storages: Self.storages(views: [[2, 1, 0, 6], [3, 2, 0, 6]])), "a part of a storage is none"),
            (Self.tar(tensors: Self.tensors(2)), "ends too soon"),
            (Self.tar(tensors: Self.tensors(storage: 9)), "a tensor has no number and no storage"),
            (Self.tar(tensors: Self.tensors(axes: -1)), "a tensor has -1 axes"),
            (Self.tar(tensors: Self.tensors(axes: 33)), "a tensor has 33 axes"),
            (Self.tar(tensors: Self.tensors(shape: [7, 1, 0])), "reaches beyond its storage"),
            (Self.tar(tensors: Self.tensors(shape: [6, 1, .min])), "reaches beyond its storage"),
        ]
        for (bytes, words) in cases {
            let reason = try refusal(of: bytes)
            #expect(reason?.contains(words) == true, "\(words): \(String(describing: reason))")
        }
    }
}
