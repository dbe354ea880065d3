import Recipes
import Tensors
import Training

private let resume = Option.text("--resume", "RUN", "go on with an interrupted run, in its folder")

let trainCommand = Command(
    name: "train", summary: "Train by a recipe, evaluate and report; the word `train` may be left out",
    discussion: """
        Everything that the run makes is in one new folder, whose path is printed on standard output. Ctrl-C saves the
        state and ends the run; --resume goes on where it was, by the recipe in its folder unless another is given.
        """,
    options: [
        RecipeOptions.recipe.declaration, RecipeOptions.set.declaration, resume.declaration,
        RecipeOptions.output.declaration,
    ]
) { arguments in
    let old = try arguments[resume].map(RunFolder.init(resuming:))
    guard let path = arguments[RecipeOptions.recipe] ?? old?.recipe else {
        throw UsageError("--recipe RECIPE.yaml is missing", trainCommand)
    }
    let recipe = try RecipeOptions.recipe(at: path, arguments)
    let prepared = try PreparedRun(recipe)
    let folder = try old ?? RunFolder(creatingIn: recipe.output, name: recipe.name)
    let display = RunDisplay()
    let run = try RecipeRun(prepared, in: folder, observer: display, isInterrupted: { Cancellation.isRequested })
    Interruption.say { RunInterrupted(folder: folder, isStateSaved: false).description }
    defer { display.end() }
    do {
        _ = try run.run(resuming: old != nil)
    } catch let interruption as RunInterrupted {
        display.end()
        Interruption.say { interruption.description }
        throw CancellationError()
    }
    display.tell("report \(folder.path)/report.html")
    Console.print(folder.path + "\n")
}
