import Engine
import Foundation
import Networks
import Pretrained
import TestSupport
import Testing

/// Files written by real Keras, and by h5py from torchvision's state dicts, give every parameter its right value.
@Suite struct ImportParityTests {
    struct File: Sendable, CustomTestStringConvertible {
        let name: String
        let layout: WeightLayout
        let architecture: Architecture
        var form: Architecture.Form = .revised
        var fullyConnected = false
        /// The classes of the file's classifier; nil for none.
        var classCount: Int?
        var unused = 0
        /// What the weights are known to be trained with.
        var preprocessing: Preprocessing?
        /// Whether it is one of `Tests/Goldens/containers`.
        var isContainer = false
        var classNames: [String]?
        var imageSize: Int?
        var testDescription: String { name }

        func unpacked<Result>(_ body: (String) throws -> Result) throws -> Result {
            try isContainer ? PackedGolden.unpackedContainer(name, body) : PackedGolden.unpacked(name, body)
        }
    }

    private static let kinds = (0..<10).map { "kind \($0)" }
    /// What `transformers_files` in `Scripts/goldens/containers.py` writes, times 255.
    private static let prepared = Preprocessing(
        channelOrder: .rgb, mean: [0.5 * 255, 0.4 * 255, 0.3 * 255],
        standardDeviation: [0.3 * 255, 0.2 * 255, 0.25 * 255])

    static let containers: [File] = [
        File(
            name: "torchvision-resnet18.safetensors", layout: .torch, architecture: .resNet18, classCount: 10,
            isContainer: true),
        File(
            name: "torchvision-resnet18.npz", layout: .torch, architecture: .resNet18, classCount: 10, isContainer: true
        ),
        File(
            name: "torchvision-resnet18.onnx", layout: .torch, architecture: .resNet18, classCount: 10,
            isContainer: true),
        File(
            name: "torchvision-alexnet.safetensors", layout: .torch, architecture: .alexNet, fullyConnected: true,
            classCount: 10, isContainer: true),
        File(
            name: "torchvision-squeezenet1_1.safetensors", layout: .torch, architecture: .squeezeNet11, form: .torch,
            classCount: 10, isContainer: true),
        File(
            name: "torchvision-mobilenet_v2.safetensors", layout: .torch, architecture: .mobileNetV2, form: .torch,
            classCount: 10, isContainer: true),
        File(
            name: "exported-mobilenet_v2.onnx", layout: .torch, architecture: .mobileNetV2, form: .torch,
            classCount: 10, isContainer: true),
        File(
            name: "timm-resnet50.tar", layout: .torch, architecture: .resNet50, classCount: 10, preprocessing: .torch,
            isContainer: true, classNames: kinds, imageSize: 224),
        File(
            name: "timm-vgg16.tar", layout: .torch, architecture: .vgg16, fullyConnected: true, classCount: 10,
            preprocessing: .torch, isContainer: true, imageSize: 224),
        File(
            name: "transformers-resnet-basic.tar", layout: .torch, architecture: .resNet18, classCount: 10,
            preprocessing: prepared, isContainer: true, classNames: kinds, imageSize: 192),
        File(
            name: "transformers-resnet-bottleneck.tar", layout: .torch, architecture: .resNet50, classCount: 10,
            preprocessing: prepared, isContainer: true, classNames: kinds, imageSize: 192),
        File(
            name: "keras-resnet50.keras", layout: .keras3Model, architecture: .resNet50, form: .original,
            classCount: 10,
            isContainer: true),
        File(
            name: "keras-vgg16-nested.keras", layout: .keras3Model, architecture: .vgg16, classCount: 3,
            preprocessing: .tf, isContainer: true),
        File(
            name: "keras-mobilenet_v2-nested.keras", layout: .keras3Model, architecture: .mobileNetV2, form: .keras,
            classCount: 3, preprocessing: .tf, isContainer: true, imageSize: 75),
    ]

