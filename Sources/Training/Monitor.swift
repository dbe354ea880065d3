/// The figure by which the best epoch is known.
package enum Monitor: String, CaseIterable, Sendable, Codable {
    case validationAccuracy = "val_accuracy"
    case validationLoss = "val_loss"
    case validationMacroF1 = "val_macro_f1"
    case trainingLoss = "train_loss"
    case trainingAccuracy = "train_accuracy"

    package var needsValidation: Bool {
        switch self {
        case .validationAccuracy, .validationLoss, .validationMacroF1: true
        case .trainingLoss, .trainingAccuracy: false
        }
    }

    /// The figure of an epoch, or nil where it was not measured.
    package func value(of record: EpochRecord) -> Double? {
        switch self {
        case .validationAccuracy: record.valAccuracy
        case .validationLoss: record.valLoss
        case .validationMacroF1: record.valMacroF1
        case .trainingLoss: record.trainLoss
        case .trainingAccuracy: record.trainAccuracy
        }
    }

    /// Whether `value` is better than `other` by more than `change`.
    package func prefers(_ value: Double, to other: Double, by change: Double = 0) -> Bool {
        switch self {
        case .validationLoss, .trainingLoss: value < other - change
        case .validationAccuracy, .validationMacroF1, .trainingAccuracy: value > other + change
        }
    }
}
