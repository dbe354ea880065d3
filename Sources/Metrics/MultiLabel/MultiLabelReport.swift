/// What is right and wrong in answers that may name several classes of an image, or none, by scikit-learn's definitions.
///
/// A ratio with nothing below the line is 0. A class that no image has is *absent*: it takes no part in the mean over
/// classes, as where scikit-learn is given the classes of the images as `labels`; where it was named, that counts in the
/// micro average and against the image.
package struct MultiLabelReport: Hashable, Sendable {
    package typealias Scores = ClassificationReport.Scores

    /// The scores of every class, by index.
    package let perClass: [Scores]
    /// The scores of all answers together, whatever their class; its support is the number of labels.
    package let microAverage: Scores
    /// The mean over all classes that have images, each counting the same.
    package let macroAverage: Scores
    /// The mean over all classes, each counting by its support.
    package let weightedAverage: Scores
    /// The mean over the images of the scores of what was named of each; its support is the number of images.
    package let imageAverage: Scores
    /// The part of the images of which exactly the right classes were named, in `0...1`.
    package let subsetAccuracy: Double
    /// The part of the answers, one for each image and class, that are wrong, in `0...1`.
    package let hammingLoss: Double

    /// How many images were judged.
    package var imageCount: Int { imageAverage.support }

    /// - Parameter counts: how often each image counts.
    init(_ answers: [MultiLabelAnswer], classCount: Int, counts: [Int32]) {
        var actual = [Int](repeating: 0, count: classCount)
        var (predicted, correct) = (actual, actual)
        var perImage: [(Scores, weight: Double)] = []
        var (images, exact, wrong) = (0, 0, 0)
        for (answer, count) in zip(answers, counts) where count > 0 {
            let count = Int(count)
            for label in answer.actual { actual[label] += count }
            for label in answer.predicted { predicted[label] += count }
            for label in answer.correct { correct[label] += count }
            perImage.append((answer.scores, Double(count)))
            images += count
            exact += answer.wrongCount == 0 ? count : 0
            wrong += answer.wrongCount * count
        }
        let perClass = actual.indices.map {
            Scores(support: actual[$0], predicted: predicted[$0], correct: correct[$0])
        }
        let labels = actual.reduce(0, +)
        self.perClass = perClass
        microAverage = Scores(support: labels, predicted: predicted.reduce(0, +), correct: correct.reduce(0, +))
        macroAverage = Scores(averaging: perClass.filter { $0.support > 0 }.map { ($0, 1) }, support: labels)
        weightedAverage = Scores(averaging: perClass.map { ($0, Double($0.support)) }, support: labels)
        imageAverage = Scores(averaging: perImage, support: images)
        subsetAccuracy = images == 0 ? 0 : Double(exact) / Double(images)
        hammingLoss = images == 0 ? 0 : Double(wrong) / (Double(images) * Double(classCount))
    }
}
