import Images
import Recipes
import Testing

@Suite struct AugmentationListTests {
    private func recipe(_ list: String) throws -> Recipe {
        try Recipe.parse(valid + "augment: \(list)\n", path: "R.yaml")
    }

    @Test func wordsTakeTheDefaults() throws {
        let recipe = try recipe("[horizontal_flip, random_crop: {padding: 2}, rotation: {degrees: [-5, 10]}]")
        #expect(
            recipe.augment.map(\.augmentation) == [
                .horizontalFlip(p: 0.5), .randomCrop(padding: 2), .rotation(degrees: -5...10, fill: .black),
            ])
    }

    @Test func everyAugmentationSurvivesARoundTrip() throws {
        let names = AugmentationDescription.all.map(\.name)
        let recipe = try recipe("[\(names.joined(separator: ", "))]")
        #expect(recipe.augment.map(\.name) == names)
        #expect(try Recipe.parse(recipe.yaml, path: "again.yaml") == recipe)
        #expect(recipe.yaml.contains("\n  - {random_resized_crop: {scale: [0.08, 1], ratio: [0.75, 1.3333]}}\n"))
    }

    @Test(arguments: [
        (
            "[horizontal_flp]",
            "R.yaml:9:11: augment.0: unknown augmentation `horizontal_flp`; did you mean `horizontal_flip`?"
        ),
        (
            "[{horizontal_flip: {p: 2}}]",
            "R.yaml:9:33: augment.0.horizontal_flip.p: expected a number in 0...1, found 2"
        ),
        ("[{horizontal_flip: {q: 1}}]", "R.yaml:9:30: unknown key `q` in augment.0.horizontal_flip; there are: p"),
        ("[{horizontal_flip: 0.5}]", "R.yaml:9:29: augment.0.horizontal_flip: expected a map, found 0.5"),
        (
            "[{random_crop: {padding: 1.5}}]",
            "R.yaml:9:35: augment.0.random_crop.padding: expected a whole number in 0...1024, found 1.5"
        ),
        (
            "[{random_resized_crop: {scale: [1, 0.5]}}]",
            "R.yaml:9:41: augment.0.random_resized_crop.scale: expected two numbers [low, high] in 0.0001...1, low ≤ high, found a list"
        ),
        (
            "[{horizontal_flip: {}, vertical_flip: {}}]",
            "R.yaml:9:11: augment.0: expected one augmentation, such as horizontal_flip: {p: 0.5}, found a map of 2"
        ),
        (
            "{horizontal_flip: {}}",
            "R.yaml:9:10: augment: expected a list of augmentations, such as [horizontal_flip: {p: 0.5}], found a map"
        ),
    ])
    func faultsAreNamed(list: String, message: String) {
        #expect(complaint(valid + "augment: \(list)\n") == message)
    }
}
