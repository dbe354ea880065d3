import Datasets
import Files
import Foundation
import Pretrained
import Recipes
import Tasks
import TestSupport
import Testing
import Training

/// Recipes whose images have a number each, from tables to reports.
@Suite struct RegressionRunTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        try writePictures(in: folder.path)
        for (part, count) in [("train", 8), ("test", 4)] {
            let rows = ["blue", "green", "red"].enumerated().flatMap { index, colour in
                (0..<count).map { "\(colour)/\($0).png,\(1000 + 100 * index + $0),north\n" }
            }
            try ("file,height,side\n" + rows.joined())
                .write(toFile: folder.file("\(part)/heights.csv"), atomically: true, encoding: .utf8)
        }
    }

    private func recipe(weights: String = "none") throws -> Recipe {
        let text = """
            name: heights
            task: regression
            model: {architecture: resnet20, weights: \(weights)}
            data:
              train: \(folder.path)/train/heights.csv
              validation: 0.25
              test: \(folder.path)/test/heights.csv
              columns: {label: height}
              image_size: 16
            stages:
              - {name: head, train: [head], epochs: 1, lr: 1e-2}
              - {name: all, train: [all], epochs: 3, lr: 1e-2, batch_norm: adapt}
            batch_size: 8
            precision: f32
            output: \(folder.path)/runs
            """
        return try Recipe.parse(text, path: "R.yaml")
    }

    private final class Observer: RunObserver {
        var lines: [String] = []
        func tell(_ line: String) { lines.append(line) }
        func show(_ progress: RunProgress) {}
    }

    private func run(_ recipe: Recipe) throws -> (run: RecipeRun, lines: [String]) {
        let observer = Observer()
        let run = try RecipeRun(
            PreparedRun(recipe), in: RunOwnership(of: RunFolder(creatingIn: folder.file("runs"), name: recipe.name)),
            observer: observer, isInterrupted: { false })
        _ = try run.run()
        return (run, observer.lines)
    }

    @Test func aRunLeavesEverythingInItsFolder() throws {
        let recipe = try recipe()
        let (run, lines) = try run(recipe)
        #expect(try Recipe.read(run.folder.recipe) == recipe)
        let files = try FileManager.default.contentsOfDirectory(atPath: run.folder.path).sorted()
        #expect(
            files == [
                "checkpoint.h5", "log.txt", "metrics.csv", "model.h5", "predictions.csv", "recipe.yaml", "report.html",
                "report.json", "splits.csv",
            ])
        let model = try Model.read(run.folder.model)
        #expect(model.task.rawValue == "regression" && model.classNames == ["height"] && model.network.classCount == 1)
        let scale = try #require(model.rules.scale)
        #expect((1080...1130).contains(scale.offset) && (70...95).contains(scale.unit))

        var predictions = try CSVReader(contentsOf: run.folder.predictions)
        let rows = try predictions.rest().map(\.fields)
        #expect(rows.count == 13 && rows[0] == ["filename", "label", "predicted"])
        let errors = try rows.dropFirst().map { row in
            abs(try #require(Double(row[1])) - (try #require(Double(row[2]))))
        }
        let json = try String(contentsOfFile: run.folder.path + "/report.json", encoding: .utf8)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let error = try #require(object["mean_absolute_error"] as? Double)
        #expect(abs(error - errors.reduce(0, +) / 12) < 1e-9 && error < 90, "as the mean of all would be off")
        let galleries = try #require(object["galleries"] as? [String: [[String: Any]]])
        let worst = try #require(galleries["worst_mistakes"]?.first)
        let off = abs(try #require(worst["predicted"] as? Double) - (try #require(worst["actual"] as? Double)))
        #expect(abs(off - (errors.max() ?? 0)) < 1e-9)
        let page = try String(contentsOfFile: run.folder.path + "/report.html", encoding: .utf8)
        #expect(page.contains(">What is said and what is true</h2>") && page.contains("Largest errors"))
        #expect(page.contains(" · height · ") && !page.contains("class by class"))
        #expect(lines.last?.hasPrefix("test mean absolute error ") == true)
        #expect(!lines.contains { $0.contains("temperature") })
        let metrics = try String(contentsOfFile: run.folder.metrics, encoding: .utf8)
        #expect(
            metrics.hasPrefix(
                "epoch,stage,train_loss,val_loss,val_mean_absolute_error,val_root_mean_squared_error,val_r2,lr,seconds\n"
            ))
    }

    /// A head that stays says the same numbers, in the units of the new ones.
    @Test func aHeadThatStaysIsRescaled() throws {
        let first = try run(try recipe()).run.folder.model
        let old = try Model.read(first)
        try "file,height\nred/0.png,5\nblue/0.png,6\ngreen/1.png,7\nred/2.png,8\n"
            .write(toFile: folder.file("train/heights.csv"), atomically: true, encoding: .utf8)
        let new = try PreparedRun(recipe(weights: first)).model
        let (before, after) = (try #require(old.rules.scale), try #require(new.rules.scale))
        #expect(before.offset > 1000 && after.offset < 10)
        for parameter in old.network.classifier.parameters {
            let isBias = parameter.shape.count == 1
            func numbers(_ model: Model, _ scale: OutputScale) -> [Double] {
                model.parameters[parameter.name].map { scale.unit * Double($0) + (isBias ? scale.offset : 0) }
            }
            for (one, other) in zip(numbers(old, before), numbers(new, after)) {
                #expect(abs(one - other) <= 1e-6 * max(1, abs(one)))
            }
        }
        let (_, lines) = try run(try recipe(weights: first))
        #expect(lines.contains { $0.hasPrefix("before training: always the mean ") })
    }

    @Test func namesOfFoldersAreNoNumbers() throws {
        let text = try recipe().yaml.replacingOccurrences(of: "train/heights.csv", with: "train")
            .replacingOccurrences(of: "  columns: {label: height}\n", with: "")
        let error = #expect(throws: DatasetError.self) { try PreparedRun(Recipe.parse(text, path: "R.yaml")) }
        #expect(error?.description.contains("the label “blue” is no number") == true, "\(String(describing: error))")
    }

    @Test func numbersBeyondMeasureAreNamed() throws {
        try "file,height\nred/0.png,5\nblue/0.png,1e101\n"
            .write(toFile: folder.file("train/heights.csv"), atomically: true, encoding: .utf8)
        let error = #expect(throws: CSVError.self) { try PreparedRun(recipe()) }
        #expect(
            error?.description.hasSuffix("heights.csv:3: the label is “1e101”; expected a number from -1e100 to 1e100")
                == true)
    }
}
