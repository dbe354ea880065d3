import Files
import Foundation
import Pretrained
import Recipes
import Synchronization
import TestSupport
import Testing
import Training

@Suite struct RunTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        try writePictures(in: folder.path)
    }

    private func recipe(_ overrides: String...) throws -> Recipe {
        try Recipe.parse(
            """
            name: colours
            model: {architecture: resnet20, weights: none}
            data: {train: \(folder.path)/train, validation: 0.25, test: \(folder.path)/test, image_size: 16}
            stages:
              - {name: head, train: [head], epochs: 1, lr: 1e-2}
              - {name: all, train: [all], epochs: 2, lr: 1e-2, batch_norm: adapt}
            batch_size: 8
            precision: f32
            output: \(folder.path)/runs
            """, path: "R.yaml", overrides: overrides)
    }

    /// A new run folder.
    private func owned(_ name: String) throws -> RunOwnership {
        try RunOwnership(of: RunFolder(creatingIn: folder.file("runs"), name: name))
    }

    private final class Observer: RunObserver {
        var lines: [String] = []
        var progress: [RunProgress] = []
        func tell(_ line: String) { lines.append(line) }
        func show(_ progress: RunProgress) { self.progress.append(progress) }
    }

    @Test func aRunLeavesEverythingInItsFolder() throws {
        let recipe = try recipe()
        let observer = Observer()
        let run = try RecipeRun(
            PreparedRun(recipe), in: owned(recipe.name), observer: observer,
            isInterrupted: { false })
        let report = try run.run()

        #expect(run.folder.path == "\(folder.path)/runs/colours-1")
        let files = try FileManager.default.contentsOfDirectory(atPath: run.folder.path).sorted()
        #expect(
            files == [
                "checkpoint.h5", "confusion_matrix.csv", "log.txt", "metrics.csv", "model.h5", "predictions.csv",
                "recipe.yaml", "report.html", "report.json", "splits.csv",
            ])
        #expect(try Recipe.read(run.folder.recipe) == recipe)
        #expect(report.epochs.map(\.stage) == ["head", "all", "all"])
        #expect(report.freezeProofs.map(\.holds) == [true, true])
        #expect(report.result.imageCount == 12)
        #expect(report.data.map(\.imagesPerClass) == [[6, 6, 6], [2, 2, 2], [4, 4, 4]])

        let page = try String(contentsOfFile: run.folder.path + "/report.html", encoding: .utf8)
        #expect(page.contains("what the answer was seen in (Grad-CAM)"))

        let model = try Model.read(run.folder.model)
        #expect(model.classNames == ["blue", "green", "red"])
        #expect(model.metadata["recipe"] == recipe.yaml)

        #expect(model.temperature == report.temperatureFit?.value)
        #expect(report.result.temperature == model.temperature && report.model.temperature == model.temperature)
        #expect(observer.lines.contains { $0.hasPrefix("temperature ") || $0.hasPrefix("no temperature: ") })

        let log = try String(contentsOfFile: run.folder.log, encoding: .utf8)
        for line in observer.lines where !line.isEmpty { #expect(log.contains(" \(line)\n")) }
        #expect(observer.lines.contains { $0.hasPrefix("epoch 3/3 all: loss ") })
        #expect(observer.lines.last?.hasPrefix("test accuracy ") == true)
        #expect(observer.progress.allSatisfy { $0.fraction.map((0...1).contains) ?? false })
        #expect(observer.progress.last { $0.loss != nil }?.secondsLeft == 0)
    }

    @Test func anInterruptedRunGoesOnToTheSameMetrics() throws {
        let recipe = try recipe()
        func metrics(_ folder: RunFolder) throws -> [[Double]] {
            try MetricsLog.read(folder.metrics).map {
                [$0.trainLoss, $0.figures["train_accuracy"] ?? -1, $0.valLoss ?? -1]
            }
        }
        func run(in folder: RunFolder, resuming: Bool, isInterrupted: @escaping @Sendable () -> Bool) throws {
            let observer = Observer()
            _ = try RecipeRun(
                PreparedRun(recipe), in: RunOwnership(of: folder), observer: observer, isInterrupted: isInterrupted
            ).run(resuming: resuming)
        }
        let straight = try RunFolder(creatingIn: recipe.output, name: "straight")
        try run(in: straight, resuming: false) { false }

        // The images are asked about first, then each step.
        let broken = try RunFolder(creatingIn: recipe.output, name: "broken")
        let path = broken.metrics
        #expect(throws: RunInterrupted.self) {
            try run(in: broken, resuming: false) { FileManager.default.fileExists(atPath: path) && lineCount(path) > 2 }
        }
        #expect(try metrics(broken).count < 3)
        try run(in: try RunFolder(resuming: broken.path), resuming: true) { false }
        #expect(try metrics(broken) == metrics(straight))
        let (first, second) = (try Model.read(straight.model), try Model.read(broken.model))
        #expect(first.temperature == second.temperature)
        for name in first.parameters.descriptions.map(\.name) {
            #expect(first.parameters.tensor(name) == second.parameters.tensor(name), "\(name)")
        }
    }

    @Test func theTemperatureIsAllThatCalibrationAdds() throws {
        let recipe = try recipe("stages.1.lr=1e-3", "seed=3")
        let run = try RecipeRun(
            PreparedRun(recipe), in: owned("warm"), observer: Observer(),
            isInterrupted: { false })
        let fit = try #require(try run.run().temperatureFit)
        #expect(fit.imageCount == 6 && fit.lossAfter < fit.lossBefore)
        var model = try Model.read(run.folder.model)
        #expect(model.temperature == fit.value)
        model.temperature = nil
        try model.write(to: folder.file("without.h5"))
        let without = try Model.read(folder.file("without.h5"))
        #expect(without.temperature == nil)
        for name in model.parameters.descriptions.map(\.name) {
            #expect(model.parameters.tensor(name) == without.parameters.tensor(name), "\(name)")
        }
        // Training moves the weights that it was fitted for.
        let again = try PreparedRun(try self.recipe("model.weights=\(run.folder.model)"))
        #expect(again.model.temperature == nil)
    }

    @Test func withoutValidationThereIsNoTemperature() throws {
        let recipe = try recipe("data.validation=none", "stages.1.epochs=1")
        let observer = Observer()
        let run = try RecipeRun(
            PreparedRun(recipe), in: owned("cold"), observer: observer,
            isInterrupted: { false })
        let report = try run.run()
        #expect(report.temperatureFit == nil && report.result.temperature == nil)
        #expect(try Model.read(run.folder.model).temperature == nil)
        #expect(!observer.lines.contains { $0.contains("temperature") })
    }

    /// 18 images of 4096×4096 in 64 channels of 4 bytes are 77 GB.
    @Test(.enabled(if: AvailableMemory().byteCount < 70 << 30)) func aBatchThatNoMemoryHoldsIsRefused() throws {
        let error = #expect(throws: RecipeDataError.self) {
            try PreparedRun(recipe("data.image_size=4096", "batch_size=4096", "model.architecture=vgg11"))
        }
        #expect(error?.kind == .usage)
        #expect(error?.description.hasPrefix("batch_size: the layer ") == true)
        #expect(error?.description.contains("lower batch_size or data.image_size") == true)
    }

    @Test func interruptionBeforeTrainingSaysSo() throws {
        let recipe = try recipe()
        let observer = Observer()
        let run = try RecipeRun(
            PreparedRun(recipe), in: owned("early"), observer: observer,
            isInterrupted: { true })
        #expect {
            try run.run()
        } throws: { "\($0)" == "interrupted before anything was saved" }
    }

    @Test func outlineTellsThePlan() throws {
        let outline = try PreparedRun(try recipe()).outline
        #expect(
            outline == [
                "network  resnet20, 269,267 parameters",
                "images   16×16, crop, preprocessing torch, f32",
                "weights  none: training begins with random numbers",
                "",
                "class  train  validation  test",
                "blue       6           2     4",
                "green      6           2     4",
                "red        6           2     4",
                "all       18           6    12",
                "",
                "stage  trained                         parameters  epochs  steps  learning rate  schedule  batch norm",
                "head   head                                   195       1      3  0.01           constant  frozen",
                "all    stem layer1 layer2 layer3 head     269,267       2      6  0.01           constant  adapt",
                "",
                "3 epochs, 9 steps of 8 images",
            ])
    }

    @Test func badImagesAreLeftOutAndNamed() throws {
        try Data("no picture".utf8).write(to: URL(fileURLWithPath: folder.file("train/red/x.png")))
        var prepared = try PreparedRun(try recipe())
        try prepared.survey { _ in true }
        #expect(prepared.outline.contains { $0.hasPrefix("left out: \(folder.path)/train/red/x.png: ") })
        #expect(prepared.imageCount == 36)
        var strict = try PreparedRun(try recipe("data.on_bad_image=fail"))
        #expect {
            try strict.survey { _ in true }
        } throws: { ($0 as? any UserFacingError)?.kind == .data && "\($0)".contains("train/red/x.png") }
    }

    @Test func weightsOfUnknownClassesAreNamed() throws {
        #expect {
            try PreparedRun(try recipe("loss.class_weights={bleu: 2}"))
        } throws: {
            "\($0)" == "loss.class_weights: there is no class `bleu`; did you mean `blue`?"
                && ($0 as? any UserFacingError)?.kind == .usage
        }
        let weighted = try PreparedRun(try recipe("loss.class_weights={blue: 2}"))
        #expect(weighted.configuration.loss.classWeights == .given([2, 1, 1]))
    }

    @Test func aHeadOfOtherClassesBeginsAnew() throws {
        let first = try PreparedRun(try recipe())
        try first.model.write(to: folder.file("model.h5"))
        let same = try PreparedRun(try recipe("model.weights=\(folder.path)/model.h5", "seed=7"))
        #expect(
            same.model.parameters.tensor("head.linear.weight") == first.model.parameters.tensor("head.linear.weight"))

        try FileManager.default.moveItem(atPath: folder.file("train/red"), toPath: folder.file("train/rot"))
        try FileManager.default.moveItem(atPath: folder.file("test/red"), toPath: folder.file("test/rot"))
        let other = try PreparedRun(try recipe("model.weights=\(folder.path)/model.h5", "seed=7"))
        #expect(other.model.classNames == ["blue", "green", "rot"])
        #expect(
            other.model.parameters.tensor("head.linear.weight") != first.model.parameters.tensor("head.linear.weight"))
        #expect(other.model.parameters.tensor("stem.conv.weight") == first.model.parameters.tensor("stem.conv.weight"))
        #expect(other.outline.contains("         the head is new: the file's classes are others"))
    }
}

private func lineCount(_ path: String) -> Int {
    (try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: "\n").count ?? 0
}
