import Foundation

/// What a model says of one image.
package struct Prediction: Hashable, Sendable {
    /// The image's name: its path relative to the data folder.
    package let file: String
    /// The index of its class, nil where none is known.
    package let label: Int?
    /// One probability for each class; they add up to 1.
    package let probabilities: [Double]
    /// The probabilities without the model's temperature; nil where it has none.
    package let uncalibrated: [Double]?
    /// The index of the class that is most probable without the temperature, the first of several.
    package let predicted: Int
    /// The cross-entropy for the label, nil where none is known.
    package let loss: Double?

    /// - Parameters:
    ///   - logits: one finite number for each class.
    ///   - temperature: what the logits are divided by, which changes probabilities and loss, but never the class.
    package init(
        file: String, label: Int?, logits: some RandomAccessCollection<Float>, temperature: Double? = nil
    ) {
        self.init(file: file, label: label, views: [logits], temperature: temperature)
    }

    /// The mean of the probabilities that belong to several views of an image.
    ///
    /// - Parameters:
    ///   - views: of each its logits, one finite number for each class.
    ///   - temperature: what the logits are divided by.
    package init(
        file: String, label: Int?, views: [some RandomAccessCollection<Float>], temperature: Double? = nil
    ) {
        self.init(file: file, label: label, views: views.map { Array($0) }, temperature)
    }

    private init(file: String, label: Int?, views: [[Float]], _ temperature: Double?) {
        precondition(!views.isEmpty, "an image is seen at least once")
        func mean(_ rows: [Softmax.Distribution]) -> [Double] {
            if rows.count == 1 { return rows[0].probabilities }
            return rows[0].probabilities.indices.map { index in
                rows.reduce(0) { $0 + $1.probabilities[index] } / Double(rows.count)
            }
        }
        let distributions = views.map { Softmax.Distribution($0, temperature: temperature ?? 1) }
        self.file = file
        self.label = label
        probabilities = mean(distributions)
        uncalibrated = temperature.map { _ in mean(views.map { Softmax.Distribution($0) }) }
        // Without the temperature, which could give another view the last word or make different logits equally probable.
        predicted = views.count == 1 ? views[0].indexOfMaximum() : (uncalibrated ?? probabilities).indexOfMaximum()
        loss = label.map { label in
            // −log of the mean of what the losses are −log of, without underflow.
            let losses = zip(views, distributions).map { view, distribution in
                distribution.crossEntropy(logit: view[label])
            }
            let least = losses.min() ?? 0
            return least - log(losses.reduce(0) { $0 + exp(least - $1) } / Double(losses.count))
        }
    }

    /// The indices of all classes, the most probable first, and of equally probable ones the first.
    package var ranking: [Int] {
        [predicted]
            + probabilities.indices.filter { $0 != predicted }
            .sorted { (probabilities[$1], $0) < (probabilities[$0], $1) }
    }

    /// The first of `ranking`, found without ordering the rest.
    /// - Parameter count: how many, at least one; where there are fewer classes, all.
    package func mostProbable(_ count: Int) -> [Int] {
        guard count < 32, count < probabilities.count else { return Array(ranking.prefix(count)) }
        var best: [Int] = []
        for (index, probability) in probabilities.enumerated() where index != predicted {
            if best.count == count - 1, best.last.map({ probability <= probabilities[$0] }) ?? true { continue }
            let place = best.firstIndex { probability > probabilities[$0] } ?? best.endIndex
            best.insert(index, at: place)
            if best.count == count { best.removeLast() }
        }
        return [predicted] + best
    }

    /// The probability of the predicted class.
    package var probability: Double { probabilities.isEmpty ? 0 : probabilities[predicted] }
}
