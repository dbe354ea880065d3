import Files
import Recipes
import Training

private let resume = Option.path("--resume", "RUN", "go on with an interrupted run, in its folder")

let trainCommand = Command(
    name: "train", summary: "Train by a recipe, evaluate and report; the word `train` may be left out",
    discussion: """
        Everything that the run makes is in one new folder, whose path is printed on standard output. Ctrl-C saves the
        state and ends the run; --resume goes on where it was, by the recipe in its folder unless another is given.
        """,
    options: [
        RecipeOptions.recipe.declaration, RecipeOptions.set.declaration, resume.declaration,
        RecipeOptions.output.declaration,
    ] + FetchOptions.declarations
) { arguments in
    let old = try arguments[resume].map { try RunOwnership(of: RunFolder(resuming: $0)) }
    guard let path = arguments[RecipeOptions.recipe] ?? old?.folder.recipe else {
        throw UsageError("--recipe RECIPE.yaml is missing", trainCommand)
    }
    let recipe = try RecipeOptions.recipe(at: path, arguments)
    let prepared = try PreparedRun(recipe, FetchOptions.fetcher(arguments))
    let ownership = try old ?? RunOwnership(of: RunFolder(creatingIn: recipe.output, name: recipe.name))
    let display = RunDisplay()
    let run = RecipeRun(prepared, in: ownership, observer: display, isInterrupted: { Cancellation.isRequested })
    Interruption.say { [folder = ownership.folder] in lastWords(RunInterrupted(folder: folder, isStateSaved: false)) }
    defer { display.end() }
    do {
        _ = try run.run(resuming: old != nil)
    } catch let interruption as RunInterrupted {
        display.end()
        Interruption.say { lastWords(interruption) }
        throw CancellationError()
    }
    display.tell("report \(run.folder.path)/report.html")
    try Console.put(run.folder.path + "\n")
}

/// What an interrupted run says at its end.
private func lastWords(_ interruption: RunInterrupted) -> String {
    let folder = interruption.folder.path
    return "\(interruption)\(interruption.canBeResumed ? ". Go on with: finetune --resume \(folder)" : "")"
}
