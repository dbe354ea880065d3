import Exports
import Files
import Images
import Networks
import Pretrained
import Tasks
import TestSupport
import Testing

@Suite struct ONNXTests {
    /// Networks whose files stay small, with every kind of layer of the catalogue.
    static let small: [(Architecture, Architecture.Options)] = [
        (.resNet20, .init(classCount: 3)),
        (.resNet18, .init(classCount: 2, form: .original)),
        (.mobileNetV2, .init(classCount: 5, form: .torch)),
        (.mobileNetV2, .init(classCount: 5, form: .keras)),
        (.squeezeNet11, .init(classCount: 4, form: .torch, head: Head(pooling: .ofLogits))),
        (.squeezeNet11, .init(classCount: 4, form: .keras)),
        (
            .vgg11BN,
            .init(
                classCount: 3, dropout: 0.5,
                head: Head(pooling: .flatten(height: 7, width: 7), hiddenLayers: [.init(units: 4, hasReLU: true)]))
        ),
    ]

    @Test(arguments: small)
    func everyNumberIsThereOnceInPyTorchsOrder(
        _ architecture: Architecture, _ options: Architecture.Options
    ) throws {
        let model = formulaModel(architecture, options)
        let file = try ONNXModel(exported(Export(model, name: "x"), as: .onnx))
        let positions = try model.network.linearInputPositions(height: model.imageSize, width: model.imageSize)
        var stored = file.arrays.filter { $0.value.element == 1 && !$0.value.shape.isEmpty }
        for parameter in model.network.parameters {
            let tensor = try #require(model.parameters.tensor(parameter.name))
            let node = parameter.name.split(separator: ".").dropLast().joined(separator: ".")
            let shape = parameter.shape
            let window = positions[node] ?? 1
            let expected =
                shape.count == 4
                ? tensor.transposed([0, 3, 1, 2])
                : shape.count == 2
                    ? tensor.reshaped([shape[0], window, shape[1] / window]).transposed([0, 2, 1]).reshaped(shape)
                    : tensor
            let match = stored.first { $0.value.shape == expected.shape && $0.value.floats == expected.values }
            try #require(match != nil, "\(parameter.name)")
            if let match { stored[match.key] = nil }
        }
        #expect(stored.isEmpty)
    }

    @Test(arguments: small)
    func everyValueIsMadeBeforeItIsRead(_ architecture: Architecture, _ options: Architecture.Options) throws {
        let file = try ONNXModel(exported(Export(formulaModel(architecture, options), name: "x"), as: .onnx))
        var known = Set(file.arrays.keys).union(file.inputs.map(\.name))
        for node in file.nodes {
            for input in node.inputs { #expect(known.contains(input), "\(input)") }
            for output in node.outputs { #expect(known.insert(output).inserted, "\(output)") }
        }
        #expect(file.outputs.allSatisfy { known.contains($0.name) })
        #expect(file.opset == 18)
        #expect(file.formatVersion == 8)
        let side = String(architecture.publishedImageSize)
        #expect(file.inputs == [.init(name: "images", element: 1, shape: ["N", "3", side, side])])
        let classes = String(options.classCount)
        #expect(
            file.outputs == [
                .init(name: "logits", element: 1, shape: ["N", classes]),
                .init(name: "probabilities", element: 1, shape: ["N", classes]),
            ])
    }

    @Test func namesAreTorchvisions() throws {
        let file = try ONNXModel(exported(Export(formulaModel(.resNet20), name: "x"), as: .onnx))
        #expect(file.arrays["conv1.weight"]?.shape == [16, 3, 3, 3])
        #expect(file.arrays["layer2.0.bn1.running_var"]?.shape == [32])
        #expect(file.arrays["linear.bias"]?.shape == [3])
    }

    /// A window of SqueezeNet's pools reaches beyond maps of odd sizes in one form and not in the other.
    @Test func poolsThatReachBeyondAreWrittenAsPadding() throws {
        func pads(_ form: Architecture.Form) throws -> [[Int]] {
            let model = formulaModel(.squeezeNet11, .init(classCount: 3, form: form), imageSize: 66)
            return try ONNXModel(exported(Export(model, name: "x"), as: .onnx)).nodes
                .filter { $0.type == "MaxPool" }.compactMap { $0.integers["pads"] }
        }
        // 66 → 32 → 16 → 8 → 4 positions where windows reach beyond, and one fewer each where not.
        #expect(try pads(.torch) == [[0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 1, 1]])
        #expect(try pads(.keras) == [[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
    }

    /// Nothing is computed or written before it is known that all fits.
    @Test func whatDoesNotFitIsRefused() throws {
        let layer = Head.HiddenLayer(units: 24_000, hasReLU: true)
        let model = Model(
            architecture: .resNet20, options: .init(classCount: 2, head: Head(hiddenLayers: [layer, layer])),
            preprocessing: .torch, imageSize: 32, resize: .crop)
        let folder = try TemporaryDirectory()
        let error = #expect(throws: ExportError.self) {
            _ = try Export(model, name: "x").write(as: .onnx, to: folder.file("x.onnx"))
        }
        #expect(error?.description.contains("would be an ONNX file of 2.15 GiB, and those end at 2 GiB") == true)
        #expect(FileSystem.names(in: folder.path) == [])
    }

    @Test func pixelsArePreparedInside() throws {
        var model = formulaModel(.resNet20)
        model.preprocessing = .caffe
        var export = Export(model, name: "x")
        export.takesRawPixels = true
        let file = try ONNXModel(exported(export, as: .onnx))
        #expect(file.inputs == [.init(name: "pixels", element: 2, shape: ["N", "3", "32", "32"])])
        #expect(file.nodes.prefix(4).map(\.type) == ["Cast", "Gather", "Sub", "Div"])
        #expect(file.arrays["pixels.mean"]?.floats == [103.939, 116.779, 123.68])
    }

    @Test func answersFollowTheTask() throws {
        var model = formulaModel(.resNet20)
        model.temperature = 1.5
        var file = try ONNXModel(exported(Export(model, name: "x"), as: .onnx))
        #expect(file.nodes.suffix(2).map(\.type) == ["Div", "Softmax"])
        #expect(file.arrays["logits.temperature"]?.floats == [1.5])
        #expect(file.facts["temperature"] == "1.5")
        #expect(file.facts["class_names"] == #"["class 0", "class 1", "class 2"]"#)

        model.task = .multiLabel
        model.thresholds = [0.25, 0.5, 0.75]
        file = try ONNXModel(exported(Export(model, name: "x"), as: .onnx))
        #expect(file.nodes.suffix(2).map(\.type) == ["Div", "Sigmoid"])
        #expect(file.facts["thresholds"] == "[0.25, 0.5, 0.75]")

        model = formulaModel(.resNet20, .init(classCount: 1))
        model.task = .regression
        model.rules = AnswerRules(scale: OutputScale(offset: 1e50, unit: 1e40))
        file = try ONNXModel(exported(Export(model, name: "x"), as: .onnx))
        #expect(file.nodes.suffix(3).map(\.type) == ["Cast", "Mul", "Add"])
        #expect(file.outputs.last == .init(name: "number", element: 11, shape: ["N", "1"]))
    }
}
