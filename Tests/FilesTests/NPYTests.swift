import Files
import Foundation
import TestSupport
import Testing

/// Arrays as NumPy writes them.
@Suite struct NPYTests {
    private let folder: TemporaryDirectory
    private let expected: JSON

    init() throws {
        folder = try TemporaryDirectory()
        expected = try JSON(parsing: String(contentsOfFile: golden("arrays/expected.json"), encoding: .utf8))
    }

    /// An array of NumPy's and what NumPy says of it.
    private struct Case {
        let name: String
        let array: NPYArray
        let shape: [Int]
        let type: String
        let values: [JSON]
    }

    private func cases(_ group: String, in file: String? = nil) throws -> [Case] {
        let archive = try NPZArchive(golden("arrays/\(file ?? group).npz"))
        guard case .object(let members) = expected[group] else { return [] }
        #expect(archive.names == members.map(\.key))
        return try members.map { member in
            let (name, value) = (member.key, member.value)
            return Case(
                name: name, array: try archive.array(name, limit: 1 << 16),
                shape: try #require(value["shape"]?.arrayValue).compactMap(\.integerValue),
                type: try #require(value["type"]?.stringValue), values: try #require(value["values"]?.arrayValue))
        }
    }

    /// Compares all that an array says with what NumPy does.
    private func check(_ one: Case) throws {
        let (array, name) = (one.array, Comment(rawValue: one.name))
        #expect(array.shape == one.shape, name)
        #expect(array.count == one.values.count && array.header.elementCount == array.count, name)
        switch Array(one.type)[1] {
        case "b": #expect(array.integers() == one.values.map { $0.boolValue == true ? 1 : 0 }, name)
        case "i", "u":
            #expect(array.integers() == one.values.compactMap(\.integerValue), name)
            #expect(array.doubles() == one.values.compactMap(\.doubleValue), name)
        case "f": #expect(array.doubles() == one.values.compactMap(\.doubleValue) && array.integers() == nil, name)
        default:
            #expect(array.texts() == one.values.compactMap(\.stringValue), name)
            #expect(array.integers() == nil && array.doubles() == nil, name)
        }
        #expect((array.texts() != nil) == array.elementType.isText, name)
        #expect((array.bytes != nil) == (one.type == "|u1"), name)
        #expect(array.elementType.isInteger == "biu".contains(Array(one.type)[1]), name)
    }

    @Test func allTypesAreRead() throws {
        let cases = try cases("types")
        #expect(cases.count > 20)
        for one in cases { try check(one) }
    }

    @Test func numbersOfAllTypesMayBeLevels() throws {
        struct Refusal: Error, Equatable {
            let index: Int
            let value: Double
        }
        for one in try cases("types") {
            let levels = Result { try one.array.levels { Refusal(index: $0, value: $1) } }
            let numbers = one.array.doubles() ?? one.array.integers()?.map { Double($0) }
            let other = numbers?.firstIndex { UInt8(exactly: $0) == nil }
            switch levels {
            case .success(let levels): #expect(levels?.map { Double($0) } == numbers && other == nil, "\(one.name)")
            case .failure(let error):
                let index = try #require(other, "\(one.name)")
                #expect(error as? Refusal == Refusal(index: index, value: numbers?[index] ?? 0), "\(one.name)")
            }
        }
    }

    @Test func theOrderOfFortranIsUndone() throws {
        let cases = try cases("orders")
        #expect(cases.count == 8)
        for one in cases { try check(one) }
    }

    @Test(arguments: ["compressed", "wide", "streamed"]) func archivesOfAllKindsAreRead(_ name: String) throws {
        let cases = try cases("pictures", in: name)
        #expect(cases.map(\.name) == ["pixels", "labels", "classes"])
        for one in cases { try check(one) }
        #expect(cases[0].array.bytes?.map(Int.init) == cases[0].values.compactMap(\.integerValue))
    }

    @Test(arguments: 1...3) func allVersionsAreRead(_ version: Int) throws {
        let array = try NPYArray(contentsOf: golden("arrays/version\(version).npy"), limit: 720)
        #expect(array.shape == [6, 12, 10])
        #expect(array.bytes == (try cases("pictures", in: "compressed"))[0].array.bytes)
        let error = #expect(throws: NumPyError.self) {
            try NPYArray(contentsOf: golden("arrays/version\(version).npy"), limit: 719)
        }
        #expect(error?.reason == "takes 720 B, more than the 719 B that are read")
    }

