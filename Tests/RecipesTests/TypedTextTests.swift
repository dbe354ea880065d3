import Files
import Foundation
import Recipes
import TestSupport
import Testing

/// Recipes as people type them, on whatever keyboard and in whatever editor: read as meant, or named with their place.
@Suite struct TypedTextTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func write(_ bytes: some Collection<UInt8>) throws -> String {
        let path = folder.file("R.yaml")
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func fileComplaint(_ bytes: some Collection<UInt8>) throws -> String {
        let path = try write(bytes)
        do {
            _ = try Recipe.read(path)
            return "(none)"
        } catch {
            return "\(error)".replacing(folder.path + "/", with: "")
        }
    }

    // MARK: - Files

    private static func utf16(_ text: String, bigEndian: Bool) -> [UInt8] {
        ("\u{FEFF}" + text).utf16.flatMap {
            bigEndian ? [UInt8($0 >> 8), UInt8($0 & 255)] : [UInt8($0 & 255), UInt8($0 >> 8)]
        }
    }

    @Test(arguments: [
        Array("\u{FEFF}\(valid)".utf8),
        Array(valid.replacing("\n", with: "\r\n").utf8),
        Array(("\u{FEFF}" + valid.replacing("\n", with: "\r\n")).utf8),
        Array(valid.replacing("\n", with: "\r").utf8),
        utf16(valid, bigEndian: false),
        utf16(valid.replacing("\n", with: "\r\n"), bigEndian: true),
        Array(valid.replacing("\n", with: "   \n").utf8),
        Array(("# Käse – “quotes” and\u{A0}blanks in a comment\n" + valid).utf8),
        Array(String(valid.dropLast()).utf8),
        Array(valid.replacing("name: scenes", with: "name:\tscenes\t").utf8),
        Array("---\n\(valid)...\n".utf8),
    ])
    func everyEditorsFilesAreRead(_ bytes: [UInt8]) throws {
        let recipe = try Recipe.read(write(bytes))
        let expected = try Recipe.parse(valid, path: "R.yaml")
        #expect(recipe == expected)
    }

