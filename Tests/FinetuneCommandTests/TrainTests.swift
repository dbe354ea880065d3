import Foundation
import TestSupport
import Testing

@Suite struct TrainTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try smallData() }

    private func text(_ name: String) throws -> String {
        try String(contentsOfFile: folder.file(name), encoding: .utf8)
    }

    @Test func oneCommandMakesARunAndNamesItsFolder() throws {
        let outcome = try Tool.run("--recipe", "small.yaml", "--set", "stages.1.epochs=1", in: folder.path)
        #expect(outcome.exitCode == 0, "\(outcome.words)")
        #expect(outcome.output == "runs/small-1\n")
        #expect(outcome.words.contains("\nepoch 2/2 all: loss "))
        #expect(outcome.words.hasSuffix("\nreport runs/small-1/report.html\n"))
        #expect(!outcome.words.contains("\u{1B}"), "no terminal, no control characters")
        #expect(
            try text("runs/small-1/metrics.csv").hasPrefix(
                "epoch,stage,train_loss,train_accuracy,val_loss,val_accuracy,val_macro_f1,lr,seconds\n1,head,"))
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(try text("runs/small-1/report.json").utf8)) as? [String: Any])
        for key in ["accuracy", "macro_f1", "classes", "per_class", "confusion_matrix", "images", "seconds"] {
            #expect(report[key] != nil, "\(key)")
        }
        let again = try Tool.run(
            "train", "--recipe", "runs/small-1/recipe.yaml", "--output", "elsewhere", in: folder.path)
        #expect(again.output == "elsewhere/small-1\n")
        #expect(
            try text("elsewhere/small-1/recipe.yaml")
                == text("runs/small-1/recipe.yaml").replacing("output: runs", with: "output: elsewhere"))
    }

    @Test func pretrainedNetworksAreProbedBeforehand() throws {
        let first = try Tool.run("--recipe", "small.yaml", in: folder.path)
        #expect(first.exitCode == 0 && !first.words.contains("before training"), "\(first.words)")
        try FileManager.default.copyItem(atPath: folder.file("runs/small-1/model.h5"), toPath: folder.file("known.h5"))
        func report(_ arguments: String..., number: Int) throws -> (words: String, hasBaselines: Bool) {
            let outcome = try Tool.start(
                ["--recipe", "small.yaml", "--set", "model.weights=known.h5"] + arguments, in: folder.path
            ).outcome()
            #expect(outcome.exitCode == 0, "\(outcome.words)")
            return (outcome.words, try text("runs/small-\(number)/report.json").contains("\"baselines\""))
        }
        let probed = try report(number: 2)
        #expect(probed.words.contains("\nbefore training: always the most frequent class 0.3333, "))
        #expect(probed.hasBaselines)
        let switchedOff = try report("--set", "probe=false", number: 3)
        #expect(!switchedOff.words.contains("before training") && !switchedOff.hasBaselines)
    }

    @Test func controlCSavesTheStateAndResumeGoesOn() throws {
        let running = try Tool.start(
            ["--recipe", "small.yaml", "--set", "stages.1.epochs=100000"], in: folder.path)
        running.wait(for: "epoch 2/")
        running.interrupt()
        let outcome = running.outcome()
        #expect(outcome.exitCode == 130)
        #expect(outcome.output.isEmpty)
        #expect(
            outcome.words.hasSuffix("\ninterrupted; the state is saved. Go on with: finetune --resume runs/small-1\n"))

        // Another number of epochs is another run, and none that can be gone on with.
        let other = try Tool.run(
            "--resume", "runs/small-1", "--set", "stages.1.epochs=100", in: folder.path)
        #expect(other.exitCode == 2)
        #expect(other.words.contains("stages.1.epochs: 100000 then, 100 now"))

        let resumed = try Tool.start(["--resume", "runs/small-1"], in: folder.path)
        resumed.wait(for: " done before\n")
        resumed.interrupt()
        let end = resumed.outcome()
        #expect(end.exitCode == 130)
        #expect(end.words.contains("going on with runs/small-1\n"))
        #expect(!end.words.contains("epoch 1/"))
        #expect(try text("runs/small-1/recipe.yaml").contains("epochs: 100000"), "the recipe stays as it was")
    }

    @Test func aRunBelongsToOneProcessUntilItEnds() throws {
        let running = try Tool.start(
            ["--recipe", "small.yaml", "--set", "stages.1.epochs=100000"], in: folder.path)
        running.wait(for: "epoch 2/")
        let other = try Tool.run("--resume", "runs/small-1", in: folder.path)
        #expect(other.exitCode == 1)
        #expect(
            other.words == "error: runs/small-1: process \(running.identifier) is at work in this run: "
                + "wait for its end, or interrupt it\n")
        running.kill()
        _ = running.outcome()
        try Data("half".utf8).write(to: URL(fileURLWithPath: folder.file("runs/small-1/model.h5.unfinished")))

        let resumed = try Tool.start(["--resume", "runs/small-1"], in: folder.path)
        resumed.wait(for: " done before\n")
        #expect(!FileManager.default.fileExists(atPath: folder.file("runs/small-1/model.h5.unfinished")))
        resumed.interrupt()
        #expect(resumed.outcome().exitCode == 130)
    }

    @Test func aRunKilledBeforeItSavedAnythingBeginsAnew() throws {
        let running = try Tool.start(["--recipe", "small.yaml"], in: folder.path)
        let recipe = folder.file("runs/small-1/recipe.yaml")
        while running.isRunning, !FileManager.default.fileExists(atPath: recipe) { usleep(1000) }
        running.kill()
        _ = running.outcome()
        try? FileManager.default.removeItem(atPath: folder.file("runs/small-1/checkpoint.h5"))
        let resumed = try Tool.run("--resume", "runs/small-1", in: folder.path)
        #expect(resumed.exitCode == 0, "\(resumed.words)")
        #expect(resumed.words.contains("nothing was saved before it ended: it begins anew\n"))
        #expect(resumed.words.contains("\nepoch 1/3 head: "))
        // What is finished is not begun again.
        try FileManager.default.removeItem(atPath: folder.file("runs/small-1/checkpoint.h5"))
        let finished = try Tool.run("--resume", "runs/small-1", in: folder.path)
        #expect(finished.exitCode == 2)
        #expect(finished.words == "error: runs/small-1: cannot be resumed: it has no checkpoint.h5\n")
    }

    @Test(arguments: ["output=/dev/null", "cache={disk: 1GiB, directory: small.yaml/x}"])
    func checkFindsPlacesThatCannotBe(setting: String) throws {
        let outcome = try Tool.run("check", "--recipe", "small.yaml", "--set", setting, in: folder.path)
        #expect(outcome.exitCode == 2 && outcome.output.isEmpty)
        #expect(outcome.words.contains("this folder cannot be made: Not a directory"), "\(outcome.words)")
    }

    @Test func mistakesHaveTheirExitCodes() throws {
        for (arguments, code, words) in [
            (["--recipe", "none.yaml"], 2, "error: none.yaml: there is no such file\n"),
            (["--set", "seed=1"], 2, "error: --recipe RECIPE.yaml is missing\nhelp: finetune train --help\n"),
            (["--resume", "data"], 2, "error: data: cannot be resumed: it has no recipe.yaml\n"),
            (
                ["--recipe", "small.yaml", "--set", "sead=1"], 2,
                "error: --set sead=1: unknown key `sead`; did you mean `seed`?\n"
            ),
            (
                ["--recipe", "small.yaml", "--set", "model.weights=no.h5"], 3,
                "error: there is no weight file no.h5, nor has the catalogue an entry of this name\n"
            ),
            (
                ["--recipe", "small.yaml", "--output", "small.yaml/x"], 2,
                "error: small.yaml/x: this folder cannot be made: Not a directory; choose another with --output\n"
            ),
            (
                ["--recipe", "small.yaml", "--output", "/proc/x"], 1,
                "error: /proc/x: this folder cannot be made: No such file or directory; choose another with --output\n"
            ),
        ] as [([String], Int32, String)] {
            let outcome = try Tool.start(arguments, in: folder.path).outcome()
            #expect(outcome.exitCode == code)
            #expect(outcome.words == words)
            #expect(outcome.output.isEmpty)
        }
        let missing = try Tool.run("--recipe", "small.yaml", "--set", "data.train=nowhere", in: folder.path)
        #expect(missing.exitCode == 3)
        #expect(missing.words.hasPrefix("error: nowhere: "))
        #expect(!FileManager.default.fileExists(atPath: folder.file("runs")), "no folder for runs that never began")
    }
}

