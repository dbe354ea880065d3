import Recipes
import Training

/// A fine-tuning run: a recipe made into a trained classifier and a report.
///
///     let result = try FineTuning(recipe: "photos.yaml").run()
///     print(result.accuracy, result.modelPath)
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
        return Result(runFolder: folder.path, accuracy: judged.accuracy, macroF1: judged.macroF1)
    }

    /// What a run came to.
    public struct Result: Sendable {
        /// The folder that holds model, report, metrics and predictions.
        public let runFolder: String
        /// The fraction of images of which exactly the right class or classes were named, 0...1: on the test folder, or on the validation images where the recipe
        /// names none.
        public let accuracy: Double
        /// The mean of F1 over the classes that have images, 0...1.
        public let macroF1: Double
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
