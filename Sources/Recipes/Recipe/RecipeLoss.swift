import Files

extension Recipe {
    /// Softmax cross-entropy and what bends it.
    package struct Loss: Hashable, Sendable {
        /// The share of each target that is spread evenly over all classes, in `0...0.99`.
        package var labelSmoothing: Double
        package var classWeights: ClassWeights
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
    init(reading section: Section) {
        labelSmoothing = section.value("label_smoothing", .number(.within(0...0.99)), default: 0)
        classWeights = Recipe.ClassWeights(reading: section)
        section.finish()
    }

    var node: YAMLNode {
        .map([("label_smoothing", .number(labelSmoothing)), ("class_weights", classWeights.node)])
    }
}

extension Recipe.ClassWeights {
    fileprivate init(reading section: Section) {
        let words = Field.word(of: ["none", "balanced"])
        let field = Field(
            expected: "none, balanced, or a map from class to weight", read: words.read, hint: words.hint)
        if case .mapping = section.node("class_weights")?.value {
            let weights = section.map("class_weights", .number(.within(1e-6...1e6))) ?? []
            self = .named(Dictionary(weights.map { ($0.key.key, $0.value) }, uniquingKeysWith: { first, _ in first }))
        } else {
            self = section.optional("class_weights", field) == "balanced" ? .balanced : .none
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
