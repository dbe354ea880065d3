import Archives
import Foundation
import Tensors
import TestSupport
import Testing

/// Whatever bytes are wrong in a file, reading it ends in numbers or in an error.
@Suite struct FuzzTests {
    @Test(arguments: ["sound", "sound-latest", "resnet-v2"]) func flippedBytes(_ name: String) throws {
        let folder = try TemporaryDirectory()
        let whole = try Data(contentsOf: URL(fileURLWithPath: golden("weights/hostile/\(name).h5")))
        let path = folder.file("flipped.h5")
        var refused = 0
        let rounds = Int(ProcessInfo.processInfo.environment["FINETUNE_FUZZ_ROUNDS"] ?? "") ?? 100
        for round in 0..<rounds {
            var random = RandomStream(seed: 7, purpose: .resampling, sample: round)
            var bytes = whole
            for _ in 0...(round % 4) {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            try bytes.write(to: URL(fileURLWithPath: path))
            do {
                try readEverything(path)
            } catch is ArchiveError {
                refused += 1
            }
        }
        #expect(refused > 0 && refused < rounds)
    }

    private func readEverything(_ path: String) throws {
        let archive = try HDF5Archive(path: path)
        for object in [""] + archive.groups {
            for attribute in try archive.attributeNames(of: object) {
                _ = try archive.attribute(attribute, of: object)
            }
        }
        for entry in archive.entries {
            if case .other = entry.elementType { continue }
            _ = try archive.tensor(entry.name)
        }
    }
}