    @Test func headersAreReadAlone() throws {
        let archive = try NPZArchive(golden("arrays/compressed.npz"))
        let header = try archive.header(of: "pixels")
        #expect(header.shape == [6, 12, 10] && header.elementType == .unsigned(byteCount: 1))
        #expect(header.elementCount == 720 && header.byteCount == 720)
    }

    @Test func whatIsNoArrayIsPassedOver() throws {
        let archive = try NPZArchive(golden("arrays/commented.npz"))
        #expect(archive.names == ["pixels", "labels", "classes"])
        let error = #expect(throws: NumPyError.self) { try archive.array("lables", limit: 100) }
        #expect(error?.description.hasSuffix("commented.npz: has no array `lables`; did you mean `labels`?") == true)
    }

    @Test(arguments: [
        ("objects", "holds Python's objects, a pickle"),
        ("fields", "holds elements of several fields"),
        ("complex", "holds complex numbers (`<c8`), which are not read"),
        ("dates", "holds dates (`<M8[D]`)"),
        ("durations", "holds durations (`<m8[s]`)"),
        ("void", "holds bytes without a type (`|V2`)"),
        ("long-floats", "holds floats of other sizes than 2, 4 and 8 bytes (`<f16`)"),
    ])
    func otherElementsAreRefusedByName(_ name: String, _ message: String) throws {
        let archive = try NPZArchive(golden("arrays/refused.npz"))
        let error = #expect(throws: NumPyError.self) { try archive.array(name, limit: 1 << 16) }
        #expect(error?.reason.hasPrefix(message) == true, "\(String(describing: error))")
        #expect(error?.description.contains("refused.npz: the array `\(name)` holds") == true)
        #expect(error?.kind == .data)
    }

    private func array(
        _ type: String, _ shape: String, _ contents: [UInt8], order: String = "False"
    ) throws -> NPYArray {
        try array("{'descr': '\(type)', 'fortran_order': \(order), 'shape': \(shape), }", contents)
    }

    private func array(_ header: String, _ contents: [UInt8]) throws -> NPYArray {
        let path = folder.file("x.npy")
        let start = [0x93] + Array("NUMPY".utf8) + [1, 0] + number(header.utf8.count, 2)
        try Data(start + Array(header.utf8) + contents).write(to: URL(fileURLWithPath: path))
        return try NPYArray(contentsOf: path, limit: 1 << 20)
    }

    private func refusal(_ header: String, _ contents: [UInt8] = []) -> String {
        let error = #expect(throws: NumPyError.self) { try array(header, contents) }
        return error?.reason ?? ""
    }

    @Test func headersAreWrittenInSeveralWays() throws {
        for header in [
            "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 1), }          \n",
            "{\"shape\":(2,1),\"fortran_order\":False,\"descr\":\"<i2\"}",
            "{'descr': '<i2', 'fortran_order': True, 'shape': (2L, 1L)}\n",
        ] {
            let array = try array(header, [1, 0, 0xFF, 0xFF])
            #expect(array.shape == [2, 1] && array.integers() == [1, -1])
        }
    }

    @Test(arguments: [
        "", "{", "{}", "[]", "{'descr': '<i2'}", "{'descr': '<i2', 'fortran_order': False, 'shape': (1,)",
        "{'descr': '<i2', 'fortran_order': False, 'shape': (1,)} {",
        "{'descr': '<i2', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<i2', 'fortran_order': False, 'shape': (1.0,)}",
        "{'descr': '<i2', 'fortran_order': False, 'shape': (1 1)}",
        "{'descr': '<i2', 'fortran_order': False, 'shape': 1}", "{'descr': '<i2', 'fortran_order': 0, 'shape': (1,)}",
        "{'descr': '<i2', 'fortran_order': False, 'shape': (1,), 'more': 'x'}",
        "{'descr': '<i2', 'descr': '<i2', 'shape': (1,)}", "{'descr': True, 'fortran_order': False, 'shape': (1,)}",
        "{'descr': [[[[, 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<i2, 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<\\'', 'fortran_order': False, 'shape': (1,)}",
    ])
    func otherHeadersAreRefused(_ header: String) {
        #expect(refusal(header, [1, 0]).contains("its header is not NumPy's"))
    }

