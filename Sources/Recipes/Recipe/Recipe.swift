import Engine
import Files
import Networks
import Tasks
import Training

/// Everything that a run needs, checked and with every default filled in.
///
/// `Recipe.read` makes one from a YAML file; `yaml` writes it back so that reading yields an equal recipe.
package struct Recipe: Hashable, Sendable {
    /// Names the run folder: letters, digits, `.`, `-` and `_`.
    package var name: String
    package var task: LearningTask
    package var model: Model
    package var data: Data
    package var augment: [AugmentationStep]
    /// How many augmented views of each training image there are; nil for a new one each epoch.
    package var views: Int?
    package var cache: Cache
    /// The dropout rate before the last linear layer, in `0...0.99`.
    package var dropout: Double
    /// Run one after the other on the same weights; never empty.
    package var stages: [Stage]
    package var optimizer: OptimizerConfiguration
    package var loss: Loss
    /// Images for each step.
    package var batchSize: Int
    package var precision: PrecisionChoice
    package var seed: UInt64
    package var monitor: Monitor
    package var earlyStopping: EarlyStopping?
    /// Whether simple classifiers on the untrained network's features are judged for comparison.
    package var probe: Bool
    /// The folder in which run folders are made.
    package var output: String
    /// Processor cores to use; nil for all.
    package var threads: Int?
}

/// The arithmetic of the network; `auto` is bf16 where the processor is fast in it, else f32. `int8` is `auto` with the
/// frozen part in 8-bit integers.
package enum PrecisionChoice: String, CaseIterable, Sendable {
    case auto, f32, bf16, int8

    /// Those that say how all of a network is computed.
    package static let uniform: [PrecisionChoice] = [.auto, .f32, .bf16]

    /// What it means on this processor.
    package var precision: Precision {
        switch self {
        case .auto, .int8: .automatic
        case .f32: .f32
        case .bf16: .bf16
        }
    }
}

extension Recipe {
    /// Reads a recipe and checks all of it.
    /// - Parameters:
    ///   - path: the YAML file.
    ///   - overrides: `key.path=value`, applied in order before anything is checked.
    /// - Throws: `YAMLError` with every problem, `RecipeFileError` where the file cannot be read.
    package static func read(_ path: String, overrides: [String] = []) throws -> Recipe {
        try parse(try RecipeFile.text(path), path: path, overrides: overrides)
    }

    /// Reads a recipe from text; `path` serves messages, and its last part, without extension, as the default name.
    package static func parse(_ text: String, path: String, overrides: [String] = []) throws -> Recipe {
        let problems = Problems(in: "the recipe")
        var root = try YAMLParser.parse(
            text, locate: { .file(path: path, line: $0, column: $1) }, problems: problems)
        guard case .mapping = root.value else {
            let message =
                root.isNull
                ? "there is nothing in it" : "a recipe: expected a map, found \(root.found)\(root.lookAlikeHint)"
            throw YAMLError(root.location, message)
        }
        for override in overrides { try Override(override, problems: problems).apply(to: &root, problems: problems) }
        let recipe = Recipe(
            reading: Section(root, path: "", problems: problems), defaultName: RecipeFile.defaultName(of: path))
        try problems.throwIfAny()
        return recipe
    }

