import Archives
import Foundation
import Images
import Networks
import Pretrained
import Tasks
import TestSupport
import Testing

/// Our own file gives back exactly what was put into it.
@Suite struct RoundTripTests {
    @Test(arguments: [
        (Architecture.resNet20, Architecture.Options(classCount: 3, dropout: 0.25)),
        (.resNet18, .init(classCount: 2, form: .original)),
        (.vgg11BN, .init(classCount: 5, fullyConnected: false)),
        (.resNet20, .init(classCount: 3, head: Head(pooling: .maximum))),
        (
            .resNet20,
            .init(
                classCount: 3, dropout: 0.5,
                head: Head(
                    pooling: .flatten(height: 12, width: 12),
                    hiddenLayers: [.init(units: 6, hasReLU: true), .init(units: 4, hasReLU: false)]))
        ),
    ])
    func everythingComesBack(_ architecture: Architecture, _ options: Architecture.Options) throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("model.h5")
        var model = Model(
            architecture: architecture, options: options,
            preprocessing: Preprocessing(
                channelOrder: .bgr, mean: [1.1, 2.2, 3.3], standardDeviation: [0.1, 0.7, 1 / 3]),
            imageSize: 47, resize: .letterbox)
        FormulaWeights.fill(model.parameters)
        model.classNames = (0..<options.classCount).map { "Klasse \($0) – Äpfel" }
        model.temperature = 1.25
        model.metadata = ["author": "nobody", "recipe": String(repeating: "name: x\n", count: 20_000)]
        try model.write(to: path)

        let read = try Model.read(path)
        #expect(read.architecture == architecture)
        #expect(read.options == options)
        #expect(read.preprocessing == model.preprocessing)
        #expect(read.classNames == model.classNames)
        #expect(read.imageSize == 47)
        #expect(read.resize == .letterbox)
        #expect(read.metadata == model.metadata)
        #expect(read.temperature == 1.25)
        for parameter in model.network.parameters {
            #expect(
                read.parameters.tensor(parameter.name) == model.parameters.tensor(parameter.name), "\(parameter.name)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["model.h5"])
    }

