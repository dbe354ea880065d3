/// What one number says of an epoch.
package struct EpochFigure: Hashable, Sendable {
    /// With `train_` or `val_` in front the name of a column of `metrics.csv`.
    package let name: String
    /// As people read it, after “validation”: `macro F1`.
    package let title: String
    /// Whether less is better.
    package let prefersLess: Bool
    /// Whether it is a part of something, `0...1`.
    package let isFraction: Bool

    init(_ name: String, _ title: String, prefersLess: Bool = false, isFraction: Bool = true) {
        self.name = name
        self.title = title
        self.prefersLess = prefersLess
        self.isFraction = isFraction
    }
}

/// The figure by which the best epoch is known.
package struct Monitor: Hashable, Sendable, Codable {
    /// The column of `metrics.csv`.
    package let name: String
    private let prefersLess: Bool

    private init(_ part: String, _ name: String, prefersLess: Bool) {
        self.name = part + name
        self.prefersLess = prefersLess
    }

    package static let trainingLoss = Monitor("train_", "loss", prefersLess: true)
    package static let validationLoss = Monitor("val_", "loss", prefersLess: true)

    static func training(_ figure: EpochFigure) -> Monitor {
        Monitor("train_", figure.name, prefersLess: figure.prefersLess)
    }

    static func validation(_ figure: EpochFigure) -> Monitor {
        Monitor("val_", figure.name, prefersLess: figure.prefersLess)
    }

    package var needsValidation: Bool { name.hasPrefix("val_") }

    /// Whether `value` is better than `other` by more than `change`.
    package func prefers(_ value: Double, to other: Double, by change: Double = 0) -> Bool {
        prefersLess ? value < other - change : value > other + change
    }
}

extension LearningTask {
    /// What the best epoch may be chosen by; the first where there are validation images and nobody says otherwise.
    package var monitors: [Monitor] {
        let validation = definition.figures.map(Monitor.validation)
        return validation.prefix(1) + [.validationLoss] + validation.dropFirst() + [.trainingLoss]
            + [definition.rightness.map(Monitor.training)].compactMap(\.self)
    }

    /// The columns of `metrics.csv`.
    package var columns: [String] {
        ["epoch", "stage", "train_loss"] + trainingColumns + ["val_loss"] + validationColumns + ["lr", "seconds"]
    }

    /// The column of the training images' `rightness`, if any.
    package var trainingColumns: [String] { [definition.rightness.map { "train_\($0.name)" }].compactMap(\.self) }

    /// Those of the validation images' figures, the loss aside.
    package var validationColumns: [String] { definition.figures.map { "val_\($0.name)" } }
}
