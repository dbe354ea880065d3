import Foundation

/// What a model says of an image that may be of several classes, or of none.
package struct MultiLabelPrediction: Hashable, Sendable {
    /// The image's name: its path relative to the data folder.
    package let file: String
    /// The indices of its classes, ascending; nil where they are not known.
    package let labels: [Int]?
    /// One for each class by itself, 0...1; of several views the mean.
    package let probabilities: [Double]
    /// From which probability on each class is named.
    package let thresholds: [Double]

    /// - Parameters:
    ///   - views: of each view of the image its logits, one finite number for each class.
    ///   - temperature: what the logits are divided by; nil for nothing.
    ///   - thresholds: one for each class; nil for one half.
    package init(
        file: String, labels: [Int]?, views: [[Float]], temperature: Double? = nil, thresholds: [Double]? = nil
    ) {
        precondition(!views.isEmpty, "an image is seen at least once")
        self.file = file
        self.labels = labels
        let scale = temperature ?? 1
        probabilities = views[0].indices.map { index in
            views.reduce(0) { $0 + sigmoid(Double($1[index]) / scale) } / Double(views.count)
        }
        self.thresholds = thresholds ?? Array(repeating: 0.5, count: views[0].count)
    }

    /// The indices of the classes that are at least as probable as their thresholds, ascending.
    package var named: [Int] { probabilities.indices.filter { probabilities[$0] >= thresholds[$0] } }

    /// The indices of all classes, the most probable first, and of equally probable ones the first.
    package var ranking: [Int] {
        probabilities.indices.sorted { (probabilities[$1], $0) < (probabilities[$0], $1) }
    }
}

/// 1 / (1 + e⁻ˣ), without overflow.
package func sigmoid(_ x: Double) -> Double {
    let small = exp(-abs(x))
    return x < 0 ? small / (1 + small) : 1 / (1 + small)
}
