import Datasets
import Files
import Inference
import Metrics
import Recipes
import Tasks

private let data = Option.path("--data", "DIR-or-TABLE", "one folder of images for each class, or a table").required
private let test = Option.path(
    "--test", "DIR-or-TABLE", "images to judge by (default: cross-validation on --data)")
private let layer = Option.text(
    "--layer", "NAME", "a stage (averaged over space), pool or logits", default: "pool")
private let seed = Option.integer(
    "--seed", 0...Int(Int32.max), "what the parts of the data are drawn from", default: 42)
private let labels = Option.path("--labels", "FILE.csv", "also write every training image whose label is doubtful")

let probeCommand = Command(
    name: "probe", summary: "Tell what a network is worth for some images without training it",
    discussion: """
        Fits nearest neighbours and a regression to the features of one layer and prints, separated by tabs, each of them,
        its accuracy and the ends of the 95 % interval; of several labels an image its mean average precision, of numbers
        R². Their settings come from cross-validation. Images that look like another class to a classifier that has not
        seen them are named: their labels are worth a look.

        \(SourceOptions.discussion)
        """,
    options: [
        data.declaration, test.declaration, SourceOptions.taskDeclaration, layer.declaration, seed.declaration,
        labels.declaration,
    ]
        + ModelOptions.declarations + PassOptions.declarations + SourceOptions.declarations
) { arguments in
    let sources = [arguments.value(data)] + [arguments[test]].compactMap(\.self)
    var tables = try SourceOptions.options(arguments, for: sources, probeCommand)
    let (model, report) = try ModelOptions.model(arguments, probeCommand, reading: [arguments.value(layer)])
    let task = SourceOptions.task(arguments, of: model)
    tables.target = task.definition.targetKind
    let training = try ImageSet(scanning: arguments.value(data), tables, role: .training)
    let held = try arguments[test].map {
        try ImageSet(
            scanning: $0, as: ClassReference(names: training.classNames, of: arguments.value(data)), tables,
            role: .test)
    }
    try arguments.check(
        [arguments[labels]].compactMap(\.self), of: labels.declaration.name, sparing: sources,
        images: training.samples + (held?.samples ?? []), probeCommand)
    let display = PassDisplay("features")
    display.tell(report)
    display.tell(training)
    if let held { display.tell(held) }
    let predictor = Predictor(model, PassOptions.configuration(arguments))
    let seed = UInt64(arguments.value(seed))
    let layer = arguments.value(layer)
    var total = 0
    func features(_ folder: ImageSet, limit: Int) throws -> (images: LabelledFeatures, badCount: Int) {
        let samples = folder.samples.drawn(limit, seed: seed)
        if samples.count < folder.samples.count {
            display.tell("\(folder.root): \(Words.grouped(limit)) of its images are drawn, which is enough")
        }
        total += samples.count
        let (images, bad) = try predictor.labelledFeatures(of: samples, tap: layer, progress: display.show)
        for image in bad { display.tell("left out: \(image.path): \(image.reason)") }
        return (images, bad.count)
    }
    let classCount = training.classNames.count
    let featureCount = try predictor.shapes(of: [layer], for: training.samples)[0].count
    guard let limit = ProbeLimit.largest(featureCount: featureCount, outputCount: classCount) else {
        throw TooManyClasses(folder: arguments.value(data), classCount: classCount, featureCount: featureCount)
    }
    let (known, badTraining) = try features(training, limit: limit)
    let tested = try held.map { try features($0, limit: ProbeLimit.testImages) }
    let judges = tested?.images
    if let folder = arguments[test], judges?.count == 0 { throw PredictionError.nothingToJudge(folder) }

    guard
        let probe = try task.definition.probe(training: known, test: judges, outputCount: classCount, seed: seed)
    else {
        throw NothingToJudge(folder: arguments[test] ?? arguments.value(data), hasNumbers: tables.target == .number)
    }
    display.tell(
        "\(Words.counted(probe.imageCount, "image")) "
            + (tables.target == .number ? "with a number, " : "of \(Words.counted(classCount, "class", "classes")), ")
            + "\(Words.counted(probe.featureCount, "feature")) of \(layer), judged by "
            + (judges.map { Words.counted($0.count, "test image") } ?? "cross-validation"))
    let alone = probe.imageCount - probe.judgedCount
    if judges == nil, alone > 0 {
        display.tell(
            "warning: \(Words.counted(alone, "image")) alone in \(alone == 1 ? "its class" : "their classes") cannot be "
                + "judged by others: all numbers are of the other \(probe.judgedCount)")
    }
    for score in probe.scores {
        let numbers = [score.value, score.interval?.lowerBound, score.interval?.upperBound]
        try Console.put(.tabSeparated([score.name] + numbers.map { $0.map { Words.decimals($0, 4) } ?? "" }))
    }
    if let path = arguments[labels] { try probe.writeDoubtfulLabels(to: path, classNames: training.classNames) }
    for image in probe.doubtfulLabels.prefix(10) {
        display.tell(
            "\(image.file): is \(image.labelWords(training.classNames)), looks like "
                + "\(image.suggestionWords(training.classNames)) (probability \(Words.decimals(image.suggestedProbability, 2)))"
        )
    }
    let more = probe.doubtfulLabels.count - 10
    if more > 0 {
        display.tell(
            "and \(Words.counted(more, "more label")) worth a look\(arguments[labels] == nil ? "; see --labels" : "")")
    }
    let badCount = badTraining + (tested?.badCount ?? 0)
    if badCount > 0 { throw SomeUnreadable(bad: badCount, of: total) }
}

/// Data of so many classes that fitting classifiers would take hours.
private struct TooManyClasses: UserFacingError {
    let folder: String
    let classCount: Int
    let featureCount: Int

    var kind: ErrorKind { .data }
    var description: String {
        """
        \(folder): \(Words.grouped(classCount)) classes are too many to fit classifiers to \
        \(Words.grouped(featureCount)) features; choose a folder with some of them, or a layer with fewer features
        """
    }
}

/// Data by which nothing can be judged.
private struct NothingToJudge: UserFacingError {
    let folder: String
    let hasNumbers: Bool

    var kind: ErrorKind { .data }
    var description: String {
        hasNumbers
            ? "\(folder): has no two readable images with different numbers, so nothing can be judged by them; add some"
            : "\(folder): has no two readable images of one class, so none can be judged by the others; add some, or name "
                + "images to judge by with --test"
    }
}
