/// How far the probabilities of a classifier can be believed: its images in bins by the probability of the predicted
/// class (Guo et al. 2017, "On Calibration of Modern Neural Networks", arXiv:1706.04599).
package struct Calibration: Sendable, Hashable {
    /// The images whose confidence, the probability of the predicted class, lies above k/15 and up to (k + 1)/15.
    package struct Bin: Sendable, Hashable {
        package fileprivate(set) var imageCount = 0
        fileprivate var correctCount = 0
        fileprivate var confidenceSum = 0.0

        /// The part that was predicted right; nil without images.
        package var accuracy: Double? { imageCount == 0 ? nil : Double(correctCount) / Double(imageCount) }
        /// The mean confidence; nil without images.
        package var confidence: Double? { imageCount == 0 ? nil : confidenceSum / Double(imageCount) }
    }

    /// Fifteen bins of one width, by rising confidence.
    package private(set) var bins = [Bin](repeating: Bin(), count: 15)
    private var logLossSum = 0.0
    private var squaredErrorSum = 0.0

    mutating func add(_ score: ImageScore) {
        let place = Int((score.confidence * Double(bins.count)).rounded(.up)) - 1
        let index = min(max(place, 0), bins.count - 1)
        bins[index].imageCount += 1
        bins[index].correctCount += score.isCorrect ? 1 : 0
        bins[index].confidenceSum += score.confidence
        logLossSum += score.logLoss
        squaredErrorSum += score.squaredError
    }

    package var imageCount: Int { bins.reduce(0) { $0 + $1.imageCount } }

    /// The expected calibration error: the mean over images of the distance between accuracy and mean confidence of their
    /// bin, in `0...1`; nil for fewer than two images, of which there is no part that was right.
    ///
    /// It has no bootstrap interval: drawing again adds noise to every bin, which counts as error, so that the interval
    /// would lie too high.
    package var expectedError: Double? {
        imageCount < 2 ? nil : mean(bins.reduce(0) { $0 + abs(Double($1.correctCount) - $1.confidenceSum) })
    }
    /// See `Metric.logLoss`; nil without images.
    package var logLoss: Double? { mean(logLossSum) }
    /// See `Metric.brierScore`; nil without images.
    package var brierScore: Double? { mean(squaredErrorSum) }

    private func mean(_ sum: Double) -> Double? { imageCount == 0 ? nil : sum / Double(imageCount) }
}
