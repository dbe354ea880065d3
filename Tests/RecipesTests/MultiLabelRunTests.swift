import Files
import Foundation
import Pretrained
import Recipes
import TestSupport
import Testing
import Training

/// Recipes whose images have several labels, from tables to reports.
@Suite struct MultiLabelRunTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        try writePictures(in: folder.path)
        for (part, count) in [("train", 8), ("test", 4)] {
            var table = "file,labels\n"
            for (index, colour) in ["blue", "green", "red"].enumerated() {
                for image in 0..<count {
                    let labels = image == 0 ? "" : index == 1 && image % 2 == 0 ? "\(colour);lively" : colour
                    table += "\(colour)/\(image).png,\(labels)\n"
                }
            }
            try table.write(toFile: folder.file("\(part)/labels.csv"), atomically: true, encoding: .utf8)
        }
    }

    private func recipe(_ change: (old: String, new: String)? = nil) throws -> Recipe {
        var text = """
            name: colours
            task: multi_label
            model: {architecture: resnet20, weights: none}
            data: {train: \(folder.path)/train/labels.csv, validation: 0.25, test: \(folder.path)/test/labels.csv, image_size: 16}
            stages:
              - {name: head, train: [head], epochs: 1, lr: 1e-2}
              - {name: all, train: [all], epochs: 2, lr: 1e-2, batch_norm: adapt}
            loss: {label_smoothing: 0.05, pos_weight: balanced}
            batch_size: 8
            precision: f32
            output: \(folder.path)/runs
            """
        if let change { text = text.replacingOccurrences(of: change.old, with: change.new) }
        return try Recipe.parse(text, path: "R.yaml")
    }

    private final class Observer: RunObserver {
        var lines: [String] = []
        func tell(_ line: String) { lines.append(line) }
        func show(_ progress: RunProgress) {}
    }

    @Test func aRunLeavesEverythingInItsFolder() throws {
        let recipe = try recipe()
        let observer = Observer()
        let run = try RecipeRun(
            PreparedRun(recipe), in: RunOwnership(of: RunFolder(creatingIn: folder.file("runs"), name: recipe.name)),
            observer: observer, isInterrupted: { false })
        let report = try run.run()
        let files = try FileManager.default.contentsOfDirectory(atPath: run.folder.path).sorted()
        #expect(
            files == [
                "checkpoint.h5", "log.txt", "metrics.csv", "model.h5", "predictions.csv", "recipe.yaml", "report.html",
                "report.json", "splits.csv",
            ])
        #expect(try Recipe.read(run.folder.recipe) == recipe)

        let model = try Model.read(run.folder.model)
        #expect(model.task.rawValue == "multi_label" && model.classNames == ["blue", "green", "lively", "red"])
        #expect(model.thresholds?.count == 4)

        var predictions = try CSVReader(contentsOf: run.folder.predictions)
        let rows = try predictions.rest().map(\.fields)
        #expect(rows.count == 13 && rows[0] == ["filename", "labels", "predicted", "blue", "green", "lively", "red"])
        let thresholds = try #require(model.thresholds)
        for row in rows.dropFirst() {
            let named = zip(rows[0].dropFirst(3), zip(row.dropFirst(3), thresholds))
                .filter { (Double($0.1.0) ?? 0) >= $0.1.1 }.map(\.0)
            #expect(row[2] == named.joined(separator: ";"))
        }

        let json = try String(contentsOfFile: run.folder.path + "/report.json", encoding: .utf8)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        #expect(object["task"] as? String == "multi_label")
        let exact = rows.dropFirst().count { $0[1] == $0[2] }
        #expect(object["subset_accuracy"] as? Double == Double(exact) / 12)
        #expect((object["per_class"] as? [[String: Any]])?.count == 4)
        let page = try String(contentsOfFile: run.folder.path + "/report.html", encoding: .utf8)
        #expect(page.contains("what the answer was seen in (Grad-CAM)"))
        #expect(page.contains(">Class by class</h2>") && !page.contains("Confusion"))
        let parts = try #require(object["data"] as? [[String: Any]])
        #expect(parts.compactMap { $0["images"] as? Int }.reduce(0, +) == 36, "each image once, whatever its labels")
        #expect(report.epochs.count == 3 && report.monitor == "val_mean_average_precision")
        #expect(observer.lines.last?.hasPrefix("test mean average precision ") == true)
    }

    @Test func whatIsPretrainedIsProbedBeforehand() throws {
        func run(_ recipe: Recipe) throws -> (lines: [String], folder: RunFolder) {
            let observer = Observer()
            let run = try RecipeRun(
                PreparedRun(recipe),
                in: RunOwnership(of: RunFolder(creatingIn: folder.file("runs"), name: recipe.name)),
                observer: observer, isInterrupted: { false })
            _ = try run.run()
            return (observer.lines, run.folder)
        }
        let first = try run(try recipe())
        #expect(!first.lines.contains { $0.hasPrefix("before training") })
        let second = try run(try recipe(("weights: none", "weights: \(first.folder.model)")))
        #expect(second.lines.contains { $0.hasPrefix("before training: the frequency of each class 0.") })
        let json = try String(contentsOfFile: second.folder.path + "/report.json", encoding: .utf8)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let baselines = try #require(object["baselines"] as? [String: Any])
        for key in ["class_frequencies", "nearest_neighbours", "logistic_regression"] {
            #expect((baselines[key] as? [String: Any])?["mean_average_precision"] is Double)
        }
        let page = try String(contentsOfFile: second.folder.path + "/report.html", encoding: .utf8)
        #expect(page.contains(">Did training pay?</h2>") && page.contains(">Mean average precision</th>"))
    }

    /// What belongs to another task is named.
    @Test(arguments: [
        (
            "pos_weight: balanced", "class_weights: balanced",
            "R.yaml:8:31: unknown key `class_weights` in loss; there are: label_smoothing, pos_weight"
        ),
        (
            "batch_size: 8", "batch_size: 8\nmonitor: val_accuracy",
            "R.yaml:10:10: monitor: expected val_mean_average_precision, val_loss, val_micro_f1, val_macro_f1, "
                + "val_subset_accuracy, train_loss or train_subset_accuracy, found the text \"val_accuracy\""
        ),
        (
            "task: multi_label", "task: multi_lable",
            "R.yaml:2:7: task: expected classification, multi_label or regression, found the text \"multi_lable\""
                + "; did you mean `multi_label`?"
        ),
    ])
    func wordsOfOtherTasksAreNamed(old: String, new: String, message: String) {
        let error = #expect(throws: (any Error).self) { try recipe((old, new)) }
        #expect(
            error.map { "\($0)".split(separator: "\n").contains { $0.hasPrefix(message) } } == true,
            "\(error.map { "\($0)" } ?? "")")
    }

    /// Nothing that belongs to the task that is meant is wrong, too.
    @Test func aTaskThatNobodyKnowsIsOneMistake() throws {
        let error = #expect(throws: YAMLError.self) {
            try recipe(("task: multi_label", "task: multi_lable\nmonitor: val_micro_f1"))
        }
        #expect(error?.problems.count == 1)
    }

    @Test func weightsOfUnknownClassesAreNamed() throws {
        let recipe = try recipe(("pos_weight: balanced", "pos_weight: {blu: 2}"))
        let error = #expect(throws: RecipeDataError.self) { try PreparedRun(recipe) }
        #expect(error?.description == "loss.pos_weight: there is no class `blu`; did you mean `blue`?")
    }
}
