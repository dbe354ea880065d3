/// Judges predictions one by one.
///
/// The probabilities are kept, eight bytes for each image and class, because ROC-AUC, average precision and intervals need
/// them all at once: 400 MB for 50,000 images of 1,000 classes.
package struct ClassificationTally: Sendable {
    /// The predictions counted so far.
    package private(set) var confusion: ConfusionMatrix
    /// How far the probabilities can be believed.
    package private(set) var calibration = Calibration()
    /// The same of the probabilities before the model's temperature; nil where it has none.
    package private(set) var uncalibrated: Calibration?
    private(set) var scores: [ImageScore] = []
    /// Images × classes.
    private var probabilities: [Double] = []

    package init(classCount: Int) { confusion = ConfusionMatrix(classCount: classCount) }

    /// Counts an image of class `label` that was given these probabilities, one for each class.
    package mutating func add(label: Int, probabilities: [Double]) {
        add(label: label, predicted: probabilities.indexOfMaximum(), probabilities: probabilities)
    }

    /// Counts a prediction; one without a label counts nothing.
    package mutating func add(_ prediction: Prediction) {
        guard let label = prediction.label else { return }
        add(label: label, predicted: prediction.predicted, probabilities: prediction.probabilities)
        if let probabilities = prediction.uncalibrated {
            let score = ImageScore(label: label, predicted: prediction.predicted, probabilities: probabilities)
            uncalibrated = uncalibrated ?? Calibration()
            uncalibrated?.add(score)
        }
    }

    private mutating func add(label: Int, predicted: Int, probabilities: [Double]) {
        confusion.add(actual: label, predicted: predicted)
        let score = ImageScore(label: label, predicted: predicted, probabilities: probabilities)
        calibration.add(score)
        scores.append(score)
        self.probabilities += probabilities
    }

    /// How many images were counted.
    package var imageCount: Int { scores.count }

    /// The images in the order of their probability for a class.
    func ranking(of index: Int) -> ClassRanking {
        let classCount = confusion.classCount
        return ClassRanking(
            probabilities: stride(from: index, to: probabilities.count, by: classCount).map { probabilities[$0] },
            isOfClass: { scores[$0].label == index })
    }

    /// Accuracy and the scores of each class.
    package var report: ClassificationReport { ClassificationReport(confusion) }

    /// Every metric, for each class and in all, with intervals.
    package var summary: MetricSummary { MetricSummary(self) }
}
