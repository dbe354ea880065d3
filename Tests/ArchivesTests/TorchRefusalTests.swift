import Archives
import Files
import Foundation
import TestSupport
import Testing

/// What a file of PyTorch's may not hold is refused by name, and nothing is called.
@Suite struct TorchRefusalTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    /// Why a file with a pickle is refused, within a second of computing.
    private func refusal(
        of pickle: [UInt8], _ others: [String: [UInt8]] = [:], sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String {
        let path = folder.file("x.pth")
        try PickleBuilder.write(pickle, to: path, others)
        var reason = "(none)"
        let start = computingSeconds()
        do {
            _ = try openArchive(path)
        } catch let error as ArchiveError {
            #expect(error.path == path && error.kind == .data, sourceLocation: sourceLocation)
            reason = error.reason
        }
        #expect(computingSeconds() - start < 1, sourceLocation: sourceLocation)
        return reason
    }

    private func refusal(
        _ value: (inout PickleBuilder) -> Void, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String {
        let pickle = PickleBuilder.dictionary { pickle in
            pickle.text("side")
            value(&pickle)
        }
        return try refusal(of: pickle, sourceLocation: sourceLocation)
    }

    @Test func whatIsRightIsRead() throws {
        let path = folder.file("x.pth")
        try PickleBuilder.write(PickleBuilder.dictionary(), to: path)
        let archive = try openArchive(path)
        #expect(try archive.tensor("weight").values == [0, 1, 2, 3, 4, 5])
        #expect(try refusal { $0.integer(5) } == "(none)")
    }

    @Test(arguments: [
        ("os", "system", "wants to call `os system`, which is never done"),
        ("builtins", "eval", "wants to call `builtins eval`"),
        ("numpy.core.multiarray", "scalar", "save the weights alone, with torch.save(model.state_dict()"),
        ("torch.nn.modules.conv", "Conv2d", "holds a whole module (`torch.nn.modules.conv Conv2d`)"),
        ("__torch__.torchvision", "ResNet", "is a program of TorchScript (`__torch__.torchvision ResNet`)"),
        ("torch", "ComplexFloatStorage", "a type that is not read (`torch ComplexFloatStorage`)"),
        ("torch", "FloatTensor", "wants to call `torch FloatTensor`"),
    ])
    func otherNamesAreRefused(_ module: String, _ name: String, _ words: String) throws {
        let reason = try refusal {
            $0.global(module, name)
            $0.add(")R")
        }
        #expect(reason.contains(words), "\(reason)")
        // Protocol 4 names functions by texts.
        let again = try refusal {
            $0.text(module)
            $0.text(name)
            $0.add([0x93])
        }
        #expect(again == reason)
    }

    /// A trap that Python would spring leaves nothing behind here.
    @Test func nothingIsCalled() throws {
        let trap = folder.file("trap")
        let reason = try refusal {
            $0.global("os", "mkdir")
            $0.text(trap)
            $0.add([0x85])
            $0.add("R")
        }
        #expect(reason.contains("`os mkdir`"))
        #expect(!FileManager.default.fileExists(atPath: trap))
    }

    @Test(arguments: [
        ("0", "the instruction POP of pickles"), ("2", "DUP"), ("ios\nsystem\n", "INST"), ("B\0\0\0\0", "BINBYTES"),
        ("Px\n", "PERSID"), ("I1\n", "INT"), ("~", "126 is no instruction"),
        ("t", "a mark is missing"),
        ("R", "calls what is no function"), ("h\u{7}", "it asks for value 7"),
        ("}Q", "names something else than a storage"),
        ("]}R", "calls what is no function"), ("}K\u{1}a", "appended to what is no list"), ("]]]s", "no dictionary"),
        ("]}b", "a state is given to what has none"), ("K\u{1}]b", "a state is given to what has none"),
        ("ccollections\nOrderedDict\n(K\u{1}tR", "a pair is none"), ("}]Ns", "neither a text nor a whole number"),
        ("ctorch\nFloatStorage\n)R", "calls a type as a function"),
        ("ctorch.nn.parameter\nParameter\n)R", "a parameter without numbers"),
        ("ctorch.nn.parameter\nParameter\n(NtR", "a parameter is made of what is no tensor"),
    ])
    func wrongInstructionsAreNamed(_ instructions: String, _ words: String) throws {
        let reason = try refusal { $0.add(instructions) }
        #expect(reason.contains(words), "\(reason)")
    }

    @Test(arguments: [
        (6, 0, [2, 4], [4, 1]), (6, 1, [2, 3], [3, 1]), (6, -1, [2], [1]), (6, 0, [-2, -3], [3, 1]),
        (6, 0, [2, 3], [3]), (6, 5, [2], [-1]), (6, 0, [2], [Int.max]), (6, Int.max, [1], [1]),
        (-1, 0, [2, 3], [3, 1]), (Int.max, 0, [2, 3], [3, 1]), (Int.max, 0, [Int.max, Int.max], [1, 1]),
        (7, 0, [7], [1]), (6, 0, [Int.max], [0]), (6, 0, [1 << 40], [0]),
    ])
    func absurdSizesAreRefused(_ count: Int, _ offset: Int, _ shape: [Int], _ strides: [Int]) throws {
        let reason = try refusal { $0.tensor(count: count, offset: offset, shape: shape, strides: strides) }
        let words = ["is damaged", "declares an absurd size", "lies in a storage that is cut short"]
        #expect(words.contains { reason.contains($0) }, "\(reason)")
    }

    @Test func absentStoragesAreNamed() throws {
        #expect(try refusal { $0.tensor(storage: "../0") }.contains("lacks the storage `../0`"))
        let tooManyAxes = [Int](repeating: 1, count: 33)
        #expect(try refusal { $0.tensor(shape: tooManyAxes, strides: tooManyAxes) }.contains("is damaged"))
    }

    @Test func whatHoldsNoDictionaryOfTensorsIsRefused() throws {
        #expect(try refusal(of: [0x80, 2] + Array("}.".utf8)).contains("holds no tensors"))
        #expect(try refusal(of: [0x80, 2, 0x4E, 0x2E]).contains("holds no tensors"))
        var alone = PickleBuilder()
        alone.tensor()
        alone.add(".")
        #expect(try refusal(of: alone.bytes).contains("a tensor without a name"))
        #expect(try refusal(of: []).contains("is damaged at byte 0"))
        #expect(try refusal(of: Array("(dp0\n.".utf8)).contains("no pickle of the protocols 2 to 5"))
        #expect(try refusal(of: [0x80, 9, 0x4E, 0x2E]).contains("no pickle of the protocols 2 to 5"))
    }

    @Test func otherByteOrdersAreRefused() throws {
        let pickle = PickleBuilder.dictionary()
        #expect(try refusal(of: pickle, ["a/byteorder": Array("big".utf8)]).contains("another byte order"))
        #expect(try refusal(of: pickle, ["a/byteorder": Array("little".utf8)]) == "(none)")
    }

    /// Programs of TorchScript keep the same files, with others; what is a plain dictionary is read all the same.
    @Test func constantsDoNotMatter() throws {
        let others = ["a/constants.pkl": [0x80, 2, 0x29, 0x2E] as [UInt8], "a/code/x.py": []]
        #expect(try refusal(of: PickleBuilder.dictionary(), others) == "(none)")
    }

    @Test func collectionsInThemselvesAreRefused() throws {
        let words = "collections that lie in themselves"
        // A list that is appended to itself, and a dictionary that is a value of its own.
        #expect(try refusal { $0.add("]q\u{0}h\u{0}a") }.contains(words))
        #expect(try refusal { $0.add("}q\u{0}K\u{1}h\u{0}s") }.contains(words))
        #expect(try refusal { $0.add("]q\u{0}]q\u{1}h\u{0}aa") }.contains(words))
    }

    /// Half a million lists in each other.
    @Test func deepPicklesAreRefused() throws {
        let depth = 499_000
        let reason = try refusal {
            $0.add(String(repeating: "]", count: depth))
            $0.add(String(repeating: "a", count: depth - 1))
        }
        #expect(reason.contains("more than 64 in each other"), "\(reason)")
        let tuples = try refusal {
            $0.add("N")
            $0.add([UInt8](repeating: 0x85, count: depth))
        }
        #expect(tuples.contains("more than 64 in each other"), "\(tuples)")
        #expect(try refusal { $0.add(String(repeating: "]", count: 600_000)) }.contains("more than 500000 values"))
    }

    /// Each list holds the one before it ten times.
    @Test func bombsOfNamesAreRefused() throws {
        let reason = try refusal {
            $0.add("](]q\u{0}K\u{1}a")
            for index in 0..<20 {
                $0.add("](" + String(repeating: "h\(Unicode.Scalar(UInt8(index)))", count: 10) + "eq")
                $0.add([UInt8(index + 1)])
            }
            $0.add("e")
        }
        #expect(reason.contains("200000 values"), "\(reason)")
    }

    @Test func manyInstructionsAreRefused() throws {
        let reason = try refusal {
            $0.add("](")
            $0.add(String(repeating: "N", count: 2_100_000))
        }
        #expect(reason.contains("more than 2000000 instructions"), "\(reason)")
        // A dictionary that is copied again and again.
        let copies = try refusal {
            $0.add("}q\u{0}(")
            for index in 0..<10_000 {
                $0.integer(index)
                $0.add("N")
            }
            $0.add("u")
            for _ in 0..<2_000 {
                $0.global("collections", "Counter")
                $0.add("h\u{0}")
                $0.add([0x85])
                $0.add("R")
            }
        }
        #expect(copies.contains("more than 250000 keys"), "\(copies)")
        let keys = try refusal {
            $0.add("}(")
            for index in 0...250_000 {
                $0.integer(index)
                $0.add("N")
            }
            $0.add("u")
        }
        #expect(keys.contains("more than 250000 keys"), "\(keys)")
        // A set that is copied again and again.
        let sets = try refusal {
            $0.add("(" + String(repeating: "N", count: 10_000) + "tq\u{0}")
            for _ in 0..<2_000 {
                $0.global("builtins", "set")
                $0.add("h\u{0}")
                $0.add([0x85])
                $0.add("R")
            }
        }
        #expect(sets.contains("more than 2000000 instructions"), "\(sets)")
    }

    @Test func largeMemosAreRefused() throws {
        #expect(try refusal { $0.add([0x4E, 0x72, 0xFF, 0xFF, 0xFF, 0xFF]) }.contains("remembers more than 1000000"))
        #expect(try refusal { $0.add([0x4E, 0x6A, 0xFF, 0xFF, 0xFF, 0xFF]) }.contains("it asks for value 4294967295"))
    }

    @Test func hugeNumbersAreRead() throws {
        let path = folder.file("x.pth")
        let pickle = PickleBuilder.dictionary {
            $0.text("huge")
            $0.add([0x8A, 255] + [UInt8](repeating: 0xFF, count: 254) + [0x7F])
            $0.text("negative")
            $0.add([0x8A, 9] + [UInt8](repeating: 0, count: 8) + [0xFF])
            $0.text("nothing")
            $0.add([0x8A, 0])
        }
        try PickleBuilder.write(pickle, to: path)
        let archive = try openArchive(path)
        #expect(try archive.attribute("huge") == .numbers([.infinity]))
        #expect(try archive.attribute("negative") == .numbers([-0x1p64]))
        #expect(try archive.attribute("nothing") == .numbers([0]))
    }

    @Test func twoThingsOfOneNameAreRefused() throws {
        let reason = try refusal(
            of: PickleBuilder.dictionary {
                $0.text("a")
                $0.add("}")
                $0.text("b")
                $0.tensor()
                $0.add("s")
                $0.text("a.b")
                $0.tensor()
            })
        #expect(reason == "holds the tensor `a.b` twice")
        let values = try refusal {
            $0.add("}")
            $0.text("b")
            $0.add("K\u{1}s")
            $0.text("side.b")
            $0.add("K\u{2}")
        }
        #expect(values.contains("two values called `side.b`"))
    }

    @Test func barePicklesAreNamed() throws {
        let path = folder.file("x.pth")
        try Data([0x80, 4, 0x4E, 0x2E]).write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: ArchiveError.self) { try openArchive(path) }
        #expect(error?.reason.contains("but is a bare pickle and not PyTorch's") == true)
    }
}

/// How long this thread has computed.
private func computingSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
