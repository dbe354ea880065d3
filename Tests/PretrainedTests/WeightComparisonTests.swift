import Archives
import Foundation
import Networks
import Pretrained
import Tensors
import TestSupport
import Testing

@Suite struct WeightComparisonTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    /// A file with PyTorch's keys and axes, whose numbers the formula gives under our names.
    private func torch(_ name: String, _ change: (inout StateDict) -> Void = { _ in }) throws -> String {
        var dict = StateDict()
        change(&dict)
        try dict.write(to: folder.file(name))
        return folder.file(name)
    }

    /// A file of ours with the same numbers.
    private func own(_ name: String, _ change: (Model) -> Void = { _ in }) throws -> String {
        let model = Model(
            architecture: .resNet20, options: .init(classCount: 10), preprocessing: .torch, imageSize: 32, resize: .crop
        )
        FormulaWeights.fill(model.parameters)
        change(model)
        try model.write(to: folder.file(name))
        return folder.file(name)
    }

    @Test func equalNumbersInTwoLanguagesAreEqual() throws {
        let comparison = try WeightComparison(torch("a.h5"), own("b.h5"))
        #expect(comparison.isEqual && comparison.isByNetwork)
        #expect(comparison.parts.map(\.name) == ["stem", "layer1", "layer2", "layer3", "head"])
        #expect(comparison.whole.equal == comparison.rows.count && comparison.whole.change.norm == 0)
        #expect(comparison.text(all: false).hasSuffix("\nequal bit for bit: \(comparison.rows.count) tensors\n"))
    }

    @Test func aChangeIsToldByParts() throws {
        let second = try own("b.h5") { model in
            let weight = model.parameters["layer2.block1.conv1.weight"]
            weight[3] += 0.5
            model.parameters["head.linear.bias"][0] = 7
        }
        let comparison = try WeightComparison(torch("a.h5"), second)
        #expect(!comparison.isEqual)
        let parts = Dictionary(uniqueKeysWithValues: comparison.parts.map { ($0.name, $0) })
        #expect(parts["stem"]?.different == 0 && parts["layer1"]?.different == 0 && parts["layer3"]?.different == 0)
        #expect(parts["layer2"]?.different == 1 && parts["layer2"]?.change.differing == 1)
        #expect(abs((parts["layer2"]?.change.absolute ?? 0) - 0.5) < 1e-6)
        #expect(parts["head"]?.equal == 1 && parts["head"]?.different == 1)
        let lines = comparison.text(all: false).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0] == "A  \(folder.file("a.h5")) is resnet20, from a PyTorch state dict in HDF5")
        #expect(lines[3].wholeMatch(of: /part +equal  different  largest  relative +norm/) != nil, "\(lines[3])")
        #expect(lines.contains { $0.wholeMatch(of: /stem +5 +0/) != nil }, "\(lines)")
        #expect(lines.contains { $0.wholeMatch(of: /layer2 +\d+ +1 +0\.5 +\S+ +\S+/) != nil }, "\(lines)")
        #expect(lines.suffix(2) == ["2 tensors of \(comparison.rows.count) differ", ""])
        let rows = comparison.text(all: true).split(separator: "\n")
        #expect(rows.contains { $0.wholeMatch(of: /layer2\.block1\.conv1\.weight +1 of 4,608 differ +0\.5 .*/) != nil })
        #expect(rows.contains { $0.wholeMatch(of: /stem\.conv\.weight +equal/) != nil })
    }

    @Test func otherHeadsAndWhatOneLacksAreTold() throws {
        let fewer = try torch("fewer.h5") { $0 = StateDict(.resNet20, classCount: 3) }
        let shapes = try WeightComparison(torch("a.h5"), fewer)
        #expect(shapes.whole.otherShape == 2 && !shapes.isEqual)
        #expect(shapes.rows.last { $0.name == "head.linear.weight" }?.outcome == .otherShape([10, 64], [3, 64]))
        #expect(shapes.text(all: false).contains("of another shape: head.linear.weight (10×64 in A, 3×64 in B)"))
        let headless = try torch("headless.h5") {
            $0.tensors["linear.weight"] = nil
            $0.tensors["linear.bias"] = nil
        }
        let lack = try WeightComparison(torch("a.h5"), headless)
        #expect(lack.whole.onlyInFirst == 2 && lack.whole.different == 0 && !lack.isEqual)
        #expect(lack.text(all: false).contains("\nonly in A: head.linear.weight, head.linear.bias\n"))
        #expect(try WeightComparison(headless, folder.file("a.h5")).whole.onlyInSecond == 2)
    }

    @Test func deeperNetworksShareWhatTheyShare() throws {
        let deeper = try torch("deeper.h5") { $0 = StateDict(.resNet32) }
        let comparison = try WeightComparison(torch("a.h5"), deeper)
        #expect(comparison.isByNetwork && comparison.whole.onlyInFirst == 0 && comparison.whole.onlyInSecond > 0)
        #expect(comparison.whole.equal == comparison.rows.count { $0.outcome != .onlyInSecond })
    }

    @Test func unknownNetworksAreComparedByTheirOwnNames() throws {
        for (name, value) in [("a.h5", Float(1)), ("b.h5", 1.5)] {
            let writer = try HDF5Writer(path: folder.file(name))
            try writer.write("encoder.mixer.weight", Tensor(shape: [2, 2], values: [1, 2, 3, value]))
            try writer.write("encoder.mixer.bias", Tensor(shape: [2], values: [1, 2]))
            let shape = value == 1 ? [1, 2] : [2, 1]
            try writer.write("encoder.gate.weight", Tensor(shape: shape, values: [1, 2]))
            try writer.close()
        }
        let comparison = try WeightComparison(folder.file("a.h5"), folder.file("b.h5"))
        #expect(!comparison.isByNetwork && !comparison.isEqual)
        #expect(comparison.parts.map(\.name) == ["encoder"])
        #expect(comparison.whole.equal == 1 && comparison.whole.different == 1)
        #expect(comparison.rows.first { $0.name == "encoder.gate.weight" }?.outcome == .otherShape([1, 2], [2, 1]))
        #expect(comparison.text(all: false).contains("compared under the files' own names"))
        #expect(try WeightComparison(folder.file("a.h5"), folder.file("a.h5")).isEqual)
    }

    @Test func filesWithNothingInCommonAreRefused() throws {
        let writer = try HDF5Writer(path: folder.file("other.h5"))
        try writer.write("mixer.weight", Tensor(shape: [2], values: [1, 2]))
        try writer.close()
        let error = #expect(throws: WeightError.self) { try WeightComparison(torch("a.h5"), folder.file("other.h5")) }
        #expect(error?.path == folder.file("other.h5"))
        #expect(error?.reason.contains("has no tensor of a name that \(folder.file("a.h5")) has") == true)
        #expect(throws: ArchiveError.self) { try WeightComparison(folder.file("a.h5"), folder.file("absent.h5")) }
    }

    @Test func machinesAreToldTheSame() throws {
        let second = try own("b.h5") { $0.parameters["head.linear.bias"][0] = 7 }
        let text = try WeightComparison(torch("a.h5"), second).json.text
        let parsed = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        #expect(parsed?["equal"] as? Bool == false && parsed?["names"] as? String == "network")
        let parts = try #require(parsed?["parts"] as? [[String: Any]])
        #expect(parts.last?["name"] as? String == "head" && parts.last?["different"] as? Int == 1)
        let tensors = try #require(parsed?["tensors"] as? [[String: Any]])
        let bias = tensors.first { $0["name"] as? String == "head.linear.bias" }
        #expect(bias?["outcome"] as? String == "different" && bias?["differing"] as? Int == 1)
    }
}
