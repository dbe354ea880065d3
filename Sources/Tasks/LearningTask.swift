import Datasets
import Metrics

/// What a network is trained for, known by a name.
///
/// `catalogue` has them all. Two tasks of one name are the same.
package struct LearningTask: RawRepresentable, Hashable, Sendable {
    /// By what recipes, model files and reports call it, such as `multi_label`.
    package let rawValue: String
    package let definition: any TaskDefinition

    init(_ definition: any TaskDefinition) {
        rawValue = definition.name
        self.definition = definition
    }

    /// The task of a name; nil where the catalogue has none.
    package init?(rawValue: String) {
        guard let known = Self.catalogue.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = known
    }

    package static func == (one: Self, other: Self) -> Bool { one.rawValue == other.rawValue }
    package func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}

/// What a task is: what is minimised, by what epochs are judged, what answers are and how these are judged.
package protocol TaskDefinition: Sendable {
    var name: String { get }
    /// How labels become targets.
    var targetKind: TargetKind { get }
    /// What bends its loss.
    var lossOptions: Set<LossOption> { get }
    /// The part of the images that are answered rightly, as `BatchLoss.correct` counts them; nil where answers are not
    /// right or wrong.
    var rightness: EpochFigure? { get }
    /// What an epoch's answers to the validation images come to, beside the loss; the first is what the best epoch is
    /// chosen by unless a recipe says otherwise.
    var figures: [EpochFigure] { get }

    /// The rules that training begins with.
    /// - Parameter training: the samples that are trained on.
    func rules(training: [Sample]) -> AnswerRules

    /// What training minimises.
    /// - Parameters:
    ///   - training: the samples that are trained on.
    ///   - outputCount: how many numbers the network yields for an image.
    func loss(
        _ configuration: LossConfiguration, training: [Sample], outputCount: Int, rules: AnswerRules
    ) -> any Loss

    /// Judges the answers of an epoch.
    func judge(outputCount: Int, rules: AnswerRules) -> any EpochJudge

    /// What the model says of an image.
    /// - Parameter views: of each view of the image the network's outputs, finite numbers.
    func answer(file: String, target: Target?, views: [[Float]], rules: AnswerRules) -> any Answer

    /// The columns of `predictions.csv`, under which `Answer.row` stands.
    func tableColumns(_ classNames: [String]) -> [String]

    /// The columns behind the image's name, under which the fields of `Answer.words` stand.
    func printedColumns(top: Int) -> [String]

    /// What each output says: the probability of its class, or a number.
    func values(_ outputs: [Float], rules: AnswerRules) -> [Double]

    /// The outputs that are worth an explanation where nobody asks for another one.
    /// - Parameter values: what they say.
    func explained(_ values: [Double], rules: AnswerRules) -> [Int]

    /// Whether there are rules that images fit which were not trained on.
    var fitsRules: Bool { get }

    /// Fits the rules that make answers believable, by images that were not trained on.
    /// - Parameter outputs: images × outputs.
    func fit(outputs: [Float], targets: [Target]) -> RulesFit

    /// Judges the answers to labelled images.
    func examiner(outputCount: Int) -> any Examiner

    /// What simple models of some features come to, and which labels they doubt; nil where none can be judged.
    /// - Parameters:
    ///   - training: images to fit to.
    ///   - test: images to judge by; where there are none, cross-validation judges.
    ///   - seed: what chance is drawn from.
    /// - Throws: `ClassifierSizeError`.
    func probe(
        training: LabelledFeatures, test: LabelledFeatures?, outputCount: Int, seed: UInt64
    ) throws -> (any Probe)?

    /// How much a linear model of some features tells of the targets: the larger the better, 1 at most.
    /// - Throws: `PredictionError` where it cannot be fitted.
    func linearScore(
        training: FeatureMatrix, _ trainingTargets: [Target], validation: FeatureMatrix, _ validationTargets: [Target],
        outputCount: Int
    ) throws -> Double
}

// What is usual where outputs are classes.
extension TaskDefinition {
    package var fitsRules: Bool { true }
    package func rules(training: [Sample]) -> AnswerRules { AnswerRules() }
}

/// What a network's outputs cost beside what they should be.
package protocol Loss: Sendable {
    /// The loss of the first `targets.count` rows of `outputs`.
    ///
    /// - Parameters:
    ///   - outputs: rows × outputs.
    ///   - weights: how much each image counts, or nil for equal ones; not negative, and not all zero.
    ///   - gradient: receives d(batch's loss)/d(outputs) in as many rows; rows beyond them become zero.
    func callAsFunction(
        outputs: UnsafeBufferPointer<Float>, targets: [Target], weights: [Double]?,
        gradient: UnsafeMutableBufferPointer<Float>?
    ) -> BatchLoss
}

/// Gathers the answers of an epoch and says what they come to.
package protocol EpochJudge {
    /// Counts an image.
    /// - Parameter outputs: what the network yields for it.
    mutating func add(_ outputs: UnsafeBufferPointer<Float>, _ target: Target)

    /// In the order of the task's `figures`.
    var values: [Double] { get }
}

/// The loss of one batch or, added up, of an epoch.
package struct BatchLoss: Hashable, Sendable, Codable {
    /// The weighted losses of the images, added up.
    package var sum = 0.0
    /// The weights of the images, added up; the number of images where all weights are one.
    package var weight = 0.0
    /// How many images are answered rightly: have their largest output at their class, or an output of at least 0 for
    /// exactly their classes; 0 where answers are not right or wrong.
    package var correct = 0
    package var images = 0

    package init() {}

    /// The mean loss: not a number for no images.
    package var mean: Double { sum / weight }
    /// The fraction of images answered rightly: not a number for no images.
    package var accuracy: Double { Double(correct) / Double(images) }

    package static func += (total: inout BatchLoss, batch: BatchLoss) {
        total.sum += batch.sum
        total.weight += batch.weight
        total.correct += batch.correct
        total.images += batch.images
    }
}
