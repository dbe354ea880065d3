/// What a network is to answer of an image.
package enum Target: Sendable, Hashable {
    /// One class, by index.
    case category(Int)
    /// Any number of classes, by index, ascending.
    case categories([Int])
    case number(Double)
}

extension Target {
    /// What numbers may be: sums of their squares are finite.
    static let numbers = -1e100...1e100
    static let numberLimit = " from -1e100 to 1e100"

    /// The names of its classes, or the number.
    package func text(_ classNames: [String], separator: String) -> String {
        switch self {
        case .category(let label): classNames[label]
        case .categories(let labels): labels.map { classNames[$0] }.joined(separator: separator)
        case .number(let number): number.description
        }
    }

    /// The indices of its classes; 0 of a number.
    package var classes: [Int] {
        switch self {
        case .category(let label): [label]
        case .categories(let labels): labels
        case .number: [0]
        }
    }

    package var kind: TargetKind {
        switch self {
        case .category: .category
        case .categories: .categories
        case .number: .number
        }
    }

    /// Nil for what is no number.
    package var number: Double? { if case .number(let number) = self { number } else { nil } }

    /// The indices or the number, without blanks.
    var words: String {
        switch self {
        case .category(let label): "\(label)"
        case .categories(let labels): labels.map(String.init).joined(separator: ",")
        case .number(let number): "\(number)"
        }
    }
}

/// How the labels of a data set become targets.
package enum TargetKind: Sendable, Hashable {
    /// Each image has one label, the name of its class.
    case category
    /// Each image has any number of labels, none included.
    case categories
    /// Each image has one label, a number.
    case number
}

extension TargetKind {
    /// What belongs behind “one, where each image”: whoever reads the error may have a recipe, a model or neither.
    static let oneClassWords = "has one class (the task `multi_label` takes any number)"
}
