import Recipes
import Training

/// A fine-tuning run: a recipe made into a trained network and a report.
///
///     let result = try FineTuning(recipe: "photos.yaml").run()
///     print(result.headline, result.modelPath)
public struct FineTuning {
    private let prepared: PreparedRun

    /// Reads a recipe, scans its data and loads its weights.
    /// - Parameters:
    ///   - path: the recipe, in YAML.
    ///   - settings: values that replace the recipe's, as `stages.0.epochs=1`.
    /// - Throws: an error whose description lists everything that is wrong with the recipe, or what is wrong with data or
    ///   weights.
    public init(recipe path: String, settings: [String] = []) throws {
        prepared = try PreparedRun(Recipe.read(path, overrides: settings))
    }

    /// Trains, evaluates the best weights and writes everything into a new run folder.
    /// - Parameter report: told each line that a person would read.
    /// - Returns: where the run folder is, and the headline figures.
    /// - Throws: an error whose description says what went wrong.
    public func run(report: @escaping (String) -> Void = { _ in }) throws -> Result {
        let folder = try RunFolder(creatingIn: prepared.recipe.output, name: prepared.recipe.name)
        let listener = Listener(report)
        let run = RecipeRun(prepared, in: try RunOwnership(of: folder), observer: listener, isInterrupted: { false })
        let judged = try run.run().result
        return Result(runFolder: folder.path, headline: judged.headline, figures: judged.figures)
    }

    /// What a run came to.
    public struct Result: Sendable {
        /// The folder that holds model, report, metrics and predictions.
        public let runFolder: String
        /// The figures that matter most, with their intervals: `accuracy 0.9312 (0.9083 to 0.9521), macro F1 0.9304`.
        public let headline: String
        /// Every metric under its key in `report.json`, such as `accuracy` or `mean_average_precision`: of the test images,
        /// or of the validation images where the recipe names none.
        public let figures: [String: Double]
        /// The trained model, for `Classifier`.
        public var modelPath: String { runFolder + "/model.h5" }
    }

    private final class Listener: RunObserver {
        private let report: (String) -> Void
        init(_ report: @escaping (String) -> Void) { self.report = report }
        func tell(_ line: String) { report(line) }
        func show(_ progress: RunProgress) {}
    }
}