    private init(reading section: Section, defaultName: String) {
        name = section.value("name", .runName, default: defaultName)
        let namesTask = section.node("task") != nil
        // Of a task that nobody knows nothing more is said: what belongs to it is no mistake of its own.
        let knownTask =
            namesTask ? section.optional("task", .choice(of: LearningTask.catalogue)) : LearningTask.classification
        task = knownTask ?? .classification
        model = Model(reading: section.section("model"))
        data = Data(
            reading: section.section("data"), defaultImageSize: model.architecture.publishedImageSize,
            target: task.definition.targetKind)
        augment = AugmentationStep.list(reading: section) ?? []
        views = section.value("views", .count(orWord: "unlimited", 1...100_000), default: nil)
        let head = section.section("head")
        dropout = head.value("dropout", .number(.within(0...0.99)), default: 0)
        head.finish()
        stages = Stage.list(reading: section, words: StageWords(model))
        optimizer = OptimizerConfiguration(reading: section)
        loss = Loss(reading: section.section("loss"), of: knownTask)
        batchSize = section.value("batch_size", .integer(1...4096), default: 32)
        precision = section.value("precision", .choice, default: .auto)
        seed = UInt64(section.value("seed", .integer(0...Int.max), default: 42))
        let hasValidation = data.validation != .none
        monitor =
            knownTask.map { task in
                section.value(
                    "monitor", .monitor(of: task), default: hasValidation ? task.monitors[0] : .trainingLoss)
            } ?? .trainingLoss
        if let node = section.node("monitor"), monitor.needsValidation, !hasValidation {
            section.problems.add(node.location, "monitor: `\(monitor.name)` needs data.validation, which is none")
        }
        earlyStopping = EarlyStopping(reading: section)
        probe = section.value("probe", .boolean, default: true)
        output = section.value("output", .path("a folder"), default: "runs")
        cache = Cache(reading: section, output: output)
        threads = section.value("threads", .count(orWord: "auto", 1...1024), default: nil)
        section.finish()
    }

    /// The recipe as YAML, with every default written out.
    package var yaml: String {
        // What is usual is not written, as it was not before there were tasks.
        let taskEntry = task == .classification ? [] : [("task", YAMLNode.text(task.rawValue))]
        return YAMLNode.map(
            [("name", .text(name))] + taskEntry + [
                ("model", model.node), ("data", data.node),
                ("augment", .list(augment.map(\.node))),
                ("views", views.map { .integer($0) } ?? .text("unlimited")), ("cache", cache.node),
                ("head", .map([("dropout", .number(dropout))])), ("stages", .list(stages.map(\.node))),
                ("optimizer", optimizer.node), ("loss", loss.node(of: task)), ("batch_size", .integer(batchSize)),
                ("precision", .text(precision.rawValue)), ("seed", .integer(seed)), ("monitor", .text(monitor.name)),
                ("early_stopping", earlyStopping?.node ?? .text("none")), ("probe", .boolean(probe)),
                ("output", .text(output)),
                ("threads", threads.map { .integer($0) } ?? .text("auto")),
            ]
        ).rendered()
    }
}

extension EarlyStopping {
    init?(reading section: Section) {
        guard let node = section.node("early_stopping"), node.text != "none" else { return nil }
        let section = Section(node, path: section.path(of: "early_stopping"), problems: section.problems)
        self.init(
            patience: section.required("patience", .integer(1...10_000)) ?? 1,
            minimumChange: section.value("min_delta", .number(.within(0...100)), default: 0))
        section.finish()
    }

    var node: YAMLNode { .map([("patience", .integer(patience)), ("min_delta", .number(minimumChange))]) }
}

extension Field where Value == String {
    /// What can name a folder on any system.
    static var runName: Field {
        Field(
            expected: "a name of letters, digits, dots, dashes and underscores",
            read: { node in
                node.text.flatMap { text in
                    let isSafe = text.unicodeScalars.allSatisfy {
                        $0.properties.isAlphabetic || ("0"..."9").contains($0) || "._-".unicodeScalars.contains($0)
                    }
                    return isSafe && !text.isEmpty && text.utf8.count <= 100 && !text.hasPrefix(".") ? text : nil
                }
            })
    }
}

extension Field where Value == Int? {
    /// A number, or the word that stands for none.
    static func count(orWord word: String, _ range: ClosedRange<Int>) -> Field {
        Field<Int>.integer(range).map(Optional.some).or(Field<String>.word(of: [word]).map { _ in nil })
    }
}

extension Field where Value == Monitor {
    /// One of the figures that a task has.
    static func monitor(of task: LearningTask) -> Field {
        let words = Field<String>.word(of: task.monitors.map(\.name))
        return Field(
            expected: words.expected,
            read: { node in words.read(node).flatMap { name in task.monitors.first { $0.name == name } } },
            hint: words.hint)
    }
}
