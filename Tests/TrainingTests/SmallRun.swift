import Datasets
import Engine
import Files
import Foundation
import Images
import Networks
import Pretrained
import Synchronization
import Tasks
import TestSupport
import Training

/// A tiny data set of generated pictures: three classes that differ in colour, 22 images to train on and 9 to validate.
final class TinyImages: Sendable {
    static let classNames = ["blue", "green", "red"]
    let training: [Sample]
    let validation: [Sample]
    private let folder: TemporaryFolder

    /// The files live as long as this object.
    init() throws {
        let folder = try TemporaryFolder()
        func samples(_ part: String, _ count: Int) throws -> [Sample] {
            try (0..<count).map { index in
                let name = "\(part)-\(index).png"
                try Data(Self.picture(name, label: index % 3).pngData()).write(
                    to: URL(fileURLWithPath: folder.path + "/" + name))
                return Sample(path: folder.path + "/" + name, name: name, label: index % 3)
            }
        }
        self.folder = folder
        training = try samples("train", 22)
        validation = try samples("val", 9)
    }

    /// Noise of the formula with one channel brighter than the others.
    private static func picture(_ name: String, label: Int) -> Image {
        let noise = formula(name, count: 18 * 20 * 3, low: 0, high: 180)
        let pixels = noise.enumerated().map { UInt8($1) + ($0 % 3 == 2 - label ? 60 : 0) }
        return Image(width: 20, height: 18, pixels: pixels)
    }
}

/// A folder that lives as long as this object.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("training-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A run of a ResNet-20 at 16×16 on `TinyImages`.
struct SmallRun {
    let images: TinyImages
    let folder: TemporaryFolder
    var configuration: TrainingConfiguration
    var training: [Sample]
    var validation: [Sample]

    /// Two stages: the head alone, then `layer3` and the head with batch norm adapting.
    init(_ images: TinyImages) throws {
        self.images = images
        folder = try TemporaryFolder()
        training = images.training
        validation = images.validation
        configuration = TrainingConfiguration(
            stages: [
                StageConfiguration(
                    name: "head", train: ["head"], epochs: 2, learningRates: ["head": 0.02],
                    schedule: .init(.constant, warmUpEpochs: 1)),
                StageConfiguration(
                    name: "top", train: ["layer3", "head"], epochs: 2, learningRates: ["layer3": 0.005, "head": 0.01],
                    schedule: .init(.cosine(), warmUpEpochs: 0.5), batchNorm: .adapt),
            ],
            optimizer: .init(.adamW(), weightDecay: 0.01, gradientClip: 5),
            loss: .init(labelSmoothing: 0.1, classWeights: .balanced), batchSize: 8, seed: 7,
            augmentations: [
                .randomResizedCrop(scale: 0.6...1, ratio: 0.75...1.333), .horizontalFlip(p: 0.5),
                .brightness(factor: 0.8...1.2),
            ])
    }

    static let options = Architecture.Options(classCount: 3, dropout: 0.2)

    /// The same weights each time.
    func makeModel() -> Model {
        let model = Model(
            architecture: .resNet20, options: Self.options, preprocessing: .torch, imageSize: 16, resize: .squash,
            classNames: TinyImages.classNames)
        model.initialize(seed: 3)
        return model
    }

    /// Trains a new model, or one that goes on in the folder.
    @discardableResult
    func run(
        resuming: Bool = false, model: Model? = nil, observer: (any TrainingObserver)? = nil, cacheBytes: Int = 0,
        disk: ActivationCache.Disk? = nil, isInterrupted: @escaping @Sendable () -> Bool = { false }
    ) throws -> (result: TrainingResult, model: Model) {
        let model = model ?? makeModel()
        let trainer = try Trainer(
            model: model, training: training, validation: validation, configuration: configuration,
            runFolder: folder.path, observer: observer,
            activations: ActivationCache(budgetBytes: cacheBytes, disk: disk), isInterrupted: isInterrupted)
        try trainer.prepare(resuming: resuming)
        return (try trainer.run(), model)
    }

    var files: RunFolder { RunFolder(path: folder.path) }
}

/// What a finished run leaves, times left out.
struct Outcome: Equatable {
    let parameters: [String: [UInt32]]
    let savedParameters: [String: [UInt32]]
    let metrics: [[String]]
    let records: [EpochRecord]
    let proofs: [FreezeProof]
    let best: BestEpoch?

    init(_ run: SmallRun, _ result: TrainingResult, _ model: Model) throws {
        parameters = bits(model)
        savedParameters = bits(try Model.read(run.files.model))
        var reader = try CSVReader(contentsOf: run.files.metrics)
        metrics = try reader.rest().map { $0.fields.dropLast() }
        records = result.records.map {
            var record = $0
            record.seconds = 0
            return record
        }
        proofs = result.proofs
        best = result.best
    }
}

/// The bits of all parameters, by name.
func bits(_ model: Model) -> [String: [UInt32]] {
    Dictionary(
        uniqueKeysWithValues: model.network.parameters.map { description in
            (description.name, model.parameters[description.name].map(\.bitPattern))
        })
}

/// True from the `limit`-th question on.
func interruption(atQuestion limit: Int) -> @Sendable () -> Bool {
    let counter = Counter()
    return { counter.next() >= limit }
}

private final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}

/// Keeps events, and does something at each.
final class Recorder: TrainingObserver {
    private(set) var events: [TrainingEvent] = []
    private let action: (TrainingEvent) -> Void

    init(_ action: @escaping (TrainingEvent) -> Void = { _ in }) { self.action = action }

    func observe(_ event: TrainingEvent) {
        events.append(event)
        action(event)
    }
}

/// The loss of the validation images by a plan of its own.
func freshValidationLoss(
    _ model: Model, _ samples: [Sample], _ configuration: TrainingConfiguration
) throws -> Double {
    let plan = try Plan(
        network: model.network, parameters: model.parameters, preprocessing: model.preprocessing,
        configuration: .init(batch: 1, height: 16, width: 16))
    var total = BatchLoss()
    for sample in samples {
        let image = try Image(contentsOf: sample.path).fitted(to: 16, model.resize)
        _ = plan.pixels.update(fromContentsOf: image.pixels)
        try plan.forward()
        total += SoftmaxCrossEntropy(classCount: 3)(logits: plan.output("logits"), labels: [sample.label ?? -1])
    }
    return total.mean
}
