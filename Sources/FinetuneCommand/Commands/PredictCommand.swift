import Datasets
import Files
import Inference
import Recipes

private let output = Option.path("--output", "FILE.csv", "also write all probabilities as a table")
private let format = Option<PredictionFormat>.choice(
    "--format", "text|csv|jsonl", "what is printed: tab-separated text, CSV or a JSON object a line",
    of: PredictionFormat.allCases, default: .text)
private let top = Option.integer(
    "--top", 1...100_000, "how many classes are told of each image, the most probable first", default: 1)
private let null = Option.flag("--null", "names on standard input end with NUL, as of find -print0")

let predictCommand = Command(
    name: "predict", summary: "Name what images show",
    discussion: """
        Prints filename, class and probability of each image. IMAGE may be a file or a folder; - takes names of files from
        standard input, one a line, and answers as they come. Images that cannot be read are named and left out; the exit
        code is 3 then.
        """,
    operands: .oneOrMore("IMAGE"),
    options: [format.declaration, top.declaration, null.declaration, output.declaration] + ModelOptions.declarations
        + PassOptions.declarations + PassOptions.probabilityDeclarations
) { arguments in
    guard arguments.operands.count(where: { $0 == "-" }) <= 1 else {
        throw UsageError("- is given twice: there is one standard input", predictCommand)
    }
    let (model, report) = try ModelOptions.model(arguments, predictCommand, reading: ["logits"])
    let display = PassDisplay("predicting")
    display.tell(report)
    let predictor = Predictor(model, PassOptions.configuration(arguments))
    display.tell(temperatureOf: predictor)
    let printer = try PredictionPrinter(
        predictor, format: arguments.value(format), top: arguments.value(top), table: arguments[output], display)
    for part in arguments.operands.split(separator: "-", omittingEmptySubsequences: false).enumerated() {
        if part.offset > 0 {
            var list = ListedFiles(separatedByNull: arguments.has(null))
            while case let names = try list.next(atMost: 1024), !names.isEmpty {
                try printer.predict(names, isAll: false)
            }
        }
        try printer.predict(Array(part.element), isAll: arguments.operands.count == part.element.count)
    }
    try printer.finish()
}

/// Predicts what lists of files show, one list after the other, and prints it.
private final class PredictionPrinter {
    private let predictor: Predictor
    private let classNames: [String]
    private let format: PredictionFormat
    private let top: Int
    private let table: PredictionTable?
    private let display: PassDisplay
    private var sum = Pass()
    private var badCount = 0

    init(
        _ predictor: Predictor, format: PredictionFormat, top: Int, table: String?, _ display: PassDisplay
    ) throws {
        self.predictor = predictor
        self.format = format
        self.display = display
        classNames = predictor.model.displayedClassNames
        self.top = min(top, classNames.count)
        self.table = try table.map { [classNames] in
            try PredictionTable($0, classNames: classNames, task: predictor.model.task)
        }
        try Console.put(format.header(predictor.model.task, top: self.top))
    }

    /// - Parameter isAll: whether no other list follows.
    func predict(_ paths: [String], isAll: Bool) throws {
        guard !paths.isEmpty else { return }
        let list = ListedImages(paths)
        list.remarks.forEach(display.tell)
        var text = ""
        let pass = try predictor.answer(
            list.samples,
            progress: { [sum, display] progress in
                try Console.put(text)
                text = ""
                try display.show(
                    isAll
                        ? progress
                        : PassProgress(
                            done: sum.imageCount + progress.done, total: nil, seconds: sum.seconds + progress.seconds))
            },
            { [classNames, top, format, table] answer in
                try table?.write(answer)
                text += format.line(answer, classNames: classNames, top: top)
            })
        display.tell(list.bad + pass.badImages)
        badCount += list.bad.count + pass.badImages.count
        sum.imageCount += pass.imageCount
        sum.seconds += pass.seconds
    }

    /// - Throws: `SomeUnreadable`.
    func finish() throws {
        try table?.finish()
        display.end(sum)
        if badCount > 0 { throw SomeUnreadable(bad: badCount, of: sum.imageCount + badCount) }
    }
}
