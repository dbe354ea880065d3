import Datasets
import Evaluation
import Recipes
import Tensors

private let output = Option.text("--output", "FILE.csv", "also write all probabilities as a table")

let predictCommand = Command(
    name: "predict", summary: "Name what images show",
    discussion: "Prints filename, class and probability, separated by tabs. IMAGE may be a file or a folder.",
    operands: .oneOrMore("IMAGE"),
    options: [output.declaration] + ModelOptions.declarations + PassOptions.declarations
        + PassOptions.probabilityDeclarations
) { arguments in
    Interruption.catchSignals()
    let (model, report) = try ModelOptions.model(arguments, predictCommand)
    let images = try samples(at: arguments.operands)
    let display = PassDisplay("predicting")
    display.tell(report)
    let names = model.displayedClassNames
    let table = try arguments[output].map { try PredictionTable($0, classNames: names) }
    let predictor = Predictor(model, PassOptions.configuration(arguments))
    display.tell(temperatureOf: predictor)
    let pass = try predictor.predict(images, progress: display.show) { prediction in
        try table?.write(prediction)
        Console.print(
            "\(prediction.file)\t\(names[prediction.predicted])\t\(Words.decimals(prediction.probability, 4))\n")
    }
    try table?.finish()
    display.end(pass)
    if pass.imageCount == 0 { throw NothingReadable() }
}

/// None of the images could be read; which and why has been said.
private struct NothingReadable: UserFacingError {
    var exitCode: Int32 { 3 }
    var description: String { "none of the images can be read" }
}
