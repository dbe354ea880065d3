import Datasets
import Engine
import Files
import Foundation
import Inference

private let data = Option.path(
    "--data", "DIR-or-TABLE", "images, in a folder for each class or without classes, or a table of images"
).required
private let output = Option.path(
    "--output", "FILE", "what to write; ends in .csv, .npy, .npz or .h5"
).required
private let layer = Option.text(
    "--layer", "NAME",
    "a stage, block or layer that `finetune summary` names, or logits; may be repeated (default pool)"
).repeated
private let pooling = Option<TapPooling>.choice(
    "--pooling", "avg|max|none", "what becomes of the positions of feature maps", of: TapPooling.allCases,
    default: .average)
private let resume = Option.flag("--resume", "go on with what an interrupted run has left in FILE.partial")

let featuresCommand = Command(
    name: "features", summary: "Write what a network computes of images as a table or arrays",
    discussion: """
        .csv   filename, label, then f0, f1, … (with several layers layer3_f0, …), a row for each image
        .npy   one NumPy array of one layer; FILE.npy.csv beside it has filename and label of each row
        .npz   NumPy arrays: one with the name of each layer, filenames and labels
        .h5    HDF5: the same, where labels are indices of class_names (-1 for none), N×classes of 0 and 1, or numbers
        With --task multi_label, and models of it, tables may label images with any number of classes, and ; stands
        between them; with --task regression labels are numbers.
        Layers with positions are averaged over them; with --pooling none their maps are arrays N×H×W×C, or columns in
        that order. All numbers are 32-bit floats. Images that cannot be read are named and left out; the exit code is 3
        then, though the file is complete.

        \(SourceOptions.discussion)
        """,
    options: [data.declaration, output.declaration, layer.declaration, pooling.declaration, resume.declaration]
        + ModelOptions.declarations + PassOptions.declarations + SourceOptions.declarations
        + [SourceOptions.partDeclaration, SourceOptions.taskDeclaration]
) { arguments in
    var tables = try SourceOptions.options(arguments, for: [arguments.value(data)], featuresCommand)
    let named = arguments.all(layer)
    let layers = named.isEmpty ? ["pool"] : named
    let (model, report) = try ModelOptions.model(arguments, featuresCommand, reading: layers)
    tables.target = SourceOptions.task(arguments, of: model).definition.targetKind
    let folder = try ImageSet(
        detecting: arguments.value(data), tables, role: SourceOptions.part(arguments))
    let companions = arguments.value(output).hasSuffix(".npy") ? [arguments.value(output) + ".csv"] : []
    try arguments.check(
        [arguments.value(output)] + companions, of: output.declaration.name, sparing: [arguments.value(data)],
        images: folder.samples, featuresCommand)
    let display = PassDisplay("features")
    display.tell(report)
    display.tell(folder)
    let predictor = Predictor(model, PassOptions.configuration(arguments))
    let path = arguments.value(output)
    let partial = OutputFile.partialPath(of: path)
    Interruption.say {
        FileSystem.exists(partial)
            ? "\(partial.legible) has what was computed; --resume goes on with it\ninterrupted" : "interrupted"
    }
    let resumes = arguments.has(resume)
    let wasComplete = resumes && !FileSystem.exists(partial) && FileSystem.exists(path)
    let pass = try predictor.writeFeatures(
        of: folder.samples, taps: layers, pooling: arguments.value(pooling),
        classNames: folder.classNames, to: path, resumes: resumes, progress: display.show)
    if wasComplete, pass.imageCount == 0 {
        display.tell(
            """
            \(path.legible) is complete and stays as it is; whether every image, the model and the options are still those \
            that it was computed from is not known: without --resume it is computed again
            """)
    }
    display.end(pass)
    if !pass.badImages.isEmpty { throw SomeUnreadable(pass, of: folder.samples) }
}
