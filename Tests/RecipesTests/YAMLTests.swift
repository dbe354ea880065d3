import Recipes
import Testing

/// What reading `text` as a recipe complains about.
func complaint(_ text: String, overrides: [String] = []) -> String {
    do {
        _ = try Recipe.parse(text, path: "R.yaml", overrides: overrides)
        return "(none)"
    } catch {
        return "\(error)"
    }
}

@Suite struct YAMLTests {
    @Test func tabsAreNamed() {
        #expect(
            complaint("name: a\nmodel:\n\tarchitecture: resnet18\n")
                == "R.yaml:3:1: a tab indents this line; YAML wants spaces")
        #expect(
            complaint("model:\n  architecture: resnet18\n  \tweights: none\n").hasPrefix(
                "R.yaml:3:3: a tab indents this line"))
    }

    @Test func badIndentationHasItsPlace() {
        #expect(
            complaint("model:\n  architecture: resnet18\n weights: none\n")
                == "R.yaml:3:2: did not find expected key while parsing a block mapping (begun in line 1)")
    }

    @Test func unfinishedBracketsHaveTheirPlace() {
        #expect(
            complaint("stages: [{name: head, train: [head]\nseed: 1\n").hasPrefix(
                "R.yaml:2:1: did not find expected ',' or '}'"))
    }

    @Test func emptyTextIsNamed() {
        #expect(complaint("") == "R.yaml:1:1: there is nothing in it")
        #expect(complaint("~") == "R.yaml:1:1: there is nothing in it")
        #expect(complaint("# nothing\n") == "R.yaml:2:1: there is nothing in it")
    }

    @Test func otherShapesAreNoRecipe() {
        #expect(
            complaint("- a\n- b\n") == "R.yaml:1:1: a recipe: expected a map, found a list")
    }

    @Test func repeatedKeysAreReportedOnce() {
        let text = valid.replacing("seed: 7", with: "seed: 7\nseed: 8")
        #expect(complaint(text) == "R.yaml:9:1: the key `seed` is here a second time; the first is at R.yaml:8:1")
    }

    @Test func severalDocumentsAreRefused() {
        #expect(complaint(valid + "---\nname: b\n").contains("a second document begins here"))
    }

    @Test func aliasBombsAreRefusedWithoutExpandingThem() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for i in 1...9 {
            text += "a\(i): &a\(i) [\(Array(repeating: "*a\(i - 1)", count: 9).joined(separator: ", "))]\n"
        }
        let clock = ContinuousClock()
        var message = ""
        let seconds = clock.measure { message = complaint(text) }
        #expect(message.contains("R.yaml:1:5: anchors and aliases (& and *) are not allowed; repeat the value"))
        #expect(message.hasSuffix("more"))
        #expect(seconds < .seconds(2))
    }

    @Test func tagsAreRefused() {
        #expect(
            complaint(valid.replacing("seed: 7", with: "seed: !!int 7"))
                == "R.yaml:8:7: tags (!) are not allowed; write the plain value")
    }

    @Test func nestingIsBounded() {
        #expect(
            complaint("name: " + String(repeating: "[", count: 5000))
                == "R.yaml:1:39: lists and maps are nested more than 32 deep")
    }

    @Test func sizeIsBounded() {
        #expect(complaint("#" + String(repeating: "x", count: 1 << 20)).contains("at most 1048576 bytes"))
        #expect(complaint("augment: [" + String(repeating: "1,", count: 30_000) + "]").contains("at most 20000 values"))
    }

    @Test func controlCharactersHaveTheirPlace() {
        #expect(complaint("name: a\nseed: \u{1}\n") == "R.yaml:2:7: control characters are not allowed")
    }

    @Test func keysMustBeWords() {
        #expect(complaint(valid + "[a]: 1\n") == "R.yaml:9:1: a key must be a word, found a list")
    }
}
