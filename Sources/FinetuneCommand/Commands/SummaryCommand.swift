import Networks
import Recipes

private let imageSize = Option.integer("--image-size", 1...4096, "side of the images (default: the published one)")
private let batch = Option.integer("--batch", 1...4096, "images at once, for the memory", default: 1)
private let classes = Option.integer("--classes", 1...1_000_000, "classes to tell apart", default: 1000)
private let train = Option.text(
    "--train", "STAGE", "a stage that would be trained, or all; may be repeated (default all)"
).repeated
private let form = Option<ResNetForm>.choice(
    "--form", "original|v1.5", "the form of a ResNet for ImageNet", of: ResNetForm.allCases, default: .revised)
private let fullyConnected = Option.flag("--fully-connected", "a VGG with its two large linear layers")

let summaryCommand = Command(
    name: "summary", summary: "Print a network's layers, parameters, multiply-adds and memory",
    operands: .one("ARCHITECTURE"),
    options: [
        imageSize.declaration, batch.declaration, classes.declaration, train.declaration, form.declaration,
        fullyConnected.declaration,
    ]
) { arguments in
    let name = arguments.operands[0]
    guard let architecture = Architecture(rawValue: name) else {
        throw UsageError.unknown("architecture", name, of: Architecture.allCases.map(\.rawValue), summaryCommand)
    }
    let network = architecture.network(
        .init(
            classCount: arguments.value(classes), form: arguments.value(form),
            fullyConnected: arguments.has(fullyConnected)))
    let side = arguments[imageSize] ?? architecture.publishedImageSize
    let summary = try Summary(
        network, imageHeight: side, imageWidth: side, batchSize: arguments.value(batch),
        trainableStages: try trainedStages(arguments.all(train), of: network))
    Console.print(summary.text)
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
