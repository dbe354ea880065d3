import Datasets
import Files
import Images
import Inference
import Pretrained
import Recipes

private let output = Option.path("--output", "FILE.png", "the picture").required
private let filters = Option.flag("--filters", "show the filters of the first convolution")
private let image = Option.path("--image", "FILE", "an image, for --layer and --nearest")
private let layer = Option.text(
    "--layer", "NAME", "show what a stage, block or layer such as layer1 makes of the image, strongest channels first")
private let nearest = Option.path(
    "--nearest", "DIR-or-TABLE", "show the images of a folder or table that are most like the image")
private let count = Option.integer("--count", 1...4096, "channels (default 64) or images (default 11) to show")
private let distance = Option<FeatureDistance>.choice(
    "--distance", "cosine|euclidean", "of pooled features, for --nearest", of: FeatureDistance.allCases,
    default: .cosine)
private let batch = Option.integer("--batch", 1...4096, "images at once, for --nearest", default: 32)
private let precision = Option<PrecisionChoice>.choice(
    "--precision", "auto|f32|bf16", "arithmetic", of: PrecisionChoice.uniform, default: .f32)

let visualizeCommand = Command(
    name: "visualize", summary: "Show filters, feature maps or similar images as a picture",
    discussion: """
        finetune visualize --filters --output filters.png --model runs/photos-1
        finetune visualize --image a.jpg --layer layer1 --output maps.png --model runs/photos-1
        finetune visualize --image a.jpg --nearest photos/train --output similar.png --model runs/photos-1

        The numbers behind the picture are printed, separated by tabs, in its order: row after row, and with --nearest the
        image itself first in the picture. Filters: index, largest weight. Feature maps: channel, mean, maximum. Similar
        images: distance, class, filename.

        \(SourceOptions.discussion)
        """,
    options: [
        filters.declaration, image.declaration, layer.declaration, nearest.declaration, count.declaration,
        distance.declaration, output.declaration,
    ] + ModelOptions.declarations + [batch.declaration, precision.declaration] + SourceOptions.declarations
        + [SourceOptions.partDeclaration, SourceOptions.taskDeclaration]
) { arguments in
    let figure = try Figure(arguments)
    func check(_ images: [Sample] = []) throws {
        try arguments.check(
            [arguments.value(output)], of: output.declaration.name,
            sparing: [arguments[image], arguments[nearest]].compactMap(\.self), images: images, visualizeCommand)
    }
    try check()
    var tables = try SourceOptions.options(
        arguments, for: [arguments[nearest]].compactMap(\.self), visualizeCommand)
    let (model, report) = try ModelOptions.model(arguments, visualizeCommand, reading: [])
    tables.target = SourceOptions.task(arguments, of: model).definition.targetKind
    let display = PassDisplay("comparing")
    display.tell(report)
    switch figure {
    case .stemFilters: try showFilters(of: model, arguments)
    case .channelMaps(let path, let layer): try showFeatureMaps(of: path, layer, model, arguments)
    case .nearestImages(let path, let source):
        let folder = try ImageSet(detecting: source, tables, role: SourceOptions.part(arguments))
        try check(folder.samples)
        try showNearest(to: path, folder, model, arguments, display)
    }
}

/// What is to be shown.
private enum Figure {
    case stemFilters
    case channelMaps(image: String, layer: String)
    case nearestImages(image: String, source: String)

    /// - Throws: `UsageError` for none, two or half of one.
    init(_ arguments: Arguments) throws {
        switch (arguments.has(filters), arguments[image], arguments[layer], arguments[nearest]) {
        case (true, nil, nil, nil): self = .stemFilters
        case (false, let image?, let layer?, nil): self = .channelMaps(image: image, layer: layer)
        case (false, let image?, nil, let source?): self = .nearestImages(image: image, source: source)
        default:
            throw UsageError(
                "expected one of --filters, --image FILE --layer NAME, --image FILE --nearest DIR-or-TABLE",
                visualizeCommand)
        }
    }
}

private func showFilters(of model: Model, _ arguments: Arguments) throws {
    let filters = StemFilters(of: model)
    try OutputFile.write(filters.figure.pngData(), to: arguments.value(output))
    for (index, peak) in filters.peaks.enumerated() { try Console.put("\(index)\t\(peak)\n") }
}

private func showFeatureMaps(of path: String, _ layer: String, _ model: Model, _ arguments: Arguments) throws {
    try LayerChoice.check(layer, of: model.network, visualizeCommand)
    let image = try Image(contentsOf: path).fitted(to: model.imageSize, model.resize)
    let maps = try ChannelMaps(
        of: image, in: model, layer: layer, precision: arguments.value(precision).precision)
    let count = arguments[count] ?? 64
    try OutputFile.write(maps.figure(count: count).pngData(), to: arguments.value(output))
    for channel in maps.channels.prefix(count) {
        try Console.put("\(channel.index)\t\(channel.mean)\t\(channel.map.values.max() ?? 0)\n")
    }
}

private func showNearest(
    to path: String, _ folder: ImageSet, _ model: Model, _ arguments: Arguments, _ display: PassDisplay
) throws {
    display.tell(folder)
    var configuration = Predictor.Configuration()
    configuration.batchSize = arguments.value(batch)
    configuration.precision = arguments.value(precision).precision
    let found = try NearestImages(
        to: Sample(path: path, name: path), among: folder.samples, by: Predictor(model, configuration), tap: "pool",
        distance: arguments.value(distance), count: arguments[count] ?? 11, progress: display.show)
    display.end(found.pass)
    guard found.pass.imageCount > 0 else { throw SomeUnreadable(found.pass, of: folder.samples) }
    try OutputFile.write(found.figure(of: model).pngData(), to: arguments.value(output))
    for neighbour in found.neighbours {
        let label = neighbour.sample.labelText(folder.classNames) ?? ""
        try Console.put(.tabSeparated([Words.decimals(neighbour.distance, 6), label, neighbour.sample.path]))
    }
    if !found.pass.badImages.isEmpty { throw SomeUnreadable(found.pass, of: folder.samples) }
}
