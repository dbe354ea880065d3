/// Up to how many classes everything is told of all of them. Beyond, what would grow with their square, or be more than
/// anybody reads, is told of the most important.
package enum ClassLimit {
    /// Up to so many classes `predictions.csv` has a column for each, the confusion matrix is written as a square, and
    /// the page has a row for each.
    package static let square = 1000
    /// The ranks that stand in `predictions.csv` in place of more columns.
    package static let ranks = 5
    /// Up to so many images × classes ROC-AUC and average precision, which need all probabilities at once, are
    /// computed: 512 MiB of them.
    package static let rankedProbabilities = 1 << 26
    /// Up to so many images × classes a temperature is fitted on all images; of more, on some that are drawn.
    package static let fittedLogits = 1 << 26
}
