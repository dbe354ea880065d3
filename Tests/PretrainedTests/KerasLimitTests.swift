import Archives
import Networks
import Pretrained
import Tensors
import TestSupport
import Testing

/// Numbers in the description of a Keras model that nobody means, and settings that mean something else than they seem to.
@Suite struct KerasLimitTests {
    private let folder: TemporaryDirectory
    private var path: String { folder.file("model.h5") }

    init() throws { folder = try TemporaryDirectory() }

    private func layer(_ className: String, _ name: String, _ config: String = "") -> String {
        let settings = config.isEmpty ? "" : ", " + config
        return #"{"class_name": "\#(className)", "config": {"name": "\#(name)"\#(settings)}}"#
    }

    /// A VGG-11 with a head of its own, as a chain.
    /// - Parameter side: that of its images, as JSON.
    private func chain(_ head: [String], side: String = "null") -> String {
        var layers = [layer("InputLayer", "input", #""batch_shape": [null, \#(side), \#(side), 3]"#)]
        let convolution = #""kernel_size": 3, "strides": 1, "padding": "same", "activation": "relu""#
        for (block, filters) in [[64], [128], [256, 256], [512, 512], [512, 512]].enumerated() {
            for (index, count) in filters.enumerated() {
                layers.append(layer("Conv2D", "conv\(block)_\(index)", #""filters": \#(count), \#(convolution)"#))
            }
            layers.append(
                layer("MaxPooling2D", "pool\(block)", #""pool_size": 2, "strides": 2, "padding": "valid""#))
        }
        return #"{"class_name": "Sequential", "config": {"layers": [\#((layers + head).joined(separator: ", "))]}}"#
    }

    private var pool: String { layer("GlobalAveragePooling2D", "mean") }

    private func answer(units: Int = 3) -> String {
        layer("Dense", "answer", #""units": \#(units), "activation": "softmax""#)
    }

    /// Writes a file whose only tensor is the weights of `answer`, 512×3.
    private func write(_ config: String) throws {
        let writer = try HDF5Writer(path: path)
        try writer.setAttribute("model_config", to: config)
        try writer.group("model_weights")
        try writer.setAttribute("layer_names", of: "model_weights", to: ["answer"])
        try writer.group("model_weights/answer")
        try writer.setAttribute("weight_names", of: "model_weights/answer", to: ["answer/kernel"])
        try writer.write("model_weights/answer/answer/kernel", Tensor(shape: [512, 3]))
        try writer.close()
    }

    @Test func theChainIsUnderstood() throws {
        try write(chain([pool, answer()]))
        let inspection = try WeightInspection(path: path)
        #expect(inspection.architecture == .vgg11 && inspection.options?.classCount == 3)
        #expect(inspection.head == .file && inspection.problem == nil)
    }

    @Test func trunksOfOtherFamiliesAreNamed() throws {
        let input = layer("InputLayer", "input", #""batch_shape": [null, 224, 224, 3]"#)
        let convolution = #""filters": 32, "kernel_size": 3, "strides": 2, "padding": "same""#
        func problem(_ layers: [String]) throws -> String {
            let layers = ([input] + layers + [pool, answer()]).joined(separator: ", ")
            try write(#"{"class_name": "Sequential", "config": {"layers": [\#(layers)]}}"#)
            return try WeightInspection(path: path).problem ?? ""
        }
        let text = try problem([layer("Conv2D", "Conv1", convolution)])
        #expect(text.contains("`Conv1` (Conv2D) cannot be understood; whole models are read of ResNets and VGGs only"))
        #expect(text.contains(#"model.save_weights("x.weights.h5")"#))
        let norm = layer("BatchNormalization", "conv2_block1_preact_bn")
        #expect(
            try problem([layer("Conv2D", "Conv1", convolution), norm])
                == "holds a ResNet V2 (layer `conv2_block1_preact_bn`), an architecture that is not known here")
    }

    @Test func headsWithoutSenseAreNamed() throws {
        let limited = #""activation": {"class_name": "ReLU", "config": {"max_value": 6.0}}"#
        let heads: [(layers: [String], words: String)] = [
            ([pool, answer(units: 1_000_000_000_000)], "`answer` (Dense) has no number of units that makes sense"),
            ([pool, layer("BatchNormalization", "norm", #""epsilon": 0.0"#), answer()], "has the epsilon 0.0"),
            ([pool, layer("BatchNormalization", "norm", #""epsilon": -1"#), answer()], "has the epsilon -1.0"),
            (
                [pool, layer("Dense", "hidden", #""units": 9, \#(limited)"#), answer()],
                "`hidden` (Dense) has an activation that cannot be expressed here, relu6"
            ),
            (
                [
                    pool, layer("Dense", "hidden", #""units": 9"#), layer("ReLU", "bend", #""negative_slope": [0.1]"#),
                    answer(),
                ], "`bend` (ReLU) has an activation that cannot be expressed here, relu with limits"
            ),
        ]
        for (layers, words) in heads {
            try write(chain(layers))
            guard case .inexpressible(let reason)? = try WeightInspection(path: path).head else {
                Issue.record("nothing was wrong, but should be: \(words)")
                continue
            }
            #expect(reason.contains(words), "\(reason)")
        }
    }

    @Test func imagesOfAbsurdSizesAreRefused() throws {
        let side = Int.max
        try write(chain([layer("Flatten", "flat"), answer()], side: String(side)))
        let problem = try WeightInspection(path: path).problem
        #expect(problem?.hasSuffix("takes images of \(side)×\(side), which makes no sense") == true)
    }

    /// A head that would take petabytes is refused before it is given them.
    @Test func memoryIsNotGivenForNumbersThatTheFileHasNot() throws {
        try write(chain([layer("Flatten", "flat"), answer(units: 1_000_000)], side: "100000"))
        var options = ImportOptions()
        options.allowingMissing = ["block1", "block2", "block3", "block4", "block5"]
        let error = #expect(throws: WeightError.self) { try Model.importing(path, options) }
        #expect(
            error?.reason.hasSuffix("is 512×3, but its layer needs 5000000000×1000000") == true,
            "\(String(describing: error))")
    }

    /// Each level calls the one below four times, and no call adds a layer.
    @Test func modelsThatAreCalledWithoutEndAreRefused() throws {
        func model(_ inner: String, output: String) -> String {
            let layers = layer("InputLayer", "input") + inner
            return #"{"class_name": "Functional", "config": {"name": "inner", "layers": [\#(layers)], "#
                + #""input_layers": [["input", 0, 0]], "output_layers": [\#(output)]}"#
        }
        let calls = [#"["input", 0, 0, {}]"#] + (0..<3).map { #"["inner", \#($0), 0, {}]"# }
        let nodes = calls.map { "[\($0)]" }.joined(separator: ", ")
        var config = model("", output: #"["input", 0, 0]"#)
        for _ in 0..<14 {
            config = model(#", \#(config), "inbound_nodes": [\#(nodes)]}"#, output: #"["inner", 3, 0]"#)
        }
        try write(config + "}")
        #expect(try WeightInspection(path: path).problem?.hasSuffix("calls nested models too often") == true)
    }
}