@Suite struct CheckTests {
    @Test func checkPrintsThePlanAndTrainsNothing() throws {
        let folder = try smallData()
        let outcome = try Tool.run("check", "--recipe", "small.yaml", in: folder.path)
        #expect(outcome.exitCode == 0)
        #expect(outcome.words.isEmpty)
        #expect(outcome.output.contains("\nclass  train  validation  test\nblue       6           2     4\n"))
        #expect(outcome.output.hasSuffix("\n3 epochs, 9 steps of 8 images\n"))
        #expect(!FileManager.default.fileExists(atPath: folder.file("runs")))
    }

    @Test func allProblemsOfARecipeAreTold() throws {
        let folder = try smallData()
        try Data("model: {architecture: resnet21, weights: none}\ndata: {tran: x}\nstages:\n\t- x\n".utf8)
            .write(to: URL(fileURLWithPath: folder.file("tabs.yaml")))
        let tabs = try Tool.run("check", "--recipe", "tabs.yaml", in: folder.path)
        #expect(tabs.exitCode == 2)
        #expect(tabs.words == "error: tabs.yaml:4:1: a tab indents this line; YAML wants spaces\n")

        let two = try Tool.run(
            "check", "--recipe", "small.yaml", "--set", "seed=x", "--set", "batch_size=0", in: folder.path)
        #expect(two.exitCode == 2)
        #expect(
            two.words == """
                error: 2 problems in the recipe
                --set batch_size=0: batch_size: expected a whole number from 1 to 4096, found 0
                --set seed=x: seed: expected a whole number of at least 0, found the text "x"

                """)
    }
}
