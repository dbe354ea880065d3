import Datasets
import Images
import Metrics

/// A model's predictions for a labelled data set, judged.
package struct EvaluationResult: Sendable {
    /// Which part of the data was judged: `test` or `validation`.
    package var role: String
    /// The folder it lies in.
    package var folder: String
    /// Every prediction counted.
    package let tally: ClassificationTally
    /// Accuracy and the scores of each class.
    package let scores: ClassificationReport
    /// What the predictions come to.
    package let metrics: MetricSummary<Metric>
    /// What the logits were divided by; nil where the model has no temperature or it was switched off.
    package var temperature: Double?
    /// The views of each image whose probabilities were averaged.
    package var testTimeAugmentation: TestTimeAugmentation
    /// The images counted, for galleries.
    package var judged: [JudgedImage]
    /// The pooled features of the images counted, where they were asked for.
    package var features: Probe.Images?
    /// The images that could not be read; they are not counted.
    package var badImages: [BadImage]
    /// How long reading and computing took.
    package var seconds: Double

    /// Computes every metric, on all cores.
    package init(
        role: String, folder: String, tally: ClassificationTally, temperature: Double? = nil,
        testTimeAugmentation: TestTimeAugmentation = .none, judged: [JudgedImage] = [],
        features: Probe.Images? = nil, badImages: [BadImage] = [], seconds: Double
    ) {
        self.role = role
        self.folder = folder
        self.tally = tally
        self.temperature = temperature
        self.testTimeAugmentation = testTimeAugmentation
        self.judged = judged
        self.features = features
        scores = tally.report
        metrics = tally.summary
        self.badImages = badImages
        self.seconds = seconds
    }
}
