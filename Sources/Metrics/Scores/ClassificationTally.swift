/// Judges predictions one by one.
///
/// The probabilities are kept, eight bytes for each image and class, because ROC-AUC and average precision need them
/// all at once: 400 MB for 50,000 images of 1,000 classes. Where they are too many, they are dropped.
package struct ClassificationTally: Sendable {
    /// The predictions counted so far.
    package private(set) var confusion: ConfusionMatrix
    /// How far the probabilities can be believed.
    package private(set) var calibration = Calibration()
    /// The same of the probabilities before the model's temperature; nil where it has none.
    package private(set) var uncalibrated: Calibration?
    private(set) var scores: [ImageScore] = []
    /// Images × classes; nil where they are more than `probabilityLimit`.
    private var probabilities: [Double]? = []
    private let probabilityLimit: Int

    /// - Parameter probabilityLimit: how many probabilities, images × classes, are kept at most.
    package init(classCount: Int, probabilityLimit: Int = ClassLimit.rankedProbabilities) {
        confusion = ConfusionMatrix(classCount: classCount)
        self.probabilityLimit = probabilityLimit
    }

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
        if scores.count * confusion.classCount > probabilityLimit {
            self.probabilities = nil
        } else {
            self.probabilities?.append(contentsOf: probabilities)
        }
    }

    /// How many images were counted.
    package var imageCount: Int { scores.count }

    /// Whether the images can be ranked by the probability of each class.
    package var ranksImages: Bool { probabilities != nil }

    /// The images in the order of their probability for a class; nil where the probabilities were too many to keep.
    func ranking(of index: Int) -> ClassRanking? {
        guard let probabilities else { return nil }
        let classCount = confusion.classCount
        return ClassRanking(
            probabilities: stride(from: index, to: probabilities.count, by: classCount).map { probabilities[$0] },
            isOfClass: { scores[$0].label == index })
    }

    /// Accuracy and the scores of each class.
    package var report: ClassificationReport { ClassificationReport(confusion) }

    /// Every metric, for each class and in all, with intervals.
    package var summary: MetricSummary<Metric> { MetricSummary(self) }
}
