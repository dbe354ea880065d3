import Exports
import Files
import Images
import Networks
import Pretrained
import Tasks
import TestSupport
import Testing

@Suite struct ModelCardTests {
    private static let report = """
        {"name": "photos", "accuracy": 0.9312, "macro_f1": 1e-05, "top5_accuracy": null, "images": 400, "seconds": 3.5,
         "confidence_intervals": {"level": 0.95, "metrics": {"accuracy": [0.9083, 0.9521]}},
         "warnings": ["cat: 3 of 9 images cannot be read"],
         "evaluated": {"role": "test", "folder": "/home/somebody/photos/test"},
         "model": {"weights": "resnet50-keras"},
         "data": [{"role": "training", "folder": "/home/somebody/photos/train", "images": 3000},
                  {"role": "test", "folder": "/home/somebody/photos/test", "images": 400}]}
        """

    private func card(
        _ model: Model, as target: ExportTarget = .onnx, _ change: (inout Export) throws -> Void = { _ in }
    ) throws -> String {
        let folder = try TemporaryDirectory()
        var export = Export(model, name: "photos-1")
        try change(&export)
        _ = try export.write(as: target, to: folder.file("model\(target.format.endings[0])"))
        return String(decoding: try #require(FileSystem.bytes(of: folder.file("README.md"))), as: UTF8.self)
    }

    /// timm is named where it builds the network and takes the names.
    @Test(arguments: [
        (Architecture.resNet18, Architecture.Options(classCount: 3), TensorNames.torchvision, "timm"),
        (.resNet20, .init(classCount: 3), .torchvision, "pytorch"),
        (.vgg11, .init(classCount: 3), .torchvision, "pytorch"),
        (.mobileNetV2, .init(classCount: 3, form: .torch), .torchvision, "pytorch"),
        (.mobileNetV2, .init(classCount: 3, form: .torch), .timm, "timm"),
    ])
    func theLibraryIsOneThatLoadsIt(
        _ architecture: Architecture, _ options: Architecture.Options, _ names: TensorNames, _ library: String
    ) throws {
        let card = try card(formulaModel(architecture, options), as: .safetensors) { $0.names = names }
        #expect(card.contains("library_name: \(library)\n"))
    }

    @Test func publishedFiguresAreTold() throws {
        let card = try card(formulaModel(.resNet20)) {
            $0.origin.published = PublishedAccuracy(top1: 80.858, top5: 95.434)
        }
        #expect(card.contains("As published with the weights; not measured here:"))
        #expect(card.contains("| top-1 accuracy | 80.858 % |\n| top-5 accuracy | 95.434 % |"))
    }

    @Test func figuresComeWithTheirIntervals() throws {
        let folder = try TemporaryDirectory()
        try OutputFile.write(Self.report, to: folder.file("report.json"))
        let card = try card(formulaModel(.resNet20)) {
            $0.origin.results = try RunResults(reading: folder.file("report.json"))
            $0.origin.weights = "resnet50-keras"
            $0.origin.licence = "MIT"
            $0.origin.weightsData = "imagenet-1k"
        }
        #expect(
            card.hasPrefix(
                """
                ---
                # Written by finetune export.
                library_name: onnx
                license: mit
                pipeline_tag: image-classification
                tags:
                - "image-classification"
                - "finetune"
                - "resnet20"
                - "onnx"
                datasets:
                - "imagenet-1k"
                - "train"
                metrics:
                - "accuracy"
                - "macro_f1"
                model-index:
                - name: "photos-1"
                  results:
                  - task:
                      type: image-classification
                    dataset:
                      name: "test"
                      type: "test"
                      split: "test"
                    metrics:
                    - type: "accuracy"
                      value: 0.9312
                      name: "accuracy (95 % interval 0.9083 to 0.9521)"
                    - type: "macro_f1"
                      value: 1.0e-05
                      name: "macro F1"
                ---

                """))
        #expect(card.contains("| accuracy | 0.9312 | 0.9083 to 0.9521 |"))
        #expect(card.contains("On 400 test images, with 95 % intervals"))
        #expect(card.contains("- cat: 3 of 9 images cannot be read"))
        #expect(card.contains("- Began with: resnet50-keras\n- training: train, 3,000 images"))
        #expect(!card.contains("somebody"))
    }

