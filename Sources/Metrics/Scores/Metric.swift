/// A figure that says in one number how good a classifier is. Raw values are the keys of `report.json`.
///
/// Definitions are scikit-learn's. ROC-AUC and average precision are taken for each class against all others; their
/// means leave out classes for which they have no meaning. A weighted mean counts each class by its images.
package enum Metric: String, CaseIterable, Hashable, Sendable {
    case accuracy
    /// The part of the images whose class is among the five most probable; only with more than five classes.
    case topFiveAccuracy = "top5_accuracy"
    /// The mean recall of the classes that have images.
    case balancedAccuracy = "balanced_accuracy"
    case macroPrecision = "macro_precision"
    case macroRecall = "macro_recall"
    case macroF1 = "macro_f1"
    case weightedPrecision = "weighted_precision"
    case weightedRecall = "weighted_recall"
    case weightedF1 = "weighted_f1"
    /// Cohen's kappa: agreement beyond what the frequencies alone would bring, at most 1. Undefined where labels and
    /// predictions are all of one class.
    case cohenKappa = "cohen_kappa"
    /// Matthews correlation (Gorodkin's for several classes), −1...1; 0 where labels or predictions are all of one class.
    case matthewsCorrelation = "matthews_correlation"
    /// The mean negative logarithm of the probability of the right class, probabilities clipped to ε...1 − ε with
    /// ε = 2⁻⁵².
    case logLoss = "log_loss"
    /// The mean over the images of the squared distance between the probabilities and the truth, 0...2; of two classes
    /// half of that, 0...1 (scikit-learn's `scale_by_half="auto"`).
    case brierScore = "brier_score"
    case macroROCAUC = "macro_roc_auc"
    case weightedROCAUC = "weighted_roc_auc"
    case macroAveragePrecision = "macro_average_precision"
    case weightedAveragePrecision = "weighted_average_precision"
}
