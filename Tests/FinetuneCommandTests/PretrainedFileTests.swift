import Foundation
import Networks
import TestSupport
import Testing

/// Commands on pretrained files as they came.
@Suite struct PretrainedFileTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try smallData() }

    /// Writes the state dict of a ResNet-20 with three classes.
    private func write(_ name: String, _ change: (inout StateDict) -> Void) throws {
        var dict = StateDict(classCount: 3)
        change(&dict)
        try dict.write(to: folder.file(name))
    }

    private func run(_ command: String, _ arguments: String...) throws -> Tool.Outcome {
        let common = ["--architecture", "resnet20", "--image-size", "16"]
        return try Tool.start(command.split(separator: " ").map(String.init) + arguments + common, in: folder.path)
            .outcome()
    }

    @Test(arguments: [
        "predict data/test", "evaluate --data data/test --output report", "explain data/test/red/0.png",
        "explain data/test/red/0.png --method occlusion", "probe --data data/train --layer logits",
        "features --data data/test --output f.csv --layer logits",
        "features --data data/test --output f.csv --layer head",
        "features --data data/test --output f.csv --layer pool --layer head.linear",
    ])
    func noCommandAnswersFromANewHead(_ command: String) throws {
        try write("w.h5") { $0.rename { $0.replacing("linear.", with: "own_classes.") } }
        let outcome = try run(command, "--weights", "w.h5")
        #expect(outcome.exitCode == 3)
        #expect(outcome.output.isEmpty)
        #expect(
            outcome.words.contains("w.h5: holds no classifier under a name that is known; `own_classes.weight` (3×64)"),
            "\(outcome.words)")
        #expect(!FileManager.default.fileExists(atPath: folder.file("f.csv")))
        let mended = try run(command, "--weights", "w.h5", "--name-map", "own_classes=head.linear")
        #expect(mended.exitCode == 0, "\(mended.words)")
    }

    @Test(arguments: [
        "features --data data/test --output f.csv", "features --data data/test --output f.csv --layer layer3",
        "probe --data data/train", "visualize --filters --output f.png",
        "visualize --image data/test/red/0.png --layer layer1 --output f.png",
        "visualize --image data/test/red/0.png --nearest data/test --output f.png",
    ])
    func theTrunkNeedsNoHead(_ command: String) throws {
        try write("w.h5") { dict in
            for key in ["linear.weight", "linear.bias"] { dict.tensors[key] = nil }
        }
        let outcome = try run(command, "--weights", "w.h5")
        #expect(outcome.exitCode == 0, "\(outcome.words)")
        #expect(outcome.words.contains("the head is new"))
    }

    @Test func whatPeopleSayOfAFileIsUsed() throws {
        try write("w.h5") { _ in }
        try write("wrapped.h5") { $0.rename { "module.encoder_q.\($0)" } }
        let plain = try run("predict data/test", "--weights", "w.h5")
        #expect(plain.exitCode == 0, "\(plain.words)")
        let unknown = try run("predict data/test", "--weights", "wrapped.h5")
        #expect(unknown.exitCode == 3 && unknown.words.contains("--name-map encoder_q= of a command"))
        let unwrapped = try run("predict data/test", "--weights", "wrapped.h5", "--name-map", "encoder_q=")
        #expect(unwrapped.exitCode == 0 && unwrapped.output == plain.output, "\(unwrapped.words)")
        let other = try run("predict data/test", "--weights", "w.h5", "--epsilon", "0.5")
        #expect(other.exitCode == 0 && other.output != plain.output)
    }

    @Test(arguments: [
        (["--name-map", "x"], "--name-map: expected two names, FROM=TO, found `x`"),
        (["--name-map", "a=b", "--name-map", "a=c"], "--name-map: `a` is mapped twice"),
        (["--epsilon", "-1"], "--epsilon: expected a number from 1e-12 to 1.0, found `-1`"),
        (["--form", "detectron"], "--form: unknown value `detectron`"),
    ])
    func mistakesAreNamed(_ arguments: [String], _ message: String) throws {
        try write("w.h5") { _ in }
        let outcome = try Tool.start(["predict", "data/test", "--weights", "w.h5"] + arguments, in: folder.path)
            .outcome()
        #expect(outcome.exitCode == 2)
        #expect(outcome.words.contains(message), "\(outcome.words)")
    }

    @Test(arguments: ["--form", "--epsilon", "--name-map"])
    func aModelOfOursKnowsItsOwn(_ option: String) throws {
        let value = ["--form": "v1.5", "--epsilon": "1e-3", "--name-map": "a=b"][option] ?? ""
        let outcome = try Tool.run("predict", "x.png", "--model", "run", option, value, in: folder.path)
        #expect(outcome.exitCode == 2 && outcome.words.contains("\(option) belongs to --weights"))
    }

    @Test func aRecipeTakesAFileUnderAPrefixAndWithItsEpsilon() throws {
        try write("wrapped.h5") { $0.rename { "module.encoder_q.\($0)" } }
        let recipe = """
            model:
              architecture: resnet20
              weights: wrapped.h5
              name_map: {encoder_q: ''}
              batch_norm_epsilon: 0.25
            data: {train: data/train, validation: 0.25, test: data/test, image_size: 16}
            stages: [{train: [head], epochs: 1, lr: 1e-2}]
            precision: f32
            probe: false
            name: wrapped

            """
        try Data(recipe.utf8).write(to: URL(fileURLWithPath: folder.file("wrapped.yaml")))
        let outcome = try Tool.run("--recipe", "wrapped.yaml", in: folder.path)
        #expect(outcome.exitCode == 0, "\(outcome.words)")
        let written = try String(contentsOfFile: folder.file("runs/wrapped-1/recipe.yaml"), encoding: .utf8)
        #expect(written.contains("batch_norm_epsilon: 0.25") && written.contains("encoder_q: \"\""), "\(written)")
        // The model knows its epsilon: its features are those of the file with it, not those without.
        func features(_ arguments: [String]) throws -> [Substring] {
            let outcome = try Tool.start(
                ["features", "--data", "data/test", "--output", "f.csv", "--precision", "f32", "--image-size", "16"]
                    + arguments, in: folder.path
            ).outcome()
            #expect(outcome.exitCode == 0, "\(outcome.words)")
            return try String(contentsOfFile: folder.file("f.csv"), encoding: .utf8).split(separator: "\n")
        }
        let file = ["--weights", "wrapped.h5", "--name-map", "encoder_q="]
        let trained = try features(["--model", "runs/wrapped-1"])
        let told = try features(file + ["--epsilon", "0.25"])
        let published = try features(file)
        #expect(trained == told && trained != published)
    }
}