    /// A model says what it is for and from which probability on it names a class.
    @Test func tasksAndThresholdsComeBack() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("model.h5")
        var model = Model(
            architecture: .resNet20, options: .init(classCount: 1), preprocessing: .raw, imageSize: 32, resize: .crop)
        model.task = .multiLabel
        for thresholds in [nil, [0.25]] as [[Double]?] {
            model.thresholds = thresholds
            try model.write(to: path)
            let read = try Model.read(path)
            #expect(read.task == .multiLabel && read.thresholds == thresholds)
            #expect(try openArchive(path).attribute("format_version")?.number == 3)
        }
        for thresholds in [[0.5, 0.5], [-0.1], [.nan]] {
            model.thresholds = thresholds
            try model.write(to: path)
            #expect(throws: WeightError.self) { try Model.read(path) }
        }
    }

    /// Nor is anything believed that makes no sense.
    @Test func scalesOfOutputsComeBack() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("model.h5")
        var model = Model(
            architecture: .resNet20, options: .init(classCount: 1), preprocessing: .raw, imageSize: 32, resize: .crop)
        model.task = .regression
        model.rules.scale = OutputScale(offset: -0.1, unit: 1 / 3)
        try model.write(to: path)
        #expect(try Model.read(path).rules == model.rules)
        #expect(try WeightInspection(path: path).text.contains("\noutput         counts 0.333 from -0.1\n"))
        func isRefused(_ change: (inout Model) -> Void) throws -> Bool {
            var changed = model
            change(&changed)
            try changed.write(to: path)
            do {
                _ = try Model.read(path)
                return false
            } catch is WeightError { return true }
        }
        for (offset, unit) in [(0, 0), (0, -1), (.nan, 1), (0, .infinity), (1e101, 1), (0, 1e-101)]
            as [(Double, Double)]
        {
            #expect(try isRefused { $0.rules.scale = OutputScale(offset: offset, unit: unit) })
        }
        #expect(try isRefused { $0.rules.scale = nil })
        #expect(try isRefused { $0.temperature = 2 })
        #expect(try isRefused { $0.thresholds = [0.5] })
        #expect(try isRefused { $0.task = .multiLabel })
        model = Model(
            architecture: .resNet20, options: .init(classCount: 2), preprocessing: .raw, imageSize: 32, resize: .crop)
        model.rules.scale = OutputScale(offset: 0, unit: 1)
        #expect(try isRefused { $0.task = .regression })
    }

    /// Programs that know no other heads must not take a model for another one.
    @Test func onlyOtherHeadsRaiseTheVersion() throws {
        let folder = try TemporaryDirectory()
        for (head, version) in [(Head(), 1.0), (Head(pooling: .maximum), 2.0)] {
            let model = Model(
                architecture: .resNet20, options: .init(classCount: 2, head: head), preprocessing: .raw, imageSize: 32,
                resize: .crop)
            try model.write(to: folder.file("model.h5"))
            let archive = try HDF5Archive(path: folder.file("model.h5"))
            #expect(try archive.attribute("format_version")?.number == version)
            #expect(try (archive.attribute("pooling") == nil) == (version == 1))
        }
    }

    @Test func aNewHeadHasNoHiddenLayers() throws {
        let folder = try TemporaryDirectory()
        let model = Model(
            architecture: .resNet20,
            options: .init(
                classCount: 3, head: Head(pooling: .maximum, hiddenLayers: [.init(units: 5, hasReLU: true)])),
            preprocessing: .raw, imageSize: 32, resize: .crop)
        FormulaWeights.fill(model.parameters)
        try model.write(to: folder.file("model.h5"))
        let (other, report) = try Model.importing(folder.file("model.h5"), ImportOptions(classCount: 4))
        #expect(report.newHead && other.options.head == Head())
        #expect(other.parameters["head.linear.weight"].allSatisfy { $0 == 0 })
        let (same, _) = try Model.importing(folder.file("model.h5"), ImportOptions(classCount: 3))
        same.renewHead()
        #expect(same.options.head == model.options.head)
        #expect(same.parameters["head.linear.weight"].allSatisfy { $0 == 0 })
        #expect(same.parameters["head.hidden1.weight"].contains { $0 != 0 })
    }

    @Test func manyClassNamesFit() throws {
        let folder = try TemporaryDirectory()
        var model = Model(
            architecture: .resNet20, options: .init(classCount: 9001), preprocessing: .torch, imageSize: 32,
            resize: .crop)
        model.initialize(seed: 1)
        model.classNames = (0..<9001).map { "class \($0)" }
        try model.write(to: folder.file("model.h5"))
        #expect(try Model.read(folder.file("model.h5")).classNames == model.classNames)
    }

    @Test func anotherClassCountGivesANewHead() throws {
        let folder = try TemporaryDirectory()
        var model = Model(
            architecture: .resNet20, options: .init(classCount: 3), preprocessing: .raw, imageSize: 40, resize: .squash,
            classNames: ["a", "b", "c"])
        FormulaWeights.fill(model.parameters)
        model.metadata = ["author": "nobody"]
        model.temperature = 2
        try model.write(to: folder.file("model.h5"))

        let (same, sameReport) = try Model.importing(folder.file("model.h5"))
        #expect(!sameReport.newHead && same.classNames == ["a", "b", "c"] && same.metadata == model.metadata)
        #expect(same.temperature == 2)

        let (other, report) = try Model.importing(folder.file("model.h5"), ImportOptions(classCount: 7))
        #expect(report.newHead)
        #expect(report.unused.isEmpty && report.missing.isEmpty)
        #expect(other.classNames == nil && other.metadata.isEmpty)
        #expect(other.temperature == nil)
        #expect(other.options.classCount == 7)
        #expect(other.preprocessing == .raw && other.imageSize == 40 && other.resize == .squash)
        #expect(other.parameters.tensor("head.linear.weight")?.shape == [7, 64])
        #expect(other.parameters.tensor("head.linear.weight")?.values.allSatisfy { $0 == 0 } == true)
        #expect(other.parameters.tensor("stem.conv.weight") == model.parameters.tensor("stem.conv.weight"))
    }
}
