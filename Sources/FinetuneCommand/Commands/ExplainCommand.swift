import Datasets
import Files
import Inference
import Metrics
import Networks
import Pretrained
import Recipes
import Tasks
import Training

private enum Method: String, CaseIterable, Sendable {
    case gradCAM = "grad-cam"
    case occlusion
}

private let output = Option.path(
    "--output", "DIR", "the folder for the pictures, made where it is missing", default: "explanations")
private let method = Option<Method>.choice(
    "--method", "grad-cam|occlusion", "how the map is made", of: Method.allCases, default: .gradCAM)
private let className = Option.text(
    "--class", "NAME|INDEX", "a class to explain; may be repeated (default: what is predicted)"
).repeated
private let layer = Option.text(
    "--layer", "NAME", "a stage, block or layer for grad-cam, such as layer3 (default: the last with convolutions)")
private let patch = Option.integer(
    "--patch", 1...4096, "side of the square that occlusion covers, in pixels (default: a seventh of the image's)")
private let stride = Option.integer(
    "--stride", 1...4096, "how far occlusion moves it, in pixels (default: half its side)")
private let batch = Option.integer("--batch", 1...4096, "images at once", default: 8)
private let precision = Option<PrecisionChoice>.choice(
    "--precision", "auto|f32|bf16", "arithmetic", of: PrecisionChoice.uniform, default: .f32)

let explainCommand = Command(
    name: "explain", summary: "Draw which parts of an image speak for a class",
    discussion: """
        Lays a map over each image as the network sees it, dark where nothing speaks for the class and light yellow where
        most does, and writes it as PNG: by Grad-CAM, or by what covering a place costs in probability. IMAGE may be a
        file, a folder or a table. Prints filename, predicted class, its probability, explained class, its probability and
        the picture's path, separated by tabs.

        \(SourceOptions.discussion)
        Labels in it do not count. Paths are printed as they stand in the table; rows of pixels are called row 1, row 2 and
        so on, and their pictures after the table and the row, digits-row1.seven.png.
        """,
    operands: .oneOrMore("IMAGE"),
    options: [
        className.declaration, method.declaration, layer.declaration, patch.declaration, stride.declaration,
        output.declaration,
    ] + ModelOptions.declarations + [batch.declaration, precision.declaration] + SourceOptions.declarations
        + [SourceOptions.partDeclaration]
) { arguments in
    let reader = try ImageOperands(arguments, explainCommand)
    let (model, report) = try ModelOptions.model(arguments, explainCommand, reading: ["logits"])
    let names = model.displayedClassNames
    let classes = try arguments.all(className).map { try ClassChoice.index(of: $0, in: names, explainCommand) }
    let explainer = try explainer(arguments, model)
    let list = try reader.images(arguments.operands)
    let images = list.samples
    let folder = arguments.value(output)
    try RunFolder.make(folder)
    var files = PictureNames(in: folder, sparing: arguments.operands + images.compactMap(\.content.file))
    let display = PassDisplay("explaining")
    display.tell(report)
    list.remarks.forEach(display.tell)

    var pass = try explainer.explain(
        images, classes: { classes.isEmpty ? model.task.definition.explained($1, rules: model.rules) : classes },
        progress: display.show
    ) { sample, image, explanation in
        let values = explanation.values
        for heatmap in explanation.heatmaps {
            let explained = heatmap.classIndex
            let path = files.path(for: sample.content, names[explained])
            try OutputFile.write(heatmap.overlay(on: image).pngData(), to: path)
            let columns = [
                sample.name, names[explanation.predicted], Words.decimals(values[explanation.predicted], 4),
                names[explained], Words.decimals(values[explained], 4), path,
            ]
            try Console.put(.tabSeparated(columns))
            if heatmap.peak == 0 { display.tell("\(path): nothing in the image speaks for \(names[explained])") }
        }
    }
    pass.badImages = list.bad + pass.badImages
    display.end(pass)
    let bad = pass.badImages.count
    if bad > 0 { throw SomeUnreadable(bad: bad, of: pass.imageCount + bad) }
}

/// The method that the arguments name.
/// - Throws: `UsageError` for options that do not fit it.
private func explainer(_ arguments: Arguments, _ model: Model) throws -> any Explainer {
    let method = arguments.value(method)
    let foreign = method == .gradCAM ? [patch.declaration, stride.declaration] : [layer.declaration]
    for option in foreign where arguments.gives(option.name) {
        throw UsageError("\(option.name) does not belong to --method \(method.rawValue)", explainCommand)
    }
    let (batch, precision) = (arguments.value(batch), arguments.value(precision).precision)
    guard method == .occlusion else {
        let layer = arguments[layer]
        try layer.map { try LayerChoice.check($0, of: model.network, explainCommand) }
        return GradCAM(model, layer: layer, batchSize: batch, precision: precision)
    }
    let side = arguments[patch] ?? Occlusion.standardPatch(for: model)
    guard side <= model.imageSize else {
        throw UsageError("--patch must not exceed the images' side, \(model.imageSize)", explainCommand)
    }
    guard arguments[stride] ?? 1 <= side else {
        throw UsageError(
            "--stride must not exceed the patch's side, \(side), or places would be left out", explainCommand)
    }
    return Occlusion(model, patch: side, stride: arguments[stride], batchSize: batch, precision: precision)
}
