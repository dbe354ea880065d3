import Archives
import Engine
import Files
import Foundation
import Networks
import Pretrained
import TestSupport
import Testing

/// Whole Keras models predict as in Keras, or name the layer that cannot be taken over. `Scripts/goldens/keras_models.py`
/// made the files and Keras' answers; `Scripts/goldens/keras_heads.py` tries every combination.
@Suite struct KerasModelTests {
    struct Golden: Sendable, CustomTestStringConvertible {
        let name: String
        let architecture: Architecture
        let head: Head
        /// Nil where nothing in the model prepares the images.
        var preprocessing: Preprocessing?
        /// What a person must say of a file that does not describe its model.
        var activation: ImportOptions.Activation?
        var said: Preprocessing?
        var testDescription: String { name }
    }

    /// What `Normalization.adapt` found in the data of `keras_heads.py` is near the mean and variance of noise.
    static let goldens: [Golden] = [
        Golden(name: "tutorial", architecture: .vgg16, head: Head(), preprocessing: .tf),
        Golden(name: "flatten", architecture: .vgg16, head: Head(pooling: .flatten(height: 2, width: 2))),
        Golden(name: "maximum", architecture: .resNet50, head: Head(pooling: .maximum)),
        Golden(
            name: "hidden", architecture: .vgg16,
            head: Head(hiddenLayers: [.init(units: 24, hasReLU: true), .init(units: 16, hasReLU: true)]),
            preprocessing: .caffe),
        Golden(
            name: "norm", architecture: .resNet50, head: Head(pooling: .flatten(height: 2, width: 2)),
            preprocessing: .raw),
        Golden(
            name: "bare-maximum", architecture: .vgg16, head: Head(pooling: .maximum), activation: .softmax),
        Golden(
            name: "bare-sigmoid", architecture: .vgg16, head: Head(pooling: .flatten(height: 2, width: 2)),
            activation: .sigmoid, said: .tf),
        Golden(name: "mobile", architecture: .mobileNetV2, head: Head(), preprocessing: .tf),
    ]

    /// `pixels()` of the script.
    private static let pixels = (0..<UInt64(64 * 64 * 3)).map { (index: UInt64) -> UInt8 in
        let noise = ((index * 2_654_435_761) >> 9) & 63
        let row = index / (64 * 3)
        return UInt8(noise + row * 3)
    }

    private func expected(_ name: String) throws -> [Double] {
        let data = try Data(contentsOf: URL(fileURLWithPath: golden("weights/models.json")))
        return try #require(try JSONDecoder().decode([String: [Double]].self, from: data)[name])
    }

    private func probabilities(_ model: Model) throws -> [Double] {
        let plan = try Plan(
            network: model.network, parameters: model.parameters, preprocessing: model.preprocessing,
            configuration: Plan.Configuration(batch: 1, height: 64, width: 64))
        _ = plan.pixels.update(fromContentsOf: Self.pixels)
        try plan.forward()
        let logits = plan.output("logits").map(Double.init)
        let largest = logits.max() ?? 0
        let sum = logits.reduce(0) { $0 + exp($1 - largest) }
        return logits.map { exp($0 - largest) / sum }
    }

