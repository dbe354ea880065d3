import Foundation
import Glibc
import Pretrained
import Tensors
import TestSupport
import Testing

/// However many tensors a file names, and however it names them, it is compared with all networks in little time.
@Suite(.serialized) struct HostileNameTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    /// Safetensors of one float each.
    private func write(_ names: [String], shape: String = "1") throws -> String {
        let entries = names.enumerated().map { index, name in
            #""\#(name)":{"dtype":"F32","shape":[\#(shape)],"data_offsets":[\#(4 * index),\#(4 * index + 4)]}"#
        }
        let header = Array("{\(entries.joined(separator: ","))}".utf8)
        let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
        let path = folder.file("x.safetensors")
        try Data(length + header + [UInt8](repeating: 0, count: 4 * names.count)).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// Of computing, whatever else the machine does.
    private func secondsOfInspecting(_ path: String) throws -> Double {
        let start = clock()
        #expect(try !WeightInspection(path: path).text.isEmpty)
        return Double(clock() - start) / Double(CLOCKS_PER_SEC)
    }

    private static let count = 9990
    private static let long = String(repeating: "a", count: 890)
    private static let deep = String(repeating: "a.b", count: 290)

    @Test(
        arguments: [
            { "\($0)\(long).weight" }, { "\($0)\(long)" }, { "\($0)\(deep).weight" }, { "\($0)\(deep)" },
            { "layer1.\($0).conv1.weight" }, { "net\($0).conv1.weight" }, { "net\($0).conv1.kernel" },
            { "m\($0)\(String(repeating: ".model", count: 25)).conv1.weight" },
            { "\(String(repeating: "model.", count: $0 % 25))m\($0 / 25).conv1.weight" },
            { "layer1.0.conv1.x\($0)" }, { "head.\($0).weight" }, { "layers/a_\($0)/vars/0" },
            { "block1/\($0).weight" },
        ] as [@Sendable (Int) -> String])
    func thousandsOfNamesCostLittle(_ name: @Sendable (Int) -> String) throws {
        let path = try write(["conv1.weight"] + (0..<Self.count).map(name))
        #expect(try secondsOfInspecting(path) < 1, "\(name(7).prefix(60))")
    }

    @Test func manyConvolutionsCostLittle() throws {
        let path = try write((0..<Self.count).map { "features.\($0).weight" }, shape: "1,1,1,1")
        #expect(try secondsOfInspecting(path) < 1)
    }

    /// They belong to no network, and are left over like any that mean nothing.
    @Test func absurdNamesAreLeftOver() throws {
        let long = "layer1.0.conv1." + String(repeating: "a", count: 300) + ".weight"
        let deep = String(repeating: "model.", count: 40) + "conv1.weight"
        var dict = StateDict()
        for name in [long, deep] { dict.tensors[name] = Tensor(shape: [1]) }
        try dict.write(to: folder.file("w.h5"))
        let inspection = try WeightInspection(path: folder.file("w.h5"))
        #expect(inspection.architecture == .resNet20)
        #expect(inspection.rows.filter { $0.use == "unused" }.map(\.name).sorted() == [long, deep].sorted())
    }
}
