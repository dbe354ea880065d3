import Recipes

/// The options by which commands take a recipe.
enum RecipeOptions {
    static let recipe = Option.path("--recipe", "RECIPE.yaml", "the recipe")
    static let set = Option.text("--set", "KEY=VALUE", "override a value, such as stages.0.epochs=1").repeated
    static let output = Option.path("--output", "DIR", "the folder for run folders (default: the recipe's)")

    /// The recipe at `path` with the overrides of the command line.
    static func recipe(at path: String, _ arguments: Arguments) throws -> Recipe {
        var recipe = try Recipe.read(path, overrides: arguments.all(set))
        if let folder = arguments[output] { recipe.output = folder }
        return recipe
    }
}
