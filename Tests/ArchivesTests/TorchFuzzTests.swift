import Archives
import Files
import Foundation
import Tensors
import TestSupport
import Testing

/// Whatever bytes are wrong or missing in a file of PyTorch's, reading it ends in numbers or in an error.
@Suite struct TorchFuzzTests {
    private let path: String
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        path = folder.file("x.pth")
    }

    private func contents(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: golden("weights/torch/\(name)"))))
    }

    /// What a file of these bytes holds; nil where it is refused.
    private func tensors(in bytes: [UInt8]) throws -> [String: Tensor]? {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        do {
            let archive = try openArchive(path)
            for name in try archive.attributeNames() { _ = try archive.attribute(name) }
            return Dictionary(
                try archive.entries.map { ($0.name, try archive.tensor($0.name)) }, uniquingKeysWith: { $1 })
        } catch let error as ArchiveError {
            #expect(error.kind == .data && error.path == path)
            return nil
        }
    }

    /// - Parameter step: larger files are not cut everywhere.
    @Test(arguments: [
        ("state.pth", 1), ("state-stream.pth", 1), ("parts-stream.pth", 1), ("state-tar.pth", 11),
        ("checkpoint-4.pth", 5),
    ])
    func cutFilesAreRefused(_ name: String, _ step: Int) throws {
        let whole = try contents(name)
        let sound = try #require(try tensors(in: whole))
        var accepted: [Int] = []
        for length in stride(from: 0, to: whole.count, by: step) {
            guard let found = try tensors(in: Array(whole[..<length])) else { continue }
            accepted.append(length)
            #expect(found == sound)
        }
        // An archive of tar ends with more blocks of zeros than the one that is looked at.
        #expect(name == "state-tar.pth" ? accepted.first ?? 0 >= 512 : accepted.isEmpty, "\(accepted)")
    }

    /// The checksums of zip archives tell of wrong bytes everywhere but in the numbers themselves.
    @Test func flippedBytesOfZipArchives() throws {
        let whole = try contents("state.pth")
        let sound = try #require(try tensors(in: whole))
        let archive = try ZipArchive(golden("weights/torch/state.pth"))
        let numbers = try archive.entries.filter { $0.name.contains("/data/") }.map { try archive.storedRange(of: $0) }
        var refused = 0
        for index in whole.indices {
            var bytes = whole
            bytes[index] ^= 1 << (index % 8)
            guard let found = try tensors(in: bytes) else {
                refused += 1
                continue
            }
            if numbers.contains(where: { $0.contains(index) }) {
                #expect(found.keys == sound.keys)
            } else {
                #expect(found == sound, "byte \(index)")
            }
        }
        #expect(refused > 500 && refused < whole.count)
    }

    @Test(arguments: [
        ("state-stream.pth", 1), ("views-4-stream.pth", 1), ("parts-stream.pth", 1), ("state-tar.pth", 5),
    ])
    func flippedBytes(_ name: String, _ step: Int) throws {
        let whole = try contents(name)
        var refused = 0
        for index in stride(from: 0, to: whole.count, by: step) {
            var bytes = whole
            bytes[index] ^= [1, 0x80, 0xFF][index % 3]
            if try tensors(in: bytes) == nil { refused += 1 }
        }
        #expect(refused > 100)
    }
}
