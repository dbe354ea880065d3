import Archives
import Foundation
import Tensors
import TestSupport
import Testing

/// PyTorch's files of all three containers hold what PyTorch reads from them.
@Suite struct TorchTests {
    private struct Expected: Decodable {
        struct Tensor: Decodable {
            let name: String
            let shape: [Int]
            let type: String
            let values: [Double]
        }
        let tensors: [Tensor]
        let strings: [String: [String]]
        let numbers: [String: [Double]]
    }

    @Test func filesHoldWhatPyTorchReads() throws {
        let files: [String: Expected] = try readJSON("weights/torch/expected.json")
        #expect(files.count == 23)
        for (name, expected) in files {
            let archive = try openArchive(golden("weights/torch/\(name)"))
            #expect(archive.entries.map(\.name) == expected.tensors.map(\.name), "\(name)")
            for tensor in expected.tensors {
                let entry = try #require(archive.entry(tensor.name))
                #expect(entry.shape == tensor.shape && Self.word(entry.elementType, tensor.type), "\(name) \(entry)")
                let values = try archive.tensor(tensor.name)
                #expect(values.shape == tensor.shape)
                #expect(values.values == tensor.values.map { Float($0) }, "\(name) \(tensor.name)")
            }
            let attributes =
                expected.strings.mapValues { AttributeValue.strings($0) }
                .merging(expected.numbers.mapValues { .numbers($0) }) { first, _ in first }
            #expect(try archive.attributeNames() == attributes.keys.sorted(), "\(name)")
            for (key, value) in attributes { #expect(try archive.attribute(key) == value, "\(name) \(key)") }
        }
    }

    private static func word(_ type: TensorEntry.ElementType, _ word: String) -> Bool {
        "\(type)" == (word == "bool" ? "uint8" : word)
    }

    @Test(arguments: ["state.pth", "state-stream.pth", "python-2.pth", "unchecked.pth"])
    func numbersAreTheFormula(_ name: String) throws {
        let archive = try openArchive(golden("weights/torch/\(name)"))
        for key in ["conv1.weight", "bn1.running_var", "fc.bias"] {
            let tensor = try archive.tensor(key)
            #expect(tensor.values == formula(key, count: tensor.values.count, low: -1, high: 1))
        }
        #expect(try archive.tensor("bn1.num_batches_tracked").values == [7])
    }

    /// PyTorch compresses nothing, but who packs its files anew may.
    @Test func compressedStoragesAreRefused() throws {
        let sound = try openArchive(golden("weights/torch/state.pth"))
        let archive = try openArchive(golden("weights/torch/packed/pickle.pth"))
        #expect(archive.entries == sound.entries)
        #expect(try archive.tensor("conv1.weight").values == sound.tensor("conv1.weight").values)
        let error = #expect(throws: ArchiveError.self) { try openArchive(golden("weights/torch/packed/storage.pth")) }
        let words = "the entry `state/data/0` is packed, and cannot be read where it lies; store it"
        #expect(error?.reason.hasPrefix(words) == true, "\(String(describing: error))")
    }

    /// The published files, and the same weights that h5py wrote into HDF5.
    @Test(
        .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)),
        arguments: [
            ("resnet20-12fca82f.th", "cifar-resnet20-torch-keys.h5"),
            ("resnet56-4bfd9763.th", "cifar-resnet56-torch-keys.h5"),
        ])
    func publishedFilesHoldTheSameAsHDF5(_ published: String, _ reference: String) throws {
        let archive = try openArchive("\(SharedData.path)/weights/\(published)")
        let expected = try openArchive("\(SharedData.path)/weights/\(reference)")
        let weights = archive.entries.filter { $0.name.hasPrefix("state_dict.module.") }
        #expect(weights.count == expected.entries.count && !weights.isEmpty)
        for entry in weights {
            let key = String(entry.name.dropFirst("state_dict.module.".count))
            #expect(try archive.tensor(entry.name).values == expected.tensor(key).values, "\(key)")
        }
        let accuracy = try #require(try archive.attribute("best_prec1")?.number)
        #expect(accuracy > 90 && accuracy < 100)
    }
}
