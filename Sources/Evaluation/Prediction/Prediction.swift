/// What a model says of one image.
package struct Prediction: Hashable, Sendable {
    /// The image's name: its path relative to the data folder.
    package let file: String
    /// The index of its class, nil where none is known.
    package let label: Int?
    /// One probability for each class; they add up to 1.
    package let probabilities: [Double]
    /// The index of the most probable class, the first of several.
    package let predicted: Int
    /// The cross-entropy for the label, nil where none is known.
    package let loss: Double?

    /// - Parameter logits: one finite number for each class.
    package init(file: String, label: Int?, logits: some RandomAccessCollection<Float>) {
        self.file = file
        self.label = label
        probabilities = Softmax.probabilities(logits)
        predicted = probabilities.indexOfMaximum()
        loss = label.map { Softmax.crossEntropy(logits, label: $0) }
    }

    /// The probability of the predicted class.
    package var probability: Double { probabilities.isEmpty ? 0 : probabilities[predicted] }
}