    @Test func whatIsNotKnownIsSaid() throws {
        let card = try card(formulaModel(.resNet20))
        #expect(card.contains("license: other\nlicense_name: unknown\n"))
        #expect(card.contains("Unknown: nobody told the licence"))
        #expect(card.contains("Not known here: the model was exported without a run's report."))
    }

    @Test func eachTaskSaysWhatItsOutputsAre() throws {
        var model = formulaModel(.resNet20)
        model.temperature = 1.25
        #expect(try card(model).contains("Probabilities are softmax(logits / 1.25)."))
        model.task = .multiLabel
        model.thresholds = [0.25, 0.5, 0.75]
        let words = "sigmoid(logits / 1.25).\nA class is named from its threshold on: 0.25, 0.5, 0.75."
        #expect(try card(model).contains(words))
        model = formulaModel(.resNet20, .init(classCount: 1))
        model.task = .regression
        model.rules = AnswerRules(scale: OutputScale(offset: 30, unit: 12.5))
        let card = try card(model)
        #expect(card.contains("The number is 30.0 + 12.5 · output."))
        #expect(!card.contains("image-classification"))
    }

    /// Names come from files that anybody may have made.
    @Test func namesStayNames() throws {
        var model = formulaModel(.resNet20)
        model.classNames = ["```\n# Heading", "a\": {b", "| c |"]
        let card = try card(model) { $0.name = "x\n# y [z](w)" }
        #expect(card.contains(#"["\u0060\u0060\u0060\\n# Heading", "a\": {b", "| c |"]"#))
        #expect(card.contains("\n# x\\\\n\\# y \\[z\\](w)\n"))
    }

    /// The words for loading are Python that `Scripts/check-exports.py` runs.
    @Test func channelsInCaffesOrderAreToldWhereTimmTakesOthers() throws {
        var model = formulaModel(.resNet18)
        #expect(try !card(model, as: .safetensors) { $0.names = .timm }.contains("takes BGR"))
        model.preprocessing = .caffe
        #expect(try card(model, as: .safetensors) { $0.names = .timm }.contains("takes BGR"))
    }

    @Test func somebodysOwnTextsStay() throws {
        let folder = try TemporaryDirectory()
        try OutputFile.write("# My project\n", to: folder.file("README.md"))
        let export = Export(formulaModel(.resNet20), name: "x")
        let error = #expect(throws: ExportError.self) { try export.write(as: .onnx, to: folder.file("model.onnx")) }
        #expect(error?.description.contains("README.md is there and no earlier export") == true)
        #expect(!FileSystem.exists(folder.file("model.onnx")))
        // Another export's goes.
        FileSystem.remove(folder.file("README.md"))
        for _ in 1...2 { _ = try export.write(as: .onnx, to: folder.file("model.onnx")) }
    }

    @Test(arguments: ["", "{\"accuracy\": ", "[1, 2"])
    func aDamagedReportIsRefused(_ text: String) throws {
        let folder = try TemporaryDirectory()
        try OutputFile.write(text, to: folder.file("report.json"))
        let error = #expect(throws: ExportError.self) { _ = try RunResults(reading: folder.file("report.json")) }
        #expect(error?.description.contains("is damaged") == true)
    }

    /// Whatever else stands in a report is passed over.
    @Test func aStrangeReportHasNoFigures() throws {
        let folder = try TemporaryDirectory()
        try OutputFile.write(
            #"{"images": 1e300, "data": "3", "confidence_intervals": [], "x": "y"}"#, to: folder.file("report.json"))
        let card = try card(formulaModel(.resNet20)) {
            $0.origin.results = try RunResults(reading: folder.file("report.json"))
        }
        #expect(card.contains("Not known here"))
    }
}
