import Archives
import TestSupport
import Testing

/// Every kind of number in every container, as the libraries that own the containers write them.
@Suite struct ContainerTests {
    private static let numbers = (0..<24).map { Float($0) / 8 - 1 }
    /// What `small()` in `Scripts/goldens/containers.py` holds.
    private static let expected: [(name: String, shape: [Int], type: TensorEntry.ElementType, values: [Float])] = [
        ("f32", [2, 3, 4], .float32, numbers),
        ("f16", [2, 3, 4], .float16, numbers),
        ("bf16", [2, 3, 4], .bfloat16, numbers),
        ("f64", [2, 3, 4], .float64, numbers),
        ("i64", [6], .integer(bits: 64, signed: true), [-3, -2, -1, 0, 1, 2]),
        ("i32", [6], .integer(bits: 32, signed: true), [-3, -2, -1, 0, 1, 2]),
        ("u8", [5], .integer(bits: 8, signed: false), [0, 1, 2, 3, 4]),
        ("flags", [3], .integer(bits: 8, signed: false), [1, 0, 1]),
        ("scalar", [], .integer(bits: 64, signed: true), [7]),
        ("none", [0, 4], .float32, []),
    ]

    private func check(
        _ archive: any TensorArchive, names: [String], _ sourceLocation: SourceLocation = #_sourceLocation
    )
        throws
    {
        for name in names {
            let expected = try #require(Self.expected.first { $0.name == name })
            let entry = try #require(archive.entry(name), "\(name)", sourceLocation: sourceLocation)
            #expect(entry.shape == expected.shape, "\(name)", sourceLocation: sourceLocation)
            #expect(entry.elementType == expected.type, "\(name)", sourceLocation: sourceLocation)
            let tensor = try archive.tensor(name)
            #expect(tensor.shape == expected.shape, "\(name)", sourceLocation: sourceLocation)
            #expect(tensor.values == expected.values, "\(name)", sourceLocation: sourceLocation)
        }
    }

    private func open(_ name: String) throws -> any TensorArchive {
        try openArchive(golden("containers/small/\(name)"))
    }

    @Test func safetensors() throws {
        let archive = try open("all.safetensors")
        #expect(archive.container == .safetensors)
        #expect(archive.entries.count == 10)
        try check(archive, names: Self.expected.map(\.name))
        #expect(try archive.attribute("by")?.string == "hand")
        #expect(try archive.attributeNames() == ["by", "format"])
    }

    @Test func safetensorsInParts() throws {
        let archive = try open("model.safetensors.index.json")
        #expect(archive.container == .safetensors)
        #expect(archive.entries.map(\.name) == ["f32", "i64", "f16", "bf16"])
        try check(archive, names: ["f32", "i64", "f16", "bf16"])
        let error = #expect(throws: ArchiveError.self) { try open("model-00001-of-00002.safetensors") }
        #expect(
            error?.reason == "is part 1 of 2: give the list of all parts, model.safetensors.index.json")
    }

    @Test func aFolderStandsForItsWeights() throws {
        // A list comes after a file of all weights, and here there is only the list.
        let archive = try openArchive(golden("containers/small"))
        #expect(archive.path == golden("containers/small/model.safetensors.index.json"))
        let error = #expect(throws: ArchiveError.self) { try openArchive(golden("weights")) }
        #expect(error?.reason.contains("is a folder without a file of weights") == true)
    }

    @Test(arguments: ["stored.npz", "packed.npz"]) func numPy(_ name: String) throws {
        let archive = try open(name)
        #expect(archive.container == .npz)
        try check(archive, names: Self.expected.map(\.name).filter { $0 != "bf16" })
        guard name == "stored.npz" else { return }
        #expect(try archive.tensor("fortran").values == Self.numbers)
        #expect(archive.entry("text")?.elementType == .other("texts"))
        #expect(throws: ArchiveError.self) { try archive.tensor("text") }
    }

    @Test(arguments: ["all.onnx", "outside.onnx"]) func onnx(_ name: String) throws {
        let archive = try open(name)
        #expect(archive.container == .onnx)
        try check(archive, names: Self.expected.map(\.name))
        for name in ["floats", "doubles", "constant"] {
            let tensor = try archive.tensor(name)
            #expect(tensor.shape == [2, 3, 4] && tensor.values == Self.numbers, "\(name)")
        }
        #expect(try archive.attribute("by")?.string == "hand")
        #expect(try archive.attribute("producer_name")?.string == "hand")
    }

    @Test func onnxNamesCopiesAndNoSettings() throws {
        let archive = try open("copies.onnx")
        #expect(archive.entries.map(\.name) == ["first", "second", "third"])
        for entry in archive.entries {
            #expect(entry.shape == [2, 3, 4])
            #expect(try archive.tensor(entry.name).values == Self.numbers)
        }
    }

    /// What is written number by number is listed, and said when it is asked for.
    @Test func onnxWholeNumbersInVariableLength() throws {
        let error = #expect(throws: ArchiveError.self) { try open("all.onnx").tensor("longs") }
        #expect(error?.reason == "the tensor `longs` holds int64 that are written one by one, not numbers")
    }

    @Test func kerasArchives() throws {
        let archive = try open("small.keras")
        #expect(archive.container == .keras)
        #expect(archive.entries.prefix(2).map(\.name) == ["layers/conv2d/vars/0", "layers/conv2d/vars/1"])
        let kernel = try archive.tensor("layers/conv2d/vars/0")
        #expect(kernel.shape == [3, 3, 3, 4])
        #expect(kernel.values == (0..<108).map { Float($0) / 64 })
        #expect(try archive.tensor("layers/conv2d/vars/1").values == [0, 1, 2, 3])
        #expect(try archive.attribute("name", of: "layers/conv2d/vars")?.string == "conv2d")
        #expect(try archive.attribute("keras_version")?.string == "3.15.1")
        #expect(try archive.attribute("model_config")?.string?.contains("\"Sequential\"") == true)
        #expect(try archive.attribute("training_config")?.string?.contains("categorical_crossentropy") == true)
    }
}
