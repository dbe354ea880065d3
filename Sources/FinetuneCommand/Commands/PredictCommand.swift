import Datasets
import Files
import Inference
import Recipes

private let output = Option.path("--output", "FILE.csv", "also write all probabilities, or numbers, as a table")
private let format = Option<PredictionFormat>.choice(
    "--format", "text|csv|jsonl|kaggle",
    "what is printed: tab-separated text, CSV, a JSON object a line or a submission",
    of: PredictionFormat.allCases, default: .text)
private let top = Option.integer(
    "--top", 1...100_000, "how many classes are told of each image, the most probable first", default: 1)
private let null = Option.flag("--null", "names on standard input end with NUL, as of find -print0")

let predictCommand = Command(
    name: "predict", summary: "Name what images show",
    discussion: """
        Prints filename, class and probability of each image, or the number that the model says. IMAGE may be a file, a folder or a table; - takes names of
        files from standard input, one a line, and answers as they come. Images that cannot be read are named and left out;
        the exit code is 3 then.

        \(SourceOptions.discussion)
        Labels in it do not count. Rows are answered in their order; paths are printed as they stand in the table, and rows
        of pixels are called row 1, row 2 and so on.

        --format kaggle prints the two columns of a submission: ImageId,Label of a table of pixels; the paths and label,
        under the names that the table has for them, of one of paths; filename,label of files. Where an image cannot be
        read nothing is printed.
        """,
    operands: .oneOrMore("IMAGE"),
    options: [format.declaration, top.declaration, null.declaration, output.declaration] + ModelOptions.declarations
        + PassOptions.declarations + PassOptions.probabilityDeclarations + SourceOptions.declarations
        + [SourceOptions.partDeclaration]
) { arguments in
    guard arguments.operands.count(where: { $0 == "-" }) <= 1 else {
        throw UsageError("- is given twice: there is one standard input", predictCommand)
    }
    let reader = try ImageOperands(arguments, predictCommand)
    try checkFormat(arguments)
    let (model, report) = try ModelOptions.model(arguments, predictCommand, reading: ["logits"])
    if model.task.definition.targetKind == .number, arguments.gives(top.declaration.name) {
        throw UsageError("--top belongs to models that tell classes: this one says a number", predictCommand)
    }
    let parts = try arguments.operands.split(separator: "-", omittingEmptySubsequences: false).map(reader.images)
    try arguments.check(
        [arguments[output]].compactMap(\.self), of: output.declaration.name, sparing: arguments.operands,
        images: parts.flatMap(\.samples), predictCommand)
    let display = PassDisplay("predicting")
    display.tell(report)
    let predictor = Predictor(model, configuration(arguments))
    display.tell(temperatureOf: predictor)
    let ids = parts.lazy.compactMap(\.table).first.map { table in
        let number = model.task.definition.targetKind == .number ? model.classNames?.first : nil
        return SubmissionIDs(
            ofTableWith: table.pathColumn, label: SourceOptions.labelColumn(arguments) ?? number)
    }
    let printer = try PredictionPrinter(
        predictor, format: arguments.value(format), ids ?? .filenames, top: arguments.value(top),
        table: arguments[output], display)
    for (index, part) in parts.enumerated() {
        if index > 0 {
            var list = ListedFiles(separatedByNull: arguments.has(null))
            while case let names = try list.next(atMost: 1024), !names.isEmpty {
                try printer.predict(ImageList(files: names), isAll: false)
            }
        }
        try printer.predict(part, isAll: parts.count == 1)
    }
    try printer.finish()
}

private func configuration(_ arguments: Arguments) -> Predictor.Configuration {
    var configuration = PassOptions.configuration(arguments)
    if arguments.value(format).isWhole { configuration.badImages = .fail }
    return configuration
}

/// - Throws: `UsageError` for operands and options that a submission does not go with.
private func checkFormat(_ arguments: Arguments) throws {
    guard arguments.value(format).isWhole else { return }
    if arguments.gives(top.declaration.name) {
        throw UsageError(
            "--top does not belong to --format kaggle: a submission has one class of each image", predictCommand)
    }
    if arguments.operands.contains(where: ImageOperands.isTable), arguments.operands.count > 1 {
        throw UsageError(
            "--format kaggle takes one table, or files and folders: a submission answers one list of images",
            predictCommand)
    }
}

/// Predicts what lists of images show, one list after the other, and prints it.
private final class PredictionPrinter {
    private let predictor: Predictor
    private let classNames: [String]
    private let format: PredictionFormat
    private let ids: SubmissionIDs
    private let top: Int
    private let table: PredictionTable?
    private let display: PassDisplay
    /// What waits to be printed.
    private var text: String
    private var sum = Pass()
    private var badCount = 0

    init(
        _ predictor: Predictor, format: PredictionFormat, _ ids: SubmissionIDs, top: Int, table: String?,
        _ display: PassDisplay
    ) throws {
        self.predictor = predictor
        self.format = format
        self.ids = ids
        self.display = display
        classNames = predictor.model.displayedClassNames
        self.top = min(top, classNames.count)
        self.table = try table.map { [classNames] in
            try PredictionTable($0, classNames: classNames, task: predictor.model.task)
        }
        text = format.header(predictor.model.task, top: self.top, ids)
        if !format.isWhole { try print() }
    }

    private func print() throws {
        try Console.put(text)
        text = ""
    }

    /// - Parameter isAll: whether no other list follows.
    /// - Throws: `IncompleteSubmission`; what predicting and writing throw.
    func predict(_ list: ImageList, isAll: Bool) throws {
        list.remarks.forEach(display.tell)
        if format.isWhole, let bad = list.bad.first { throw IncompleteSubmission(image: bad) }
        guard !list.samples.isEmpty || !list.bad.isEmpty else { return }
        let pass = try pass(list.samples, isAll: isAll)
        display.tell(list.bad + pass.badImages)
        badCount += list.bad.count + pass.badImages.count
        sum.imageCount += pass.imageCount
        sum.seconds += pass.seconds
    }

    private func pass(_ samples: [Sample], isAll: Bool) throws -> Pass {
        var number = sum.imageCount
        do {
            return try predictor.answer(
                samples, progress: { try show($0, isAll: isAll) },
                { answer in
                    try table?.write(answer)
                    let id = ids.id(of: answer, after: number)
                    text += format.line(answer, id: id, classNames: classNames, top: top)
                    number += 1
                })
        } catch DatasetError.badImages(let bad) where format.isWhole {
            throw bad.first.map(IncompleteSubmission.init) ?? DatasetError.badImages(bad)
        }
    }

    private func show(_ progress: PassProgress, isAll: Bool) throws {
        if !format.isWhole { try print() }
        let done = PassProgress(
            done: sum.imageCount + progress.done, total: nil, seconds: sum.seconds + progress.seconds)
        try display.show(isAll ? progress : done)
    }

    /// - Throws: `SomeUnreadable`.
    func finish() throws {
        try print()
        try table?.finish()
        display.end(sum)
        if badCount > 0 { throw SomeUnreadable(bad: badCount, of: sum.imageCount + badCount) }
    }
}

/// A submission that would lack an image.
private struct IncompleteSubmission: UserFacingError {
    let image: BadImage

    var kind: ErrorKind { .data }
    var description: String {
        "\(image.path): \(image.reason); a submission answers every image, so nothing is printed (--format csv leaves it "
            + "out)"
    }
}
