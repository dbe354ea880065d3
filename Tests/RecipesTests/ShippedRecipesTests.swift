import Foundation
import Recipes
import TestSupport
import Testing

@Suite struct ShippedRecipesTests {
    @Test func everyShippedRecipeDecodes() throws {
        let folder = "\(packageRoot)/Recipes"
        let names = (FileManager.default.enumerator(atPath: folder)?.allObjects ?? []).compactMap { $0 as? String }
        let recipes = names.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
        #expect(recipes.count >= 3)
        for name in recipes {
            let recipe = try Recipe.read("\(folder)/\(name)")
            #expect(try Recipe.parse(recipe.yaml, path: "again.yaml") == recipe)
            #expect(name.hasSuffix("\(recipe.name).yaml"))
        }
    }
}