    @Test(arguments: [
        "", "<", "i4", "<i", "<i3", "<i4 ", "|i4", "=i4", "<b2", "<f1", "<U", "|U4", "<U9999999999", "<i٤",
    ])
    func otherWordsForTypesAreRefused(_ type: String) {
        let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (1,)}"
        #expect(refusal(header).hasPrefix("holds "))
    }

    @Test(arguments: [
        ("(281474976710657,)", "|u1"), ("(99999999999999999999,)", "|u1"), ("(4294967296, 4294967296)", "|u1"),
        ("(0, 4294967296, 4294967296, 4294967296)", "|u1"), ("(70368744177665,)", "<f8"), ("(1,)", "<U0"),
        ("(\(Array(repeating: "1", count: 65).joined(separator: ",")))", "|u1"), ("(999999999,)", "<U999999999"),
    ])
    func absurdSizesAreRefused(_ shape: String, _ type: String) {
        let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape)}"
        #expect(refusal(header).hasPrefix("declares an absurd size"))
    }

    @Test func elementsMustBeAllThere() throws {
        #expect(try array("<i2", "(0, 5)", []).integers() == [])
        #expect(try array("|S0", "(0,)", []).texts() == [])
        #expect(try array("<i2", "()", [7, 0]).integers() == [7])
        for contents in [[], [1], [1, 2, 3]] as [[UInt8]] {
            let reason = refusal("{'descr': '<i2', 'fortran_order': False, 'shape': (1,)}", contents)
            #expect(reason == "is damaged: \(contents.count) bytes follow its header, and its elements take 2")
        }
        #expect(
            refusal("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000)}")
                == "is damaged: 0 bytes follow its header, and its elements take 8,000,000,000")
    }

    @Test func largeNumbersAreNoIntegers() throws {
        let largest = [UInt8](repeating: 0xFF, count: 8)
        #expect(try array("<u8", "(1,)", largest).integers() == nil)
        #expect(try array("<u8", "(1,)", largest).doubles() == [0x1p64])
        #expect(
            try array(">u8", "(2,)", [0, 0, 0, 0, 0, 0, 1, 0, 0x7F] + largest.dropFirst()).integers() == [256, .max])
    }

    /// Names of files need not be UTF-8: Python has U+DC80…U+DCFF for such bytes.
    @Test func textsMayHoldNamesOfFiles() throws {
        let name = String(fileName: [0x66, 0xE9])
        #expect(try array("<U2", "(1,)", number(0x66, 4) + number(0xDCE9, 4)).texts() == [name])
        #expect(try array("|S3", "(1,)", [0x66, 0xE9, 0]).texts() == [name])
        #expect(try array("<U3", "(1,)", number(0, 4) + number(0x41, 4) + number(0, 4)).texts() == ["\0A"])
        for value in [0xD800, 0xDC7F, 0x11_0000, -1] {
            #expect(try array("<U1", "(1,)", number(value, 4)).texts() == nil)
        }
    }

    @Test func otherFilesAreNamed() throws {
        let path = folder.file("x.npy")
        for (contents, message) in [
            ([], "is no NumPy array"), (Array("a text and more".utf8), "is no NumPy array"),
            ([0x93] + Array("NUMPY".utf8) + [4, 0, 0, 0], "has version 4.0 of NumPy's format, which is not known"),
            (
                [0x93] + Array("NUMPY".utf8) + [2, 0, 0, 0, 0, 0x80],
                "has a header of 2147483648 bytes, which is absurd"
            ),
            ([0x93] + Array("NUMPY".utf8) + [1, 0, 9, 0, 0x7B], "is damaged: it ends within its header"),
        ] as [([UInt8], String)] {
            try Data(contents).write(to: URL(fileURLWithPath: path))
            #expect(throws: NumPyError(path: path, reason: message)) { try NPYArray(contentsOf: path, limit: 1 << 20) }
        }
        #expect(throws: NumPyError(path: "missing", reason: "cannot be read: No such file or directory")) {
            try NPYArray(contentsOf: "missing", limit: 1)
        }
    }

    @Test func cutFilesAreRefused() throws {
        let path = folder.file("x.npy")
        try FileManager.default.copyItem(atPath: golden("arrays/version1.npy"), toPath: path)
        let file = try #require(FileHandle(forUpdatingAtPath: path))
        for length in (0..<(try file.seekToEnd())).reversed() {
            try file.truncate(atOffset: length)
            #expect(throws: NumPyError.self) { try NPYArray(contentsOf: path, limit: 1 << 20) }
        }
    }

    @Test func changedFilesAreArraysOrErrors() throws {
        let path = folder.file("x.npy")
        try FileManager.default.copyItem(atPath: golden("arrays/version1.npy"), toPath: path)
        try changeEveryByte(of: path) { change in
            do {
                let array = try NPYArray(contentsOf: path, limit: 1 << 20)
                #expect(array.count * array.elementType.byteCount == 720, change)
                _ = (array.integers(), array.doubles(), array.texts())
            } catch {
                #expect(error is NumPyError, change)
            }
        }
    }
}
