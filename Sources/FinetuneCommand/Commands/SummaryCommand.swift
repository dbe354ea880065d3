import Engine
import Files
import Networks
import Recipes
import Training

private let imageSize = Option.integer("--image-size", 1...4096, "side of the images (default: the published one)")
private let batch = Option.integer("--batch", 1...4096, "images at once: tells the memory that training would take")
private let precision = Option<PrecisionChoice>.choice(
    "--precision", "auto|f32|bf16", "arithmetic, for the memory", of: PrecisionChoice.uniform, default: .auto)
private let batchNorm = Option<BatchNormMode>.choice(
    "--batch-norm", "frozen|adapt", "statistics in trained stages, for the memory", of: BatchNormMode.allCases,
    default: .frozen)
private let classes = Option.integer("--classes", 1...1_000_000, "classes to tell apart", default: 1000)
private let train = Option.text(
    "--train", "STAGE", "a stage that would be trained, or all; may be repeated (default all)"
).repeated
private let form = Option<Architecture.Form>.choice(
    "--form", "FORM", "the form of the network; `finetune list` names them (default: the first)",
    of: Architecture.Form.all)
private let fullyConnected = Option.flag(
    "--fully-connected", "with the large linear layers that it was published with, as VGG")

let summaryCommand = Command(
    name: "summary", summary: "Print a network's layers, parameters, multiply-adds and memory",
    operands: .one("ARCHITECTURE"),
    options: [
        imageSize.declaration, batch.declaration, classes.declaration, train.declaration, form.declaration,
        fullyConnected.declaration, precision.declaration, batchNorm.declaration,
    ]
) { arguments in
    let name = arguments.operands[0]
    guard let architecture = Architecture(rawValue: name) else {
        throw UsageError.unknown("architecture", name, of: Architecture.catalogue.map(\.rawValue), summaryCommand)
    }
    if let form = arguments[form] { try architecture.check(form, summaryCommand) }
    let network = architecture.network(
        .init(
            classCount: arguments.value(classes), form: arguments[form],
            fullyConnected: arguments.has(fullyConnected)))
    let side = arguments[imageSize] ?? architecture.publishedImageSize
    let stages = try trainedStages(arguments.all(train), of: network)
    let summary = try Summary(
        network, imageHeight: side, imageWidth: side, batchSize: arguments[batch] ?? 1, trainableStages: stages)
    try Console.put(summary.text)
    guard let batch = arguments[batch] else { return }
    let forecast = try MemoryForecast(
        network,
        .init(
            batch: batch, height: side, width: side, precision: arguments.value(precision).precision,
            trainableStages: stages ?? Set(network.trainableStageNames), batchNorm: arguments.value(batchNorm)),
        OptimizerConfiguration(.adamW()), programBytes: PeakMemory.current)
    try Console.put(forecast.text(arguments.value(precision).precision))
}

extension MemoryForecast {
    fileprivate func text(_ precision: Precision) -> String {
        let list = parts.map { "\($0.name) \(Words.bytes($0.bytes))" }.joined(separator: ", ")
        return """
            memory         \(Words.bytes(bytes)) to train with AdamW in \(precision.rawValue): \(list);
                           decoded images and kept activations take more where it is free

            """
    }
}

/// The stages that words name; nil for no words.
private func trainedStages(_ words: [String], of network: Network) throws -> Set<String>? {
    guard !words.isEmpty else { return nil }
    let known = StageWords(network)
    return Set(
        try words.flatMap { word in
            guard let stages = known.stages(named: word) else {
                throw UsageError.unknown("stage", word, of: known.all, summaryCommand)
            }
            return stages
        })
}
