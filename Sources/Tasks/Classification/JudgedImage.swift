import Datasets

/// An image and what a model said of it.
package struct JudgedImage: Sendable, Hashable {
    /// Its path relative to the data folder.
    package var file: String
    /// Where it is.
    package var content: ImageContent
    /// The index of its class, and the probability given to it.
    package var actual: Int
    package var actualProbability: Double
    /// The index of the class named, and its probability.
    package var predicted: Int
    package var probability: Double

    package init(
        file: String, content: ImageContent, actual: Int, actualProbability: Double, predicted: Int, probability: Double
    ) {
        self.file = file
        self.content = content
        self.actual = actual
        self.actualProbability = actualProbability
        self.predicted = predicted
        self.probability = probability
    }
}
