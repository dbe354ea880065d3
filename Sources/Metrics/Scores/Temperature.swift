import Foundation

/// The temperature that makes probabilities believable: the one that logits are divided by so that the log loss on images
/// that were not trained on is least (Guo et al. 2017, "On Calibration of Modern Neural Networks", arXiv:1706.04599).
///
/// The order of the classes, and with it every prediction, stays as it is.
package struct Temperature: Sendable, Hashable {
    /// What logits are divided by, within `range`.
    package let value: Double
    /// How many images it was fitted on.
    package let imageCount: Int
    /// The mean cross-entropy of these images without it, and with it.
    package let lossBefore: Double
    package let lossAfter: Double

    /// Where temperatures are looked for.
    package static let range = 0.05...20.0

    /// Fits the temperature, in float64; nil for fewer than two images, which say nothing about others, and where the
    /// loss has no minimum within `range`: of guesses no better than chance, or where all predictions are right, whose
    /// loss falls with the temperature forever.
    ///
    /// - Parameters:
    ///   - logits: images × classes, finite.
    ///   - labels: the class of each image.
    ///   - imageCount: how many images these are, where each has several rows; nil where it has one.
    package init?(logits: [Float], labels: [Int], imageCount: Int? = nil) {
        guard labels.count > 1 else { return nil }
        let fit = Fit(logits: logits, labels: labels)
        // In the inverse of the temperature the loss is convex: its slope rises, and crosses zero once or never.
        var (low, high) = (1 / Self.range.upperBound, 1 / Self.range.lowerBound)
        guard fit.slope(at: low).value < 0, fit.slope(at: high).value > 0 else { return nil }
        var scale = 1.0
        for _ in 0..<200 {
            let slope = fit.slope(at: scale)
            if slope.value < 0 { low = scale } else { high = scale }
            let newton = scale - slope.value / slope.derivative
            let next = newton > low && newton < high ? newton : (low + high) / 2
            let isSettled = abs(next - scale) <= 1e-15 * scale
            scale = next
            if isSettled { break }
        }
        value = 1 / scale
        self.imageCount = imageCount ?? labels.count
        lossBefore = fit.loss(at: 1)
        lossAfter = fit.loss(at: scale)
    }

    private struct Fit {
        let logits: [Float]
        let labels: [Int]
        var classCount: Int { logits.count / labels.count }

        private func row(_ image: Int) -> ArraySlice<Float> {
            logits[image * classCount..<(image + 1) * classCount]
        }

        /// The mean cross-entropy of logits times `scale`.
        func loss(at scale: Double) -> Double {
            labels.indices.reduce(0) {
                $0 + Softmax.crossEntropy(row($1), label: labels[$1], temperature: 1 / scale)
            } / Double(labels.count)
        }

        /// The derivative of the loss by `scale`, the mean distance between expected and right logit, and its own, the mean
        /// variance of the logits.
        func slope(at scale: Double) -> (value: Double, derivative: Double) {
            var (value, derivative) = (0.0, 0.0)
            for (image, label) in labels.enumerated() {
                let row = row(image)
                let largest = Double(row.max() ?? 0)
                var (sum, first, second) = (0.0, 0.0, 0.0)
                for logit in row {
                    let distance = Double(logit) - largest
                    let power = exp(distance * scale)
                    sum += power
                    first += power * distance
                    second += power * distance * distance
                }
                let mean = first / sum
                value += mean - (Double(row[row.startIndex + label]) - largest)
                derivative += second / sum - mean * mean
            }
            return (value / Double(labels.count), derivative / Double(labels.count))
        }
    }
}
