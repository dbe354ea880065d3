import Testing

@Suite struct CatalogueCommandTests {
    @Test func listNamesWhatRecipesMayUse() throws {
        let outcome = try Tool.run("list")
        #expect(outcome.exitCode == 0)
        #expect(outcome.words.isEmpty)
        for title in ["Architectures", "Weights", "Augmentations", "Optimisers", "Schedules"] {
            #expect("\n\(outcome.output)".contains("\n\(title)\n"))
        }
        for name in ["resnet152", "vgg19_bn", "random_resized_crop", "adamw", "one_cycle"] {
            #expect(outcome.output.contains("\n  \(name)"))
        }
        #expect(outcome.output.contains("138,357,544 parameters"), "VGG-16 as published")
    }

    @Test func summaryPrintsLayersAndTotals() throws {
        let outcome = try Tool.run(
            "summary", "resnet20", "--batch", "4", "--classes", "10", "--train", "layer3", "--train", "head")
        #expect(outcome.exitCode == 0)
        #expect(outcome.output.contains("resnet20 for images of 32×32"))
        #expect(outcome.output.contains("269,722: "))
        let all = try Tool.run("summary", "resnet20", "--classes", "10")
        #expect(all.output.contains("269,722: 269,722 trainable, 0 frozen"))
    }

    @Test(arguments: [
        (["summary"], "ARCHITECTURE is missing"),
        (["summary", "resnet51"], "unknown architecture `resnet51`; did you mean `resnet50`?"),
        (["summary", "resnet18", "vgg11"], "unexpected argument `vgg11`"),
        (
            ["summary", "vgg11", "--train", "layer1"],
            "unknown stage `layer1`; there are: all, block1, block2, block3, block4, block5, head"
        ),
    ])
    func mistakesAreNamed(arguments: [String], message: String) throws {
        let outcome = try Tool.start(arguments).outcome()
        #expect(outcome.exitCode == 2)
        #expect(outcome.words == "error: \(message)\nhelp: finetune summary --help\n")
    }
}
