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
    /// The index of the most probable class, the first of several.
    package let predicted: Int
    /// The cross-entropy for the label, nil where none is known.
    package let loss: Double?

    /// - Parameters:
    ///   - logits: one finite number for each class.
    ///   - temperature: what the logits are divided by, which changes probabilities and loss, but never the class.
    package init(
        file: String, label: Int?, logits: some RandomAccessCollection<Float>, temperature: Double? = nil
    ) {
        self.file = file
        self.label = label
        probabilities = Softmax.probabilities(logits, temperature: temperature ?? 1)
        uncalibrated = temperature.map { _ in Softmax.probabilities(logits) }
        // Of the logits: a high temperature may make different ones equally probable.
        predicted = logits.indexOfMaximum()
        loss = label.map { Softmax.crossEntropy(logits, label: $0, temperature: temperature ?? 1) }
    }

    /// The probability of the predicted class.
    package var probability: Double { probabilities.isEmpty ? 0 : probabilities[predicted] }
}
