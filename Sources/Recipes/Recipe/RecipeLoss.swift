import Files
import Tasks

extension Recipe {
    /// What bends the loss of a task.
    package struct Loss: Hashable, Sendable {
        /// The share of each target that is spread evenly over all classes, in `0...0.99`.
        package var labelSmoothing: Double
        package var classWeights: ClassWeights
        /// How much it counts that an image is of a class, beside that another is not, where images may have several.
        package var positiveWeights: ClassWeights
    }

    /// How much an image of each class counts.
    package enum ClassWeights: Hashable, Sendable {
        case none
        /// In inverse proportion to how many training images a class has.
        case balanced
        /// By class name; classes that are not named weigh 1.
        case named([String: Double])
    }
}

extension Recipe.Loss {
    /// - Parameter task: nil for one that is not known, of which no key is right or wrong.
    init(reading section: Section, of task: LearningTask?) {
        let options = task?.definition.lossOptions ?? []
        labelSmoothing =
            options.contains(.labelSmoothing)
            ? section.value("label_smoothing", .number(.within(0...0.99)), default: 0) : 0
        classWeights =
            options.contains(.classWeights) ? Recipe.ClassWeights(reading: section, "class_weights") : .none
        positiveWeights =
            options.contains(.positiveWeights) ? Recipe.ClassWeights(reading: section, "pos_weight") : .none
        if task != nil { section.finish() }
    }

    func node(of task: LearningTask) -> YAMLNode {
        let entries: [(LossOption, String, YAMLNode)] = [
            (.labelSmoothing, "label_smoothing", .number(labelSmoothing)),
            (.classWeights, "class_weights", classWeights.node), (.positiveWeights, "pos_weight", positiveWeights.node),
        ]
        return .map(entries.filter { task.definition.lossOptions.contains($0.0) }.map { ($0.1, $0.2) })
    }
}

extension Recipe.ClassWeights {
    fileprivate init(reading section: Section, _ key: String) {
        let words = Field.word(of: ["none", "balanced"])
        let field = Field(
            expected: "none, balanced, or a map from class to weight", read: words.read, hint: words.hint)
        if case .mapping = section.node(key)?.value {
            let weights = section.map(key, .number(.within(1e-6...1e6))) ?? []
            self = .named(Dictionary(weights.map { ($0.key.key, $0.value) }, uniquingKeysWith: { first, _ in first }))
        } else {
            self = section.optional(key, field) == "balanced" ? .balanced : .none
        }
    }

    fileprivate var node: YAMLNode {
        switch self {
        case .none: .text("none")
        case .balanced: .text("balanced")
        case .named(let weights): .map(weights.sorted { $0.key < $1.key }.map { ($0.key, .number($0.value)) })
        }
    }
}
