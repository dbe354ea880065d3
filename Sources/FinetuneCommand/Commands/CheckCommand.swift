import Files
import Recipes

let checkCommand = Command(
    name: "check", summary: "Validate recipe, data and weights; train nothing",
    discussion: """
        Prints what a run would do: classes and their images, stages, trained parameters and steps. Weights that are not here
        are not fetched, but it tells where the run would get them.
        """,
    options: [RecipeOptions.recipe.required.declaration, RecipeOptions.set.declaration] + FetchOptions.declarations
) { arguments in
    var prepared = try PreparedRun(
        try RecipeOptions.recipe(at: arguments.value(RecipeOptions.recipe), arguments),
        FetchOptions.fetcher(arguments), isRehearsal: !arguments.has(FetchOptions.offline))
    try prepared.checkPlaces()
    try prepared.survey { _ in !Cancellation.isRequested }
    try Console.put(prepared.outline.map { $0.legible + "\n" }.joined())
}
