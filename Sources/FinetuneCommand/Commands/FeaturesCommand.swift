import Datasets
import Evaluation

private let data = Option.text("--data", "DIR", "images, in a folder for each class or without classes").required
private let output = Option.text("--output", "FILE.csv", "the table").required
private let layer = Option.text(
    "--layer", "NAME", "a stage (averaged over space), pool or logits; may be repeated (default pool)"
).repeated

let featuresCommand = Command(
    name: "features", summary: "Write what a network computes of images as a table",
    discussion: "The columns are filename, label and f0, f1, … (with several layers layer3_f0, …).",
    options: [data.declaration, output.declaration, layer.declaration] + ModelOptions.declarations
        + PassOptions.declarations
) { arguments in
    Interruption.catchSignals()
    let (model, report) = try ModelOptions.model(arguments, featuresCommand)
    let folder = try ImageFolder(detecting: arguments.value(data))
    let display = PassDisplay("features")
    display.tell(report)
    let layers = arguments.all(layer)
    let predictor = Predictor(model, PassOptions.configuration(arguments))
    display.end(
        try predictor.writeFeatures(
            of: folder.samples, taps: layers.isEmpty ? ["pool"] : layers, classNames: folder.classNames,
            to: arguments.value(output), progress: display.show))
}