    @Test(arguments: goldens) func predictsAsKeras(_ golden: Golden) throws {
        try PackedGolden.unpacked("model-\(golden.name)") { path in
            var options = ImportOptions()
            options.activation = golden.activation
            options.preprocessing = golden.said
            // A file that does not describe its model does not tell it.
            if golden.activation != nil { options.imageSize = 64 }
            let (model, report) = try Model.importing(path, options)
            try report.requireHead()
            #expect(model.architecture == golden.architecture)
            #expect(model.options.head == golden.head)
            #expect(model.imageSize == 64)
            if let preprocessing = golden.preprocessing { #expect(model.preprocessing == preprocessing) }
            #expect(report.unused.isEmpty && report.missing.isEmpty)

            let expected = try expected(golden.name)
            let found = try probabilities(model)
            #expect(found.count == expected.count)
            let difference = zip(found, expected).map { abs($0 - $1) }.max() ?? 1
            #expect(difference <= 1e-4, "\(found) for \(expected)")
            // As it stands, and once more as a model of ours.
            let folder = try TemporaryDirectory()
            try model.write(to: folder.file("model.h5"))
            #expect(try probabilities(Model.read(folder.file("model.h5"))) == found)
        }
    }

    @Test func whatWasAssumedIsSaid() throws {
        try PackedGolden.unpacked("model-flatten") { path in
            let text = try Model.importing(path).report.summary.joined(separator: "\n")
            #expect(text.contains("preprocessing caffe is assumed"))
            var options = ImportOptions()
            options.preprocessing = .torch
            let (model, report) = try Model.importing(path, options)
            #expect(model.preprocessing == .torch)
            #expect(!report.summary.joined().contains("is assumed"))
        }
        try PackedGolden.unpacked("model-tutorial") { path in
            let text = try Model.importing(path).report.summary.joined(separator: "\n")
            #expect(text.contains("the model prepares its images itself"))
            #expect(text.contains("act in training only: random_flip"))
            #expect(text.contains("`answer` has one output: class 1 against class 0"))
        }
    }

    @Test func otherPreprocessingThanTheModelsIsRefused() throws {
        try PackedGolden.unpacked("model-tutorial") { path in
            var options = ImportOptions()
            options.preprocessing = .tf
            let model = try Model.importing(path, options).model
            #expect(model.preprocessing == .tf)
            options.preprocessing = .caffe
            let error = #expect(throws: WeightError.self) { try Model.importing(path, options) }
            #expect(error?.reason.contains("prepares its images itself (tf)") == true)
            options.preprocessing = nil
            options.activation = .softmax
            #expect(throws: WeightError.self) { try Model.importing(path, options) }
        }
    }

    /// Training takes the trunk, and nobody else an answer.
    @Test func severalSigmoidsAreRefusedButForTraining() throws {
        try PackedGolden.unpacked("model-several") { path in
            let (model, report) = try Model.importing(path)
            let error = #expect(throws: WeightError.self) { try report.requireHead() }
            #expect(error?.reason.contains("`answer` (Dense) gives 4 sigmoids") == true, "\(String(describing: error))")
            #expect(error?.reason.contains("`task: multi_label` in a recipe trains a new one") == true)
            #expect(error?.kind == .data)
            #expect(model.parameters["head.linear.weight"].allSatisfy { $0 == 0 })
            #expect(try Model.importing(path, ImportOptions(classCount: 4)).report.newHead)
        }
    }

    @Test func anotherNumberOfClassesGivesANewHead() throws {
        try PackedGolden.unpacked("model-hidden") { path in
            let (model, report) = try Model.importing(path, ImportOptions(classCount: 7))
            #expect(report.head == .otherClasses(4) && model.options.head == Head())
            #expect(model.preprocessing == .caffe)
            #expect(try !Model.importing(path, ImportOptions(classCount: 4)).report.newHead)
        }
    }

    // MARK: Layers that are not ours

    /// The settings are changed in the file, so that a model differs in one place: spaces fill what is shorter.
    @Test(arguments: [
        // The trunk.
        (#""pool_size": [2, 2]"#, #""pool_size": [2, 1]"#, "`block1_pool` (MaxPooling2D)"),
        (#""strides": [1, 1]"#, #""strides": [2, 2]"#, "`block1_conv1` (Conv2D)"),
        (#""dilation_rate": [1, 1]"#, #""dilation_rate": [2, 2]"#, "`block1_conv1` (Conv2D)"),
        (#""padding": "same""#, #""padding": "full""#, "`block1_conv1` (Conv2D)"),
        (
            #""activation": "relu", "use_bias": true, "kernel_initializer""#,
            #""activation": "selu", "use_bias": true, "kernel_initializer""#, "`block1_conv1` (Conv2D)"
        ),
        (#""data_format": "channels_last""#, #""data_format": "channels_1st.""#, "(Conv2D)"),
        // Before it.
        (#""class_name": "Stack""#, #""class_name": "Stick""#, "`stack` (Stick)"),
        // Behind it.
        (
            #""class_name": "GlobalAveragePooling2D""#, #""class_name": "GlobalAveragePooling3D""#,
            "(GlobalAveragePooling3D) cannot be expressed"
        ),
        (#""activation": "softmax""#, #""activation": "sigmoid""#, "`answer` (Dense) gives 4 sigmoids"),
        (#""activation": "softmax""#, #""activation": "softabs""#, "`answer` (Dense) has an activation"),
        (#""negative_slope": 0.0"#, #""negative_slope": 0.2"#, "(ReLU) has an activation"),
        (#""units": 24"#, #""units": 25"#, "needs 512×25"),
        (#""class_name": "Dropout""#, #""class_name": "Dripout""#, "`dropout` (Dripout)"),
        (#""axis": -1, "momentum""#, #""axis": -2, "momentum""#, "`batch_normalization` (BatchNormalization)"),
    ])
    func aLayerThatDiffersIsNamed(_ found: String, _ replacement: String, _ words: String) throws {
        let error = try changed("model-hidden", found, to: replacement) { path in
            #expect(throws: WeightError.self) { try Model.importing(path).report.requireHead() }
        }
        #expect(error?.reason.contains(words) == true, "\(String(describing: error))")
        #expect(error?.kind == .data)
    }

    @Test(arguments: [
        (#""max_value": 6.0"#, #""max_value": 5.0"#, "`Conv1_relu` (ReLU)"),
        (#""depth_multiplier": 1"#, #""depth_multiplier": 2"#, "`expanded_conv_depthwise` (DepthwiseConv2D)"),
        (
            #""padding": [[0, 1], [0, 1]]"#, #""padding": [[1, 0], [1, 0]]"#,
            "`block_1_depthwise` (DepthwiseConv2D)"
        ),
        (
            #""padding": [[0, 1], [0, 1]]"#, #""padding": [[1, 1], [1, 1]]"#,
            "`block_1_depthwise` (DepthwiseConv2D)"
        ),
    ])
    func aLayerOfMobileNetThatDiffersIsNamed(_ found: String, _ replacement: String, _ words: String) throws {
        let error = try changed("model-mobile", found, to: replacement) { path in
            #expect(throws: WeightError.self) { try Model.importing(path) }
        }
        #expect(error?.reason.contains(words) == true, "\(String(describing: error))")
    }

    @Test func aBatchNormThatDiffersIsNamed() throws {
        let error = try changed("model-maximum", #""axis": 3"#, to: #""axis": 2"#) { path in
            #expect(throws: WeightError.self) { try Model.importing(path) }
        }
        #expect(error?.reason.contains("`conv1_bn` (BatchNormalization)") == true, "\(String(describing: error))")
    }

    /// Keras 3 predicts with `training=False` whatever a layer was called with, and writes `training=True` itself where an
    /// augmentation layer was called.
    @Test(arguments: [
        ("hidden", #""kwargs": {"training": false, "mask""#, #""kwargs": {"training": true, "mask""#),
        ("hidden", #""kwargs": {"training": false}"#, #""kwargs": {"training": true}"#),
        (
            "maximum", #"["conv1_conv", 0, 0]}}], "kwargs": {"mask": null}"#,
            #"["conv1_conv",0,0]}}],"kwargs":{"training":true}"#
        ),
    ])
    func callsForTrainingPredictAsInKeras3(_ name: String, _ found: String, _ replacement: String) throws {
        let model = try changed("model-\(name)", found, to: replacement) { try Model.importing($0).model }
        let difference = try zip(probabilities(model), expected(name)).map { abs($0 - $1) }.max() ?? 1
        #expect(difference <= 1e-4)
    }

    /// Keras 2 predicts with it.
    @Test func aCallForTrainingIsNamedInKeras2() throws {
        let noise = layer("noise", "GaussianNoise", from: "input").replacing("0, {}]", with: "0, {\"training\": true}]")
        let convolution = layer(
            "conv", "Conv2D", #""filters": 64, "kernel_size": 3, "strides": 1, "padding": "same""#, from: "noise")
        let words = try refusal(of: functional([layer("input", "InputLayer"), noise, convolution]))
        #expect(words.contains("`noise` (GaussianNoise) with `training=True`"), "\(words)")
    }

    /// Replaces the first `found` in a golden's file, by as many bytes.
    private func changed<Result>(
        _ name: String, _ found: String, to replacement: String, _ body: (String) throws -> Result
    ) throws -> Result {
        try PackedGolden.unpacked(name) { path in
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            let range = try #require(bytes.range(of: Data(found.utf8)), "\(found)")
            let spaces = found.utf8.count - replacement.utf8.count
            try #require(spaces >= 0)
            bytes.replaceSubrange(range, with: Data((replacement + String(repeating: " ", count: spaces)).utf8))
            try bytes.write(to: URL(fileURLWithPath: path))
            return try body(path)
        }
    }

    // MARK: Files that tell less

    @Test func whatAFileLeavesOpenIsAskedFor() throws {
        try PackedGolden.unpacked("model-bare-sigmoid") { path in
            var options = ImportOptions()
            options.imageSize = 64
            var error = #expect(throws: WeightError.self) { try Model.importing(path, options) }
            #expect(error?.reason.contains("has a layer `rescaling`") == true)
            #expect(error?.reason.contains("--preprocessing") == true)
            options.preprocessing = .tf
            error = #expect(throws: WeightError.self) { try Model.importing(path, options).report.requireHead() }
            #expect(error?.reason.contains("--activation sigmoid") == true)
            options.activation = .sigmoid
            options.imageSize = nil
            error = #expect(throws: WeightError.self) { try Model.importing(path, options) }
            #expect(error?.reason.contains("--image-size") == true)
        }
        try PackedGolden.unpacked("model-bare-maximum") { path in
            let (model, report) = try Model.importing(path)
            let error = #expect(throws: WeightError.self) { try report.requireHead() }
            #expect(error?.reason.contains("does not tell what `answer` ends in") == true)
            // What it was adapted to is in the file.
            #expect(model.preprocessing.name == nil)
            var options = ImportOptions()
            options.activation = .sigmoid
            let several = #expect(throws: WeightError.self) {
                try Model.importing(path, options).report.requireHead()
            }
            #expect(several?.reason.contains("`answer` gives 4 sigmoids") == true)
        }
    }

    // MARK: Hostile descriptions

    private func refusal(of config: String, training: String? = nil) throws -> String {
        let folder = try TemporaryDirectory()
        let writer = try HDF5Writer(path: folder.file("model.h5"))
        try writer.setAttribute("model_config", to: config)
        if let training { try writer.setAttribute("training_config", to: training) }
        try writer.group("model_weights")
        try writer.setAttribute("layer_names", of: "model_weights", to: ["conv"])
        try writer.group("model_weights/conv")
        try writer.setAttribute("weight_names", of: "model_weights/conv", to: ["conv/kernel"])
        try writer.write("model_weights/conv/conv/kernel", .init(shape: [1, 1, 3, 1]))
        try writer.close()
        let error = #expect(throws: WeightError.self) { try Model.importing(folder.file("model.h5")) }
        #expect(error?.kind == .data)
        return error?.reason ?? ""
    }

    private func layer(_ name: String, _ className: String, _ config: String = "", from input: String? = nil) -> String
    {
        let call = input.map { #"[[["\#($0)", 0, 0, {}]]]"# } ?? "[]"
        let settings = config.isEmpty ? "" : ", " + config
        return #"{"class_name": "\#(className)", "config": {"name": "\#(name)"\#(settings)}, "name": "\#(name)", "#
            + #""inbound_nodes": \#(call)}"#
    }

    private func functional(_ layers: [String], output: String = #"[["conv", 0, 0]]"#) -> String {
        #"{"class_name": "Functional", "config": {"name": "m", "layers": [\#(layers.joined(separator: ", "))], "#
            + #""input_layers": [["input", 0, 0]], "output_layers": \#(output)}}"#
    }

    @Test func nonsenseIsNamed() throws {
        #expect(try refusal(of: "{").contains("is damaged"))
        #expect(try refusal(of: String(repeating: "[", count: 50_000)).contains("is damaged"))
        #expect(try refusal(of: "[]").contains("describes no model"))
        #expect(try refusal(of: #"{"class_name": "Mine", "config": {}}"#).contains("class Mine"))
        #expect(try refusal(of: #"{"class_name": "Sequential", "config": {"layers": []}}"#).contains("without layers"))
        #expect(try refusal(of: #"{"class_name": "Functional", "config": {"layers": [3]}}"#).contains("without class"))
        #expect(try refusal(of: functional([layer("input", "InputLayer")], output: "7")).contains("what its output is"))
        #expect(try refusal(of: functional([], output: "[]")).contains("0 outputs"))
    }

    @Test func circlesAndGapsAreNamed() throws {
        let input = layer("input", "InputLayer")
        let circle = [input, layer("conv", "Conv2D", from: "other"), layer("other", "Dropout", from: "conv")]
        #expect(try refusal(of: functional(circle)).contains("nothing yields, `conv`"))
        #expect(try refusal(of: functional([input, layer("conv", "Conv2D", from: "nobody")])).contains("not there"))
        #expect(try refusal(of: functional([input, input])).contains("one name"))
        #expect(
            try refusal(of: functional([input, layer("conv", "Conv2D", from: "input")], output: #"[["conv", 0, 1]]"#))
                .contains("several outputs, `conv`"))
    }

    @Test(arguments: [
        #""filters": 1e300"#, #""filters": -1, "kernel_size": 3, "strides": 1"#,
        #""filters": 9223372036854775807, "kernel_size": 9223372036854775807, "strides": 0"#,
        #""filters": 64, "kernel_size": [], "strides": [[[]]]"#, #""filters": null, "kernel_size": "3""#,
        #""filters": 8, "kernel_size": 3, "strides": 1, "padding": "valid", "activation": {"x": []}"#,
    ])
    func settingsWithoutSenseAreRefused(_ settings: String) throws {
        let layers = [layer("input", "InputLayer"), layer("conv", "Conv2D", settings, from: "input")]
        #expect(try refusal(of: functional(layers)).contains("`conv` (Conv2D)"))
    }

    @Test func modelsThatGrowWithoutEndAreRefused() throws {
        // Each level calls the one below twice: 2¹⁵ layers of a text of three kilobytes.
        #expect(try refusal(of: nested(levels: 15, calls: 2)).contains("has too many layers"))
        #expect(try refusal(of: nested(levels: 20, calls: 1)).contains("nests models too deeply"))
    }

    private func nested(levels: Int, calls: Int) -> String {
        var model = functional([layer("input", "InputLayer"), layer("conv", "Conv2D", from: "input")])
        for _ in 0..<levels {
            let inputs = [#"[["input", 0, 0, {}]]"#] + (1..<calls).map { #"[["inner", \#($0 - 1), 0, {}]]"# }
            let inner =
                model.dropLast() + #", "name": "inner", "inbound_nodes": [\#(inputs.joined(separator: ", "))]}"#
            model = functional(
                [layer("input", "InputLayer"), String(inner)], output: #"[["inner", \#(calls - 1), 0]]"#)
        }
        return model
    }

    @Test func aLayerBeforeTheTrunkIsNamed() throws {
        let layers = [
            layer("input", "InputLayer"), layer("squeeze", "Resizing", #""height": 9, "width": 9"#, from: "input"),
            layer(
                "conv", "Conv2D", #""filters": 64, "kernel_size": 3, "strides": 1, "padding": "same""#, from: "squeeze"),
        ]
        #expect(try refusal(of: functional(layers)).contains("`squeeze` (Resizing)"))
    }
}
