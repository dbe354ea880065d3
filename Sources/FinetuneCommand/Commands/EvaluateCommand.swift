import Datasets
import Engine
import Inference
import Recipes
import Reports
import Tasks
import Training

private let data = Option.path("--data", "DIR-or-TABLE", "one folder of images for each class, or a table").required
private let output = Option.path("--output", "DIR", "the folder for report, predictions and confusion matrix").required
private let withoutProbe = Option.flag(
    "--no-probe", "do not compare with simple classifiers on the features, nor look for doubtful labels")

let evaluateCommand = Command(
    name: "evaluate", summary: "Judge a model by labelled images and write a report",
    discussion: """
        Writes report.html, report.json and predictions.csv, and of a model that names one class confusion_matrix.csv.

        \(SourceOptions.discussion)
        """,
    options: [data.declaration, output.declaration, withoutProbe.declaration] + ModelOptions.declarations
        + PassOptions.declarations + PassOptions.probabilityDeclarations + SourceOptions.declarations
        + [SourceOptions.partDeclaration]
) { arguments in
    let source = arguments.value(data)
    var tables = try SourceOptions.options(arguments, for: [source], evaluateCommand)
    let (model, loading) = try ModelOptions.model(arguments, evaluateCommand, reading: ["logits"])
    tables.target = model.task.definition.targetKind
    let folder = try ImageSet(
        scanning: source, as: model.classes, tables, role: SourceOptions.part(arguments) ?? .test)
    let target = arguments.value(output)
    try arguments.check(
        ["report.html", "report.json", "predictions.csv", "confusion_matrix.csv"].map { "\(target)/\($0)" },
        of: output.declaration.name, sparing: [source], images: folder.samples, evaluateCommand)
    try RunFolder.make(target)
    let display = PassDisplay("evaluating")
    display.tell(loading)
    display.tell(folder)
    let configuration = PassOptions.configuration(arguments)
    let compiled = CompiledNetwork(model)
    let predictor = Predictor(model, configuration, on: compiled)
    display.tell(temperatureOf: predictor)
    let table = try PredictionTable(target + "/predictions.csv", classNames: folder.classNames, task: model.task)
    let result = try predictor.evaluate(
        folder.samples, role: "test", folder: source, predictions: table,
        keepsFeatures: !arguments.has(withoutProbe), progress: display.show)
    try table.finish()

    var report = RunReport(
        name: model.architecture.rawValue, task: model.task,
        model: .init(model, precision: configuration.precision, weights: ModelOptions.name(arguments)),
        classNames: folder.classNames, result: result)
    report.warnings = folder.warnings(leavingOut: result.badImages)
    report.weightLoading = loading?.summary ?? []
    report.versions = .current
    report.thresholdsAreFitted = model.thresholds != nil
    report.probe = try result.features.flatMap {
        try model.task.definition.probe(training: $0, test: nil, outputCount: folder.classNames.count, seed: 0)
    }
    try report.addGalleries(
        explainedBy: GradCAM(model, precision: configuration.precision, on: compiled), progress: display.show)
    try report.write(to: target)
    display.end(images: result.imageCount, seconds: result.seconds, bad: result.badImages)
    display.tell(report.headline)
    for warning in report.warnings { display.tell("warning: \(warning)") }
    display.tell("report \(target)/report.html")
}
