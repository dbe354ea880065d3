import Exports
import Files
import Images
import Networks
import Pretrained
import Tasks
import TestSupport
import Testing

/// What is exported is read again as the model that it was, without a word of a person.
@Suite struct ReadingBackTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private static let hidden = Head(
        pooling: .maximum, hiddenLayers: [.init(units: 6, hasReLU: true), .init(units: 4, hasReLU: false)])
    /// A layer of which torchvision calls the last as its VGG's last one.
    private static let deep = Head(
        pooling: .flatten(height: 1, width: 1), hiddenLayers: Array(repeating: .init(units: 3, hasReLU: true), count: 3)
    )

    private func model(
        _ task: LearningTask, _ architecture: Architecture = .resNet20, form: Architecture.Form? = nil,
        head: Head = Head(), imageSize: Int = 47
    ) -> Model {
        let count = task == .regression ? 1 : 3
        var model = formulaModel(
            architecture, .init(classCount: count, form: form, head: head), imageSize: imageSize)
        model.preprocessing = Preprocessing(
            channelOrder: .bgr, mean: [1.1, 2.2, 3.3], standardDeviation: [0.1, 0.7, 1 / 3])
        model.resize = .letterbox
        model.task = task
        model.classNames = (0..<count).map { "LABEL_\($0)" }
        switch task {
        case .regression: model.rules.scale = OutputScale(offset: 1e50, unit: 0.1)
        case .multiLabel: model.thresholds = [0.25, 0.5, 1 / 3]
        default: model.temperature = 1.3
        }
        return model
    }

    private func check(
        _ model: Model, as target: ExportTarget, names: TensorNames = .torchvision, rawPixels: Bool = false
    ) throws {
        var export = Export(model, name: "x")
        (export.names, export.takesRawPixels) = (names, rawPixels)
        let path = folder.file("model\(target.format.endings[0])")
        _ = try export.write(as: target, to: path)
        let (read, report) = try Model.importing(path)
        #expect(report.head == .file)
        #expect(report.unused == [])
        #expect(read.architecture == model.architecture)
        #expect(read.options == model.options)
        #expect(read.preprocessing == model.preprocessing)
        #expect((read.imageSize, read.resize) == (model.imageSize, model.resize))
        #expect(read.classNames == model.classNames)
        #expect(read.task == model.task)
        #expect(read.rules == model.rules)
        try model.write(to: folder.file("run.h5"))
        let comparison = try WeightComparison(folder.file("run.h5"), path)
        #expect(comparison.isByNetwork)
        #expect(comparison.isEqual)
        #expect(comparison.rows.count == model.network.parameters.count)
    }

    @Test(
        arguments: [LearningTask.classification, .multiLabel, .regression], [ExportTarget.onnx, .safetensors, .model])
    func tasksComeBack(_ task: LearningTask, _ target: ExportTarget) throws {
        try check(model(task), as: target)
        try check(model(task, head: Self.hidden), as: target)
    }

    @Test func pixelsPreparedInsideAreNoClassifier() throws {
        try check(model(.regression), as: .onnx, rawPixels: true)
    }

    @Test func timmsNamesComeBack() throws {
        try check(model(.multiLabel, .mobileNetV2, form: .torch), as: .safetensors, names: .timm)
    }

    @Test func hiddenLayersOfVGGComeBack() throws {
        try check(model(.classification, .vgg11, head: Self.deep), as: .onnx)
    }

    @Test func kerasFilesComeBack() throws {
        try check(model(.classification, .mobileNetV2, form: .keras, head: Self.hidden, imageSize: 64), as: .keras)
        try check(model(.regression, .mobileNetV2, form: .keras, imageSize: 64), as: .keras)
    }

    /// Settings that were changed by hand are not half believed.
    @Test(arguments: [
        (#""image_size": 47"#, #""image_size": "large""#, "attribute `image_size` is missing or no number"),
        (#""task": "multi_label""#, #""task": "song""#, "attribute `task` is `song`, which is not known here"),
        (#""format_version": 3"#, #""format_version": 9"#, "was written by a newer finetune"),
        (#""class_count": 3"#, #""class_count": 2"#, "attribute `class_names` names 3 classes, not 2"),
    ])
    func damagedSettingsAreRefused(_ old: String, _ new: String, _ message: String) throws {
        let path = folder.file("model.safetensors")
        _ = try Export(model(.multiLabel), name: "x").write(as: .safetensors, to: path)
        let settings = String(decoding: try #require(FileSystem.bytes(of: folder.file("config.json"))), as: UTF8.self)
        try #require(settings.contains(old))
        try OutputFile.write(settings.replacing(old, with: new), to: folder.file("config.json"))
        let error = #expect(throws: WeightError.self) { _ = try Model.importing(path) }
        #expect(error?.path == folder.file("config.json"))
        #expect(error?.reason.contains(message) == true, "\(String(describing: error))")
    }
}