    static let files: [File] = [
        File(
            name: "keras-resnet50-legacy", layout: .kerasLegacy, architecture: .resNet50, form: .original,
            classCount: 10),
        File(
            name: "keras-resnet50-model", layout: .kerasWholeModel, architecture: .resNet50, form: .original,
            classCount: 10),
        File(name: "keras-resnet50-3", layout: .keras3, architecture: .resNet50, form: .original, classCount: 10),
        File(
            name: "keras-resnet50-2016", layout: .kerasLegacy, architecture: .resNet50, form: .original, classCount: 10),
        File(
            name: "keras-resnet50-3-unnamed", layout: .keras3, architecture: .resNet50, form: .original,
            classCount: 10),
        File(name: "keras-vgg16-notop-legacy", layout: .kerasLegacy, architecture: .vgg16),
        File(name: "keras-vgg16-notop-model", layout: .kerasWholeModel, architecture: .vgg16),
        File(name: "keras-vgg16-notop-3", layout: .keras3, architecture: .vgg16),
        File(name: "keras-vgg16-2016", layout: .kerasLegacy, architecture: .vgg16),
        File(name: "keras-vgg16-2018", layout: .kerasLegacy, architecture: .vgg16),
        File(name: "keras-vgg16-3-tf213", layout: .keras3, architecture: .vgg16),
        File(name: "keras-vgg16-3-bfloat16", layout: .keras3, architecture: .vgg16),
        File(name: "keras-vgg16-automatic-names", layout: .kerasLegacy, architecture: .vgg16),
        File(name: "keras-vgg16-nested-legacy", layout: .kerasLegacy, architecture: .vgg16, classCount: 3),
        File(name: "keras-vgg16-nested-3", layout: .keras3, architecture: .vgg16, classCount: 3),
        File(name: "keras-vgg16-blocks", layout: .keras3, architecture: .vgg16, unused: 2),
        File(name: "torch-resnet18-flat", layout: .torch, architecture: .resNet18, classCount: 10),
        File(name: "torch-resnet18-wrapped", layout: .torch, architecture: .resNet18, classCount: 10),
        File(name: "torch-resnet50-nested-float16", layout: .torch, architecture: .resNet50, classCount: 10),
        File(
            name: "torch-vgg11_bn", layout: .torch, architecture: .vgg11BN, fullyConnected: true, classCount: 10),
        File(name: "torch-vgg11_bn-trunk-float64", layout: .torch, architecture: .vgg11BN),
        File(name: "torch-resnet20-gzip", layout: .torch, architecture: .resNet20, classCount: 10),
        File(name: "torch-alexnet", layout: .torch, architecture: .alexNet, fullyConnected: true, classCount: 10),
        File(name: "torch-squeezenet1_1", layout: .torch, architecture: .squeezeNet11, form: .torch, classCount: 10),
        File(
            name: "keras-squeezenet1_1", layout: .kerasLegacy, architecture: .squeezeNet11, form: .keras,
            classCount: 10),
        File(name: "torch-mobilenet_v2", layout: .torch, architecture: .mobileNetV2, form: .torch, classCount: 10),
        File(
            name: "keras-mobilenet_v2-3", layout: .keras3, architecture: .mobileNetV2, form: .keras, classCount: 10,
            preprocessing: .tf),
        File(
            name: "keras-mobilenet_v2-3-unnamed", layout: .keras3, architecture: .mobileNetV2, form: .keras,
            classCount: 10, preprocessing: .tf),
        File(
            name: "keras-mobilenet_v2-2018", layout: .kerasLegacy, architecture: .mobileNetV2, form: .keras,
            classCount: 10, preprocessing: .tf),
    ]

    @Test(arguments: files + containers) func everyParameterIsRight(_ file: File) throws {
        let (model, report) = try file.unpacked { try Model.importing($0) }
        #expect(report.layout == file.layout)
        #expect(model.architecture == file.architecture)
        if !file.architecture.family.forms.isEmpty { #expect(model.options.form == file.form) }
        #expect(model.options.fullyConnected == file.fullyConnected)
        #expect(model.preprocessing == file.preprocessing ?? (file.layout == .torch ? .torch : .caffe))
        #expect(model.classNames == file.classNames)
        if let size = file.imageSize { #expect(model.imageSize == size) }
        #expect(report.missing.isEmpty)
        #expect(report.unused.count == file.unused)
        #expect(report.newHead == (file.classCount == nil))
        #expect(model.options.classCount == file.classCount ?? 1000)

        for (ordinal, parameter) in model.network.parameters.enumerated() {
            if parameter.stage == "head", file.classCount == nil { continue }
            let difference = PeriodicWeights.firstDifference(
                parameter, ordinal: ordinal, model.parameters[parameter.name],
                stored: file.layout == .torch ? .torch : .keras,
                positions: parameter.name == "fc.linear1.weight" ? (file.architecture == .alexNet ? 36 : 49) : 1)
            #expect(difference == nil, "\(parameter.name)")
        }
    }

    /// Keras' own output for the images of the formula, fed as preprocessed values.
    @Test(arguments: [
        ("keras-resnet50-legacy", "pool", "keras-resnet50-pool"),
        ("keras-resnet50-3", "logits", "keras-resnet50-logits"),
        ("keras-vgg16-notop-model", "pool", "keras-vgg16-pool"),
        ("keras-mobilenet_v2-3", "logits", "keras-mobilenet_v2-logits"),
    ])
    func outputsAreThoseOfKeras(_ file: String, _ tap: String, _ reference: String) throws {
        let (model, _) = try PackedGolden.unpacked(file) { try Model.importing($0) }
        let expected = try readNPY(golden("weights/\(reference).npy"))
        let plan = try Plan(
            network: model.network, parameters: model.parameters, preprocessing: model.preprocessing,
            configuration: Plan.Configuration(batch: 2, height: 64, width: 64, taps: [tap]))
        var images = [Float](repeating: 0, count: 2 * 64 * 64 * 3)
        images.withUnsafeMutableBufferPointer { FormulaWeights.fill($0, name: "input", low: -2, high: 2) }
        try plan.forward(preprocessed: images)
        let output = plan.output(tap)
        #expect(expected.shape == [2, plan.width(of: tap)])
        let largest = expected.values.map(abs).max() ?? 0
        let difference = zip(output, expected.values).map { abs($0 - $1) }.max() ?? .infinity
        #expect(largest > 0.1)
        #expect(difference / largest <= 1e-5, "\(difference) of \(largest)")
    }
}
