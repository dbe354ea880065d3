import Foundation
import Networks
import Pretrained
import TestSupport
import Testing

/// The commands that take a model: predict, evaluate, features, inspect.
@Suite struct ModelCommandTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try smallData()
        var model = Model(
            architecture: .resNet20, options: .init(classCount: 3), preprocessing: .torch, imageSize: 16,
            resize: .squash, classNames: ["blue", "green", "red"])
        model.initialize(seed: 1)
        model.metadata["recipe"] = "name: x"
        try FileManager.default.createDirectory(atPath: folder.file("run"), withIntermediateDirectories: true)
        try model.write(to: folder.file("run/model.h5"))
    }

    private func lines(_ name: String) throws -> [Substring] {
        try String(contentsOfFile: folder.file(name), encoding: .utf8).split(separator: "\n")
    }

    @Test func predictNamesImages() throws {
        let outcome = try Tool.run(
            "predict", "data/test/red/0.png", "data/test/blue", "--model", "run", "--output", "p.csv", "--precision",
            "f32", in: folder.path)
        #expect(outcome.exitCode == 0, "\(outcome.words)")
        let rows = outcome.output.split(separator: "\n").map { $0.split(separator: "\t") }
        #expect(rows.count == 5)
        #expect(rows.allSatisfy { $0.count == 3 && ["blue", "green", "red"].contains($0[1]) })
        #expect(rows[0][0] == "data/test/red/0.png")
        #expect(try lines("p.csv").first == "filename,label,predicted,probability,blue,green,red")
        #expect(try lines("p.csv").count == 6)
        #expect(outcome.words.hasPrefix("5 images in "))
    }

    @Test func probeTellsWhatFeaturesAreWorth() throws {
        let outcome = try Tool.run(
            "probe", "--data", "data/train", "--test", "data/test", "--model", "run", "--precision", "f32", "--labels",
            "doubtful.csv", in: folder.path)
        #expect(outcome.exitCode == 0, "\(outcome.words)")
        let rows = outcome.output.split(separator: "\n").map { $0.split(separator: "\t") }
        #expect(rows.count == 3 && rows.allSatisfy { $0.count == 4 })
        #expect(rows[2][0] == "logistic regression")
        #expect(try lines("doubtful.csv").first == "filename,label,label_probability,suggested,suggested_probability")
        let alone = try Tool.run(
            "probe", "--data", "data/train", "--model", "run", "--layer", "layer2", in: folder.path)
        #expect(alone.exitCode == 0 && alone.words.contains("32 features of layer2, judged by cross-validation"))
        let unknown = try Tool.run("probe", "--data", "data/train", "--model", "run", "--layer", "l9", in: folder.path)
        try Data("no picture".utf8).write(to: URL(fileURLWithPath: folder.file("data/test/red/bad.png")))
        let bad = try Tool.run(
            "probe", "--data", "data/train", "--test", "data/test", "--model", "run", in: folder.path)
        #expect(bad.exitCode == 3 && bad.output.contains("logistic regression"), "\(bad.words)")
        #expect(unknown.exitCode == 2 && unknown.words.contains("layer2"))
    }

    @Test func evaluateWritesAReport() throws {
        let outcome = try Tool.run(
            "evaluate", "--data", "data/test", "--model", "run/model.h5", "--output", "new/report", in: folder.path)
        #expect(outcome.exitCode == 0, "\(outcome.words)")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.file("new/report")).sorted()
                == ["confusion_matrix.csv", "predictions.csv", "report.html", "report.json"])
        let page = try String(contentsOfFile: folder.file("new/report/report.html"), encoding: .utf8)
        #expect(page.contains("what the answer was seen in (Grad-CAM)"))
        #expect(outcome.words.contains("\ntest accuracy 0."))
        #expect(try lines("new/report/report.json").contains { $0.contains("\"baselines\"") })
        let plain = try Tool.run(
            "evaluate", "--data", "data/test", "--model", "run/model.h5", "--output", "plain", "--no-probe", "--tta",
            "flip", in: folder.path)
        #expect(plain.exitCode == 0, "\(plain.words)")
        #expect(try !lines("plain/report.json").contains { $0.contains("\"baselines\"") })
        try FileManager.default.moveItem(atPath: folder.file("data/test/red"), toPath: folder.file("data/test/rot"))
        let other = try Tool.run(
            "evaluate", "--data", "data/test", "--model", "run/model.h5", "--output", "other", in: folder.path)
        #expect(other.exitCode == 3)
        #expect(other.words.contains("“red”") && other.words.contains("“rot”"))
    }

    @Test func probabilitiesAreCalibratedUnlessToldOtherwise() throws {
        var model = try Model.read(folder.file("run/model.h5"))
        model.temperature = 0.125
        try model.write(to: folder.file("warm.h5"))
        func rows(_ arguments: String...) throws -> (rows: [[Substring]], words: String) {
            let outcome = try Tool.start(["predict", "data/test"] + arguments, in: folder.path).outcome()
            #expect(outcome.exitCode == 0, "\(outcome.words)")
            return (outcome.output.split(separator: "\n").map { $0.split(separator: "\t") }, outcome.words)
        }
        let plain = try rows("--model", "run")
        let warm = try rows("--model", "warm.h5")
        let switchedOff = try rows("--model", "warm.h5", "--uncalibrated")
        #expect(warm.words.contains("probabilities are calibrated: temperature 0.125\n"))
        #expect(switchedOff.words.contains("probabilities are not calibrated\n"))
        #expect(!plain.words.contains("calibrated"))
        #expect(switchedOff.rows == plain.rows)
        #expect(warm.rows != plain.rows)
        #expect(warm.rows.map { $0.prefix(2) } == plain.rows.map { $0.prefix(2) }, "the classes stay")

        func report(_ arguments: String...) throws -> [String: Any] {
            let outcome = try Tool.start(
                ["evaluate", "--data", "data/test", "--model", "warm.h5", "--output", "r"] + arguments, in: folder.path
            ).outcome()
            #expect(outcome.exitCode == 0, "\(outcome.words)")
            let json = try Data(contentsOf: URL(fileURLWithPath: folder.file("r/report.json")))
            return try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
        }
        let calibrated = try report()
        let uncalibrated = try report("--uncalibrated")
        let before = try #require((calibrated["calibration"] as? [String: Any])?["uncalibrated"] as? [String: Any])
        #expect((calibrated["calibration"] as? [String: Any])?["temperature"] as? Double == 0.125)
        #expect((uncalibrated["calibration"] as? [String: Any])?["temperature"] is NSNull)
        #expect((uncalibrated["model"] as? [String: Any])?["temperature"] as? Double == 0.125)
        #expect(before["log_loss"] as? Double == uncalibrated["log_loss"] as? Double)
        #expect(calibrated["log_loss"] as? Double != uncalibrated["log_loss"] as? Double)
        #expect(calibrated["accuracy"] as? Double == uncalibrated["accuracy"] as? Double)
    }

    @Test func featuresAreATable() throws {
        let outcome = try Tool.run(
            "features", "--data", "data/test", "--model", "run", "--output", "f.csv", in: folder.path)
        #expect(outcome.exitCode == 0, "\(outcome.words)")
        #expect(try lines("f.csv").first?.hasPrefix("filename,label,f0,f1,") == true)
        #expect(try lines("f.csv").count == 13)
        #expect(try lines("f.csv")[1].split(separator: ",").count == 2 + 64)
        #expect(try lines("f.csv")[1].hasPrefix("blue/0.png,blue,"))
        let unknown = try Tool.run(
            "features", "--data", "data/test", "--model", "run", "--output", "g.csv", "--layer", "layer9",
            in: folder.path)
        #expect(unknown.exitCode == 2)
        #expect(unknown.words.contains("resnet20 has no stage or layer layer9"))
        #expect(!FileManager.default.fileExists(atPath: folder.file("g.csv")))
    }

    @Test func inspectTellsTheLayout() throws {
        let outcome = try Tool.run("inspect", "run/model.h5", in: folder.path)
        #expect(outcome.exitCode == 0)
        #expect(outcome.output.contains("architecture   resnet20\n"))
        #expect(outcome.output.contains("\nparameters/stem.conv.weight "))
        try Data("no weights".utf8).write(to: URL(fileURLWithPath: folder.file("x.h5")))
        let text = try Tool.run("inspect", "x.h5", in: folder.path)
        #expect(text.exitCode == 3)
        #expect(text.words.hasPrefix("error: x.h5"))
    }

    @Test(arguments: [
        (["predict", "a.png"], 2, "expected --model RUN-or-FILE, or --weights FILE\nhelp: finetune predict --help"),
        (["predict", "--model", "run"], 2, "IMAGE is missing\nhelp: finetune predict --help"),
        (
            ["predict", "a.png", "--model", "run", "--weights", "x"], 2,
            "--model and --weights exclude each other\nhelp: finetune predict --help"
        ),
        (
            ["predict", "a.png", "--model", "run", "--preprocessing", "raw"], 2,
            "--preprocessing belongs to --weights: a model of ours knows its own\nhelp: finetune predict --help"
        ),
        (
            ["predict", "a.png", "--model", "nothing"], 3,
            "there is no run or model nothing; pretrained weights, a file or a name, belong behind --weights"
        ),
        (
            ["predict", "a.png", "--model", "data"], 3,
            "the folder data has no model.h5: it is no run, or one that never got to it"
        ),
        (
            ["predict", "a.png", "--weights", "nothing.h5"], 3,
            "there is no weight file nothing.h5, nor has the catalogue an entry of this name"
        ),
        (
            ["evaluate", "--data", "data/test", "--model", "run"], 2,
            "--output DIR is missing: the folder for report, predictions and confusion matrix\nhelp: finetune evaluate --help"
        ),
    ])
    func mistakesAreNamed(arguments: [String], code: Int32, message: String) throws {
        let outcome = try Tool.start(arguments, in: folder.path).outcome()
        #expect(outcome.exitCode == code)
        #expect(outcome.words == "error: \(message)\n")
    }

    @Test func unreadableImagesAreNamed() throws {
        try Data("no picture".utf8).write(to: URL(fileURLWithPath: folder.file("x.png")))
        let outcome = try Tool.run("predict", "x.png", "--model", "run", in: folder.path)
        #expect(outcome.exitCode == 3)
        #expect(outcome.words.contains("left out: x.png: "))
        #expect(outcome.words.hasSuffix("error: none of the images can be read\n"))
    }

    @Test func aFullDiskIsNamed() throws {
        let outcome = try Tool.run(
            "features", "--data", "data/test", "--model", "run", "--output", "/dev/full", in: folder.path)
        #expect(outcome.exitCode == 1)
        #expect(outcome.words.contains("error: cannot write /dev/full: No space left on device; "))
    }

    @Test func controlCEndsAPass() throws {
        let running = try Tool.start(
            [
                "features", "--weights", "run/model.h5", "--image-size", "512", "--batch", "1", "--output", "f.csv",
                "--data", "data",
            ], in: folder.path)
        running.wait(for: "resnet20 from ")
        // Before the first row there is nothing to go on with.
        let deadline = ContinuousClock.now + .seconds(60)
        while !FileManager.default.fileExists(atPath: folder.file("f.csv.partial")), ContinuousClock.now < deadline {
            usleep(5_000)
        }
        running.interrupt()
        let outcome = running.outcome()
        #expect(outcome.exitCode == 130)
        #expect(outcome.words.hasSuffix("\ninterrupted\n"))
        #expect(!FileManager.default.fileExists(atPath: folder.file("f.csv")), "no half of a table")
        #expect(outcome.words.contains("f.csv.partial has what was computed; --resume goes on with it\n"))
        let resumed = try Tool.run(
            "features", "--weights", "run/model.h5", "--image-size", "512", "--output", "f.csv", "--data", "data",
            "--resume", in: folder.path)
        #expect(resumed.exitCode == 0, "\(resumed.words)")
        #expect(try lines("f.csv").count == 37)
        #expect(!FileManager.default.fileExists(atPath: folder.file("f.csv.partial")))
    }

    @Test func featuresWithoutBadImages() throws {
        try Data("no picture".utf8).write(to: URL(fileURLWithPath: folder.file("data/test/red/x.png")))
        let outcome = try Tool.run(
            "features", "--data", "data/test", "--model", "run", "--output", "f.npz", "--layer", "layer3.block1",
            "--pooling", "none", in: folder.path)
        #expect(outcome.exitCode == 3)
        #expect(outcome.words.contains("left out: data/test/red/x.png: "))
        #expect(outcome.words.hasSuffix("error: 1 of 13 images cannot be read\n"))
        #expect(FileManager.default.fileExists(atPath: folder.file("f.npz")))
    }
}
