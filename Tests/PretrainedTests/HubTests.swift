import Archives
import Foundation
import Networks
import Pretrained
import Tasks
import Tensors
import TestSupport
import Testing

/// What lies beside a file of weights is believed where it makes sense, and networks that are none of ours are named.
@Suite struct HubTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder.file(name)))
    }

    /// A ResNet-20 with torchvision's keys.
    private func weights(_ change: (inout StateDict) -> Void = { _ in }) throws -> String {
        var state = StateDict()
        change(&state)
        try state.write(to: folder.file("w.h5"))
        return folder.file("w.h5")
    }

    @Test func timmSaysWhichNetworkAndHowImagesAreMade() throws {
        try write(
            """
            {"architecture": "resnet20", "num_classes": 10, "pretrained_cfg":
             {"mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25], "input_size": [3, 48, 48]}, "label_names": \
            ["a", "b", "c", "d", "e", "f", "g", "h", "a", "j"]}
            """, to: "config.json")
        let (model, report) = try Model.importing(weights())
        #expect(model.imageSize == 48)
        #expect(model.preprocessing.mean == [127.5, 127.5, 127.5])
        #expect(model.preprocessing.standardDeviation == [63.75, 63.75, 63.75])
        #expect(model.classNames == ["a (0)", "b", "c", "d", "e", "f", "g", "h", "a (8)", "j"])
        #expect(!report.isPreprocessingAssumed)
        #expect(report.summary.contains { $0.hasPrefix("\(folder.file("config.json")) says that") })
    }

    @Test func aPersonsWordComesFirst() throws {
        try write(
            #"{"architecture": "resnet20", "pretrained_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}}"#,
            to: "config.json")
        var options = ImportOptions()
        (options.preprocessing, options.imageSize) = (.tf, 64)
        let (model, _) = try Model.importing(weights(), options)
        #expect(model.preprocessing == .tf)
        #expect(model.imageSize == 64)
    }

    @Test(arguments: [
        #"{"name": "somebody's own"}"#, "no JSON", "[]",
        #"{"architecture": "resnet20", "pretrained_cfg": {"mean": [0.5], "std": [0, 1, 2], "input_size": [3, 0, 0]}}"#,
        #"{"architecture": "resnet20", "pretrained_cfg": {"mean": [1e300, 0, 0], "std": [1, 1, 1], "input_size": 7}}"#,
        #"{"architecture": "resnet20", "pretrained_cfg": {}, "label_names": ["one"]}"#,
    ])
    func whatMakesNoSenseIsPassedOver(_ text: String) throws {
        try write(text, to: "config.json")
        let (model, _) = try Model.importing(weights())
        #expect(model.preprocessing == .torch)
        #expect(model.imageSize == 32)
        #expect(model.classNames == nil)
    }

    /// A path of its own folder has no `/` before its name.
    @Test func whatLiesBesideARelativePathIsFound() throws {
        try write(
            #"{"architecture": "resnet20", "pretrained_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]}}"#,
            to: "config.json")
        let path = try weights()
        // Tests run one at a time, and nobody else asks for the working directory.
        let before = FileManager.default.currentDirectoryPath
        defer { _ = FileManager.default.changeCurrentDirectoryPath(before) }
        #expect(FileManager.default.changeCurrentDirectoryPath(folder.path))
        #expect(path.hasSuffix("/w.h5"))
        #expect(try Model.importing("w.h5").model.preprocessing.mean == [127.5, 127.5, 127.5])
        #expect(try Model.importing("./w.h5").model.preprocessing.mean == [127.5, 127.5, 127.5])
    }

    /// Of transformers' bottlenecks the configuration tells where they halve the feature map, which tensors do not.
    @Test(arguments: [(true, Architecture.Form.caffe), (false, .revised)])
    func transformersSaysWhereABottleneckStrides(_ isFirst: Bool, _ form: Architecture.Form) throws {
        try PackedGolden.unpackedContainer("transformers-resnet-bottleneck.tar") { folder in
            let path = "\(folder)/config.json"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            try text.replacing(#""downsample_in_bottleneck": false"#, with: #""downsample_in_bottleneck": \#(isFirst)"#)
                .write(toFile: path, atomically: true, encoding: .utf8)
            let (model, report) = try Model.importing(folder)
            #expect(model.options.form == form)
            #expect(report.rivalForm == nil)
            #expect(report.summary.contains { $0.contains("the network is resnet50, \(form.rawValue) form") })
        }
    }

    @Test func otherWordsOfTransformersCount() throws {
        try PackedGolden.unpackedContainer("transformers-resnet-basic.tar") { folder in
            let config = "\(folder)/config.json"
            let text = try String(contentsOfFile: config, encoding: .utf8)
            try text.replacing(
                #""model_type": "resnet""#,
                with: #""model_type": "resnet", "problem_type": "multi_label_classification""#
            ).write(toFile: config, atomically: true, encoding: .utf8)
            try #"{"do_normalize": false, "size": {"height": 96, "width": 128}}"#
                .write(toFile: "\(folder)/preprocessor_config.json", atomically: true, encoding: .utf8)
            let (model, report) = try Model.importing(folder)
            #expect(model.task == .multiLabel)
            #expect(model.preprocessing == .raw)
            #expect(model.imageSize == 224)
            #expect(
                report.summary.contains { $0.hasSuffix("the size of images is passed over: it is none of a square") })
        }
    }

    @Test(arguments: [
        (#""model_args": {"act_layer": "silu"}"#, #"`act_layer`: "silu""#),
        (#""global_pool": "max""#, #"`global_pool`: "max""#),
    ])
    func settingsThatChangeTheNetworkAreNamed(_ setting: String, _ words: String) throws {
        try write(#"{"architecture": "resnet20", "pretrained_cfg": {}, \#(setting)}"#, to: "config.json")
        let error = #expect(throws: WeightError.self) { try Model.importing(weights()) }
        #expect(error?.reason.contains(words) == true, "\(String(describing: error))")
    }

    @Test func whatIsPassedOverIsSaid() throws {
        func remarks(_ config: String) throws -> String {
            try write(config, to: "config.json")
            return try Model.importing(weights()).report.summary.joined(separator: "\n")
        }
        #expect(try remarks("<!DOCTYPE html>").contains("is passed over: it is no JSON"))
        let zeros =
            #"{"architecture": "resnet20", "pretrained_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0, 0, 0], "crop_pct": 0.875}}"#
        #expect(try remarks(zeros).contains("mean and standard deviation are passed over"))
        #expect(try remarks(zeros).contains("crop_pct 0.875 are not used"))
        let names = #"{"architecture": "resnet20", "pretrained_cfg": {}, "label_names": ["a", "b"]}"#
        #expect(try remarks(names).contains("its names are passed over: the weights tell 10 classes apart"))
    }

    @Test(arguments: [
        (#"{"architecture": "resnetaa50", "pretrained_cfg": {}}"#, "holds resnetaa50, says"),
        (#"{"model_type": "vit", "architectures": ["ViTForImageClassification"]}"#, "holds vit, says"),
        (
            #"{"model_type": "resnet", "architectures": [], "layer_type": "bottleneck", "depths": [2, 2, 2, 2], "hidden_sizes": [256, 512, 1024, 2048], "embedding_size": 64}"#,
            "holds resnet (bottleneck blocks 2-2-2-2, channels 256-512-1024-2048), says"
        ),
    ])
    func otherNetworksAreNamedByTheFileBeside(_ text: String, _ message: String) throws {
        try write(text, to: "config.json")
        let error = #expect(throws: WeightError.self) { try Model.importing(weights()) }
        #expect(error?.reason.contains(message) == true, "\(String(describing: error))")
    }

    @Test(arguments: [
        ("conv1.3.weight", [32, 32, 3, 3], "a ResNet with a deep stem"),
        ("features.0.weight", [96, 3, 7, 7], "squeezenet1_0"),
        ("layer1.0.conv2.weight", [128, 128, 3, 3], "wide_resnet50_2"),
        ("layer1.0.conv2.weight", [128, 4, 3, 3], "a ResNeXt"),
        ("layer1.0.se.fc1.weight", [16, 256, 1, 1], "an SE-ResNet"),
        ("layer1.0.se.conv.weight", [1, 1, 5], "an ECA-ResNet"),
        ("module.inception3a.branch1.conv.weight", [64, 192, 1, 1], "GoogLeNet"),
    ])
    func similarNetworksAreNamed(_ name: String, _ shape: [Int], _ network: String) throws {
        let path = try weights {
            $0.tensors[name] = Tensor(shape: shape)
            if name.hasPrefix("features") { $0.tensors["features.3.squeeze.weight"] = Tensor(shape: [16, 96, 1, 1]) }
        }
        let error = #expect(throws: WeightError.self) { try Model.importing(path, .init(architecture: .resNet20)) }
        #expect(error?.reason.hasPrefix("holds \(network)") == true, "\(String(describing: error))")
        #expect(try WeightInspection(path: path).text.contains("problem        holds \(network)"))
    }

    /// The names and shapes of timm's networks, a few each.
    @Test(arguments: [
        (["conv1.3": [32, 32, 3, 3], "layer2.0.downsample.1": [128, 64, 1, 1]], "a ResNet-D"),
        (["conv1.3": [64, 64, 3, 3], "layer2.0.downsample.0": [512, 256, 1, 1]], "a ResNet with a deep stem"),
        (
            ["conv1.3": [32, 24, 3, 3], "layer1.0.se.conv": [1, 1, 5], "layer2.0.downsample.1": [512, 256, 1, 1]],
            "an ECA-ResNet"
        ),
        (
            Dictionary(
                uniqueKeysWithValues: (1...4).flatMap { stage in
                    (0...1).map { ("layer\(stage).\($0).conv3", [256 << (stage - 1), 64 << (stage - 1), 1, 1]) }
                }), "resnet26"
        ),
    ])
    func kinAreToldApart(_ layers: [String: [Int]], _ network: String) throws {
        let path = try weights { state in
            for (name, shape) in layers { state.tensors["\(name).weight"] = Tensor(shape: shape) }
        }
        let error = #expect(throws: WeightError.self) { try Model.importing(path) }
        #expect(error?.reason.hasPrefix("holds \(network)") == true, "\(String(describing: error))")
    }

    @Test(arguments: [Architecture.resNet32, .resNet56]) func aFileBesideThatNamesAnotherNetworkIsHeldAgainstTheTensors(
        _ said: Architecture
    ) throws {
        try write(#"{"architecture": "\#(said.rawValue)", "pretrained_cfg": {}}"#, to: "config.json")
        let words =
            "has the tensors of resnet20, but \(folder.file("config.json")) says that the network is \(said.rawValue)"
        let error = #expect(throws: WeightError.self) { try Model.importing(weights()) }
        #expect(error?.reason.hasPrefix(words) == true, "\(String(describing: error))")
        #expect(try WeightInspection(path: weights()).problem?.hasPrefix(words) == true)
        #expect(try Model.importing(weights(), .init(architecture: .resNet20)).model.architecture == .resNet20)
    }

    /// Dictionaries that people save, and what PyTorch's wrappers make of names.
    @Test(arguments: [
        "state_dict.", "model.", "model_state.", "net.", "module.", "_orig_mod.", "state_dict.model.", "ema.module.",
        "model_ema.", "model.module._orig_mod.",
    ])
    func dictionariesAreLookedThroughAndSaid(_ prefix: String) throws {
        let path = try weights { $0.rename { prefix + $0 } }
        let (model, report) = try Model.importing(path)
        #expect(model.architecture == .resNet20)
        #expect(report.summary.contains("its tensors are named behind `\(prefix)`, which is left out"))
    }

    @Test func aMovingAverageBesideTheNetworkIsLeftAside() throws {
        let path = try weights { state in
            let tensors = state.tensors
            state.rename { "state_dict." + $0 }
            for (name, tensor) in tensors {
                state.tensors["state_dict_ema.\(name)"] = Tensor(shape: tensor.shape, repeating: 9)
            }
        }
        let (model, report) = try Model.importing(path)
        #expect(report.unused.isEmpty)
        #expect(report.baggage[.copies] == StateDict().tensors.count)
        #expect(!model.parameters["stem.conv.weight"].contains(9))
    }

    @Test func parametersTellWhereTheyComeFrom() throws {
        let path = try weights { $0.rename { "module." + $0 } }
        let inspection = try WeightInspection(path: path)
        let origin = try #require(inspection.origins.first { $0.parameter == "layer1.block1.conv2.weight" })
        #expect(origin.tensors.map(\.name) == ["module.layer1.0.conv2.weight"])
        #expect(origin.tensors.map(\.shape) == [[16, 16, 3, 3]])
        #expect(origin.shape == [16, 3, 3, 16])
        let lines = inspection.text(byParameter: true).split(separator: "\n").map(String.init)
        #expect(
            lines.contains { line in
                ["layer1.block1.conv2.weight", "16×3×3×16", "module.layer1.0.conv2.weight", "16×16×3×3"].allSatisfy {
                    line.contains($0)
                }
            })
    }
}