    @Test func filesThatAreNotUTF8AreNamedWithTheirPlace() throws {
        #expect(
            try fileComplaint(Array("name: a\ndata: {train: K".utf8) + [0xE4] + Array("se}\n".utf8))
                == "R.yaml:2:16: the byte E4 (`ä` in Latin-1) is not UTF-8; save the file as UTF-8")
        #expect(
            try fileComplaint(Array("a\r\nb\rü: ".utf8) + [0x93])
                == "R.yaml:3:4: the byte 93 is not UTF-8; save the file as UTF-8")
        #expect(
            try fileComplaint(Array("ab".utf8) + [0xC3])
                == "R.yaml:1:3: the byte C3 (`Ã` in Latin-1) is not UTF-8; save the file as UTF-8")
        #expect(try fileComplaint([0xFF, 0xFE, 0x41]).contains("begins like UTF-16 and is none; save it as UTF-8"))
        #expect(try fileComplaint([0xFF, 0xFE, 0, 0, 0x41, 0, 0, 0]).contains("begins like UTF-16 and is none"))
        #expect(try fileComplaint([0x41, 0, 0x42, 0]).contains("is no text, or UTF-16; save it as UTF-8"))
    }

    @Test func whatIsNoFileIsNamed() throws {
        #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
        for (path, words) in [
            (folder.file("pipe"), "is a pipe"), (folder.path, "is a folder"), ("/dev/null", "is a device"),
            (folder.file("none"), "there is no such file"),
        ] {
            let error = #expect(throws: RecipeFileError.self) { try Recipe.read(path) }
            #expect(error?.reason.contains(words) == true, "\(String(describing: error))")
            #expect(error?.kind == .usage)
        }
    }

    // MARK: - Characters that look like others

    /// A replaced piece of the valid recipe, and all that is said about it.
    @Test(arguments: [
        (
            "seed: 7", "\u{A0}seed: 7",
            "R.yaml:8:1: a no-break space (U+00A0) indents this line; YAML wants ordinary spaces"
        ),
        (
            "  - {name: head", " \u{3000}- {name: head",
            "R.yaml:5:2: an ideographic space (U+3000) indents this line; YAML wants ordinary spaces"
        ),
        (
            "seed: 7", "seed: \u{A0}7",
            "R.yaml:8:7: here is a no-break space (U+00A0); write an ordinary space\nR.yaml:8:7: seed: expected a whole number of at least 0, found the text \"\u{A0}7\"; in it is a no-break space (U+00A0)"
        ),
        ("data/train}", "data/train\u{A0}}", "R.yaml:3:25: here is a no-break space (U+00A0); remove it"),
        (
            "data/train}", "“data/train”}",
            "R.yaml:3:15: a left double quotation mark (U+201C) is no quote in YAML; write \" or '"
        ),
        (
            "data/train}", "‘data/train’}",
            "R.yaml:3:15: a left single quotation mark (U+2018) is no quote in YAML; write \" or '"
        ),
        (
            "data/train}", "«data/train»}",
            "R.yaml:3:15: a left-pointing double angle quotation mark (U+00AB) is no quote in YAML; write \" or '"
        ),
        (
            "lr: 1e-3}", "lr: 1e–3}",
            "R.yaml:5:48: stages.0.lr: expected a number from 1e-12 to 100, or one for each trained stage, found the text \"1e–3\"; in it is an en dash (U+2013)"
        ),
        (
            "seed: 7", "seed: ７",
            "R.yaml:8:7: seed: expected a whole number of at least 0, found the text \"７\"; in it is a fullwidth digit seven (U+FF17)"
        ),
        (
            "seed: 7", "seed: 1,000",
            "R.yaml:8:7: seed: expected a whole number of at least 0, found the text \"1,000\"\(numbers)"
        ),
        (
            "seed: 7", "seed: 1 000",
            "R.yaml:8:7: seed: expected a whole number of at least 0, found the text \"1 000\"\(numbers)"
        ),
        (
            "seed: 7", "seed: 1'000",
            "R.yaml:8:7: seed: expected a whole number of at least 0, found the text \"1'000\"\(numbers)"
        ),
        (
            "weight_decay: 0.01}", "weight_decay: 0}\nhead:\n  dropout: 0,5",
            "R.yaml:9:12: head.dropout: expected a number from 0 to 0.99, found the text \"0,5\"\(numbers)"
        ),
        (
            "weight_decay: 0.01}", "weight_decay: 0}\nhead:\n  dropout: 50%",
            "R.yaml:9:12: head.dropout: expected a number from 0 to 0.99, found the text \"50%\"; write a tenth as 0.1, not as 10%"
        ),
        (
            "weight_decay: 0.01", "weight_decay: 0,01",
            "R.yaml:7:42: a comma parts values; write a decimal point in a number, as in 0.001\nR.yaml:7:42: unknown key `01` in optimizer"
        ),
        (
            "data/train}", "'C:\\data\\train'}",
            "R.yaml:3:15: data.train: expected a folder with one folder for each class, or a table, found the text \"C:\\data\\train\"; that is a path on Windows: here paths begin with `/`, and in WSL with `/mnt/c/` for `C:\\`"
        ),
        (
            "data/train}", "data\\train}",
            "R.yaml:3:15: data.train: expected a folder with one folder for each class, or a table, found the text \"data\\train\"; folders are parted by `/`, not by `\\`"
        ),
        (
            "data/train}", "\"data\\train\"}",
            "R.yaml:3:15: data.train: expected a folder with one folder for each class, or a table, found the text \"data\\train\"; a backslash in double quotes begins a control character: part folders by `/`"
        ),
        (
            "data/train}", "\"data\\photos\"}",
            "R.yaml:3:20: found unknown escape character while parsing a quoted scalar; in single quotes a backslash is a backslash"
        ),
        (
            "data/train}", "no}",
            "R.yaml:3:15: data.train: expected a folder with one folder for each class, or a table, found no; a folder of this name is written `./no`"
        ),
        (
            "data/train}", "a, validation: off}",
            "R.yaml:3:30: data.validation: expected a fraction between 0 and 1, a folder or table, or none, found off; a folder of this name is written `./off`"
        ),
        ("data/train}", "a, validation: 0;1}", "(none)"),
        (
            "data/train}", "a, validation: 10%}",
            "R.yaml:3:30: data.validation: expected a fraction between 0 and 1, a folder or table, or none, found the text \"10%\"; write a tenth as 0.1, not as 10%"
        ),
        (
            "data/train}", "a, validation: None}",
            "R.yaml:3:30: data.validation: expected a fraction between 0 and 1, a folder or table, or none, found the text \"None\""
        ),
        (
            "weight_decay: 0.01", "weight_decay:\u{A0}0.01",
            "R.yaml:7:26: unknown key `weight_decay:\u{A0}0.01` in optimizer; in it is a no-break space (U+00A0)"
        ),
        (
            "name: scenes", "name: scenes\nname: scenes",
            "R.yaml:2:1: the key `name` is here a second time; the first is at R.yaml:1:1"
        ),
        (
            "seed: 7", "seed：7",
            "R.yaml:9:1: could not find expected ':' while scanning a simple key (begun in line 8); in line 8, column 5, is a fullwidth colon (U+FF1A)"
        ),
    ])
    func lookAlikesAreNamed(old: String, new: String, message: String) {
        #expect(valid.contains(old))
        let said = complaint(valid.replacing(old, with: new))
        let lines = said.split(separator: "\n").drop { $0.hasSuffix("problems in the recipe") }
        let expected = message.split(separator: "\n")
        #expect(lines.count == expected.count && zip(lines, expected).allSatisfy { $0.hasPrefix($1) }, "\(said)")
    }

    private static let numbers =
        "; numbers have a decimal point, as in 0.001, and nothing between thousands, as in 10000"

    @Test(arguments: [
        ("probe: yes", true), ("probe: on", true), ("probe: TRUE", true), ("probe: no", false), ("probe: Off", false),
        ("probe: false  ", false),
    ])
    func truthHasManyWords(line: String, expected: Bool) throws {
        #expect(try Recipe.parse(valid + line + "\n", path: "R.yaml").probe == expected)
    }

    @Test(arguments: [
        ("1e-3", 1e-3), ("1e-3 ", 1e-3), ("1E-3", 1e-3), (".001", 1e-3), ("+1.0e-03", 1e-3), ("0.001 # small", 1e-3),
        ("0.000_1", 1e-4),
    ])
    func numbersAreReadAsMeant(text: String, expected: Double) throws {
        let recipe = try Recipe.parse(valid.replacing("lr: 1e-3}", with: "lr: \(text)\n    }"), path: "R.yaml")
        #expect(recipe.stages[0].learningRates["head"] == expected)
    }

    @Test func quotedNamesAreTakenAsTheyAre() throws {
        for name in ["“d”", " d ", "d\u{A0}", "d #2", "d: e", "yes", "d\\", "d\u{202F}e", "-", "~", "~/"] {
            let quoted = name.replacing("\\", with: "\\\\")
            try FileManager.default.createDirectory(
                atPath: folder.file(name == "d\\" ? name : "x"), withIntermediateDirectories: true)
            let path = name == "d\\" ? folder.file(quoted) : quoted
            let recipe = try Recipe.parse(valid.replacing("data/train}", with: "\"\(path)\"}"), path: "R.yaml")
            #expect(recipe.data.train.hasSuffix(name.expandingHome), "\(recipe.data.train)")
            let again = try Recipe.parse(recipe.yaml, path: "R.yaml")
            #expect(again == recipe)
        }
    }

    // MARK: - Home

    @Test func theHomeFolderIsResolved() throws {
        let text = valid.replacing("data/train}", with: "~/train, validation: ~/val, test: '~/test'}")
            .replacing("weights: none", with: "weights: ~/w.h5")
        let home = ProcessInfo.processInfo.environment["HOME"] ?? NSHomeDirectory()
        let recipe = try Recipe.parse(
            text + "output: ~/runs\n", path: "R.yaml", overrides: ["cache={disk: 1GiB, directory: ~/c}"])
        #expect(recipe.data.train == home + "/train")
        #expect(recipe.data.validation == .source(home + "/val"))
        #expect(recipe.data.test == home + "/test")
        #expect(recipe.output == home + "/runs")
        #expect(recipe.cache.disk?.directory == home + "/c")
        #expect(recipe.model.weights == .named(home + "/w.h5"))
        #expect(try Recipe.parse(valid, path: "R.yaml", overrides: ["data.train=~/x y"]).data.train == home + "/x y")
        #expect("~".expandingHome == home && "./~/x".expandingHome == "./~/x" && "~x/y".expandingHome == "~x/y")
    }

    // MARK: - Overrides

    @Test(arguments: [
        ("d/set #2", "d/set #2"), ("d: e", "d: e"), ("a=b", "a=b"), ("- d", "- d"), ("*d", "*d"), ("&d", "&d"),
        ("!d", "!d"),
        ("%d", "%d"), ("@d", "@d"), ("`d`", "`d`"), ("| d", "| d"), ("? d", "? d"), ("'d #2'", "d #2"),
        ("\"d\\x41\"", "dA"),
        (" d ", "d"), ("' d '", " d "), ("'[old] d'", "[old] d"), ("d'e", "d'e"), ("d\"", "d\""), ("#d", "#d"),
        ("1", "1"),
        ("d,e", "d,e"), ("d\u{202F}e", "d\u{202F}e"),
    ])
    func valuesAreTakenWhole(value: String, expected: String) throws {
        #expect(try Recipe.parse(valid, path: "R.yaml", overrides: ["data.train=\(value)"]).data.train == expected)
        #expect(try Recipe.parse(valid, path: "R.yaml", overrides: [" data.train = \(value)"]).data.train == expected)
    }

    @Test func valuesMayBeListsAndMaps() throws {
        let recipe = try Recipe.parse(
            valid, path: "R.yaml",
            overrides: [
                "stages.1.train=[ head , layer4 ]", "stages.1.lr={layer4: 1e-5, head: 1e-4}",
                "cache={memory: 1GiB, disk: 2GiB}",
                "early_stopping={patience: 3}", "head.dropout=.5", "seed=", "batch_size= 16 ",
            ])
        #expect(recipe.stages[1].learningRates == ["layer4": 1e-5, "head": 1e-4])
        #expect(recipe.cache.disk?.budgetBytes == 2 << 30)
        #expect(recipe.earlyStopping?.patience == 3)
        #expect(recipe.dropout == 0.5)
        #expect(recipe.seed == 42)
        #expect(recipe.batchSize == 16)
    }

    @Test(arguments: [
        ("data.train=[old] photos", "--set data.train=[old] photos: did not find expected"),
        (
            "data.train=\"d\" #2",
            "--set data.train=\"d\" #2: something follows the value; a value that begins with \" is YAML"
        ),
        ("data.train=“d”", "--set data.train=“d”: a left double quotation mark (U+201C) is no quote in YAML"),
        (
            "seed=1.000,5",
            "--set seed=1.000,5: seed: expected a whole number of at least 0, found the text \"1.000,5\"; numbers"
        ),
        ("seed", "--set seed: expected key=value"), ("=1", "--set =1: expected key=value"),
        ("seed: 1", "--set seed: 1: expected key=value"),
        ("stages[0].epochs=1", "--set stages[0].epochs=1: unknown key `stages[0]`; did you mean `stages`?"),
        ("data.train=d\u{1B}[2J", "--set data.train=d\\x1b[2J: data.train: expected a folder"),
    ])
    func overridesThatCannotBeMeantAreNamed(override: String, message: String) {
        let said = complaint(valid, overrides: [override])
        #expect(said.hasPrefix(message), "\(said)")
        #expect(!said.contains("\n"))
    }

    // MARK: - Size and time

    @Test func endlessPathsOfOverridesAreRefused() {
        let said = complaint(valid, overrides: [String(repeating: "a.", count: 60_000) + "a=1"])
        #expect(said.contains("…: lists and maps are nested more than 32 deep"), "\(said)")
    }

    /// Each of these has the size of the largest recipe.
    @Test(arguments: [
        (0..<9_900).map { "key_number_\($0)_of_a_recipe_that_nobody_wrote: \($0)" }.joined(separator: "\n"),
        String(repeating: "x", count: 1 << 20),
        "a: \"" + String(repeating: "\\n", count: 500_000),
        String(repeating: "- ", count: 500_000),
        String(repeating: "? ", count: 500_000),
        String(repeating: "{a: ", count: 250_000),
        "a: " + String(repeating: "x ", count: 500_000),
        "a: |\n" + String(repeating: " x\n", count: 300_000),
        String(repeating: "\u{A0}a\n", count: 250_000),
        String(repeating: "#\n", count: 500_000),
        "k" + String(repeating: "x", count: 1000) + ": 1\n" + "k" + String(repeating: "x", count: 1000) + ": 1\n",
    ])
    func timeIsBounded(_ text: String) {
        var said = ""
        let time = ContinuousClock().measure { said = complaint(text) }
        #expect(said != "(none)")
        #expect(said.utf8.count < 200_000)
        #expect(time < .seconds(10), "\(time): \(said.prefix(200))")
    }
}
