import Datasets
import Files
import Foundation
import Images
import Metrics

/// What a model says of one image.
package protocol Answer: Sendable {
    /// The image's name: its path relative to the data folder.
    var file: String { get }

    /// A row of `predictions.csv`, under the columns that the task's `tableColumns` names.
    func row(_ classNames: [String]) -> [String]

    /// What is printed of it.
    /// - Parameter top: how many classes are told, the most probable first.
    func words(_ classNames: [String], top: Int) -> AnswerWords
}

/// An answer as commands print it.
package struct AnswerWords: Sendable {
    /// For people, without the name of the image.
    package let text: [String]
    /// For tables, under the columns that the task's `printedColumns` names, numbers with all digits.
    package let fields: [String]
    /// The members of an object, without the name of the image.
    package let members: [JSON.Member]

    package init(text: [String], fields: [String], members: [JSON.Member]) {
        self.text = text
        self.fields = fields
        self.members = members
    }
}

/// What makes answers of outputs; kept in the model's file.
package struct AnswerRules: Sendable, Hashable {
    /// What outputs are divided by, fitted after training on images that were not trained on; nil for nothing.
    package var temperature: Double?
    /// From which probability on each class is named, fitted likewise; nil for one half.
    package var thresholds: [Double]?
    /// What outputs that are numbers are measured in, known before training; nil for themselves.
    package var scale: OutputScale?

    package init(temperature: Double? = nil, thresholds: [Double]? = nil, scale: OutputScale? = nil) {
        self.temperature = temperature
        self.thresholds = thresholds
        self.scale = scale
    }

    /// The rules that name the same classes, with probabilities as they come: thresholds move with these.
    package var uncalibrated: AnswerRules {
        guard let temperature else { return self }
        let moved = thresholds?.map { threshold in sigmoid(temperature * log(threshold / (1 - threshold))) }
        return AnswerRules(thresholds: moved, scale: scale)
    }
}

/// What an output is measured in: it stands for `offset + unit · output`.
package struct OutputScale: Sendable, Hashable {
    /// Finite.
    package let offset: Double
    /// Finite and positive.
    package let unit: Double

    /// What both may be: squares of numbers of such units are finite.
    package static let offsets = -1e100...1e100
    package static let units = 1e-100...1e100

    package init(offset: Double, unit: Double) {
        self.offset = offset
        self.unit = unit
    }

    /// The number that an output stands for.
    package func number(_ output: Double) -> Double { offset + unit * output }
    /// The output that stands for a number.
    package func output(_ number: Double) -> Double { (number - offset) / unit }
}

/// What a fit of the rules came to.
package struct RulesFit: Sendable {
    /// Nil where the loss has no minimum.
    package let temperature: Temperature?
    /// Nil for a task without.
    package let thresholds: [Double]?
}

/// Gathers answers to labelled images and judges them.
package protocol Examiner {
    /// Counts an image.
    mutating func add(_ answer: any Answer, to sample: Sample)

    /// What the answers come to, on all cores.
    func result(_ pass: JudgedPass) -> any TaskResult
}

/// A pass over labelled images.
package struct JudgedPass: Sendable {
    /// Which part of the data was judged: `test` or `validation`.
    package var role: String
    /// What the names of the images are relative to.
    package var folder: String
    /// What the outputs were divided by; nil where the model has no temperature or it was switched off.
    package var temperature: Double?
    /// The views of each image whose probabilities were averaged.
    package var testTimeAugmentation: TestTimeAugmentation
    /// The images that could not be read; they are not counted.
    package var badImages: [BadImage]
    /// How long reading and computing took.
    package var seconds: Double
    /// The pooled features of the images counted, or of some; nil where nobody asked for them.
    package var features: LabelledFeatures?

    package init(
        role: String, folder: String, temperature: Double? = nil, testTimeAugmentation: TestTimeAugmentation = .none,
        badImages: [BadImage] = [], seconds: Double, features: LabelledFeatures? = nil
    ) {
        self.role = role
        self.folder = folder
        self.temperature = temperature
        self.testTimeAugmentation = testTimeAugmentation
        self.badImages = badImages
        self.seconds = seconds
        self.features = features
    }
}

/// A model's answers to a labelled data set, judged.
package protocol TaskResult: Sendable {
    var pass: JudgedPass { get set }
    /// How many images were counted.
    var imageCount: Int { get }
    /// Every metric, under its key in `report.json`.
    var figures: [String: Double] { get }
    /// The figures that matter most, with their intervals: `accuracy 0.9312 (0.9083 to 0.9521), macro F1 0.9304`.
    var headline: String { get }
}

extension TaskResult {
    package var role: String {
        get { pass.role }
        set { pass.role = newValue }
    }
    package var folder: String {
        get { pass.folder }
        set { pass.folder = newValue }
    }
    package var temperature: Double? { pass.temperature }
    package var testTimeAugmentation: TestTimeAugmentation { pass.testTimeAugmentation }
    package var badImages: [BadImage] {
        get { pass.badImages }
        set { pass.badImages = newValue }
    }
    package var seconds: Double { pass.seconds }
    package var features: LabelledFeatures? { pass.features }
}

extension MetricSummary {
    /// ` (0.9083 to 0.9521)`; nothing where there is no interval.
    func intervalWords(_ figure: Figure) -> String {
        intervals[figure].map {
            " (\(Words.decimals($0.lowerBound, 4)) to \(Words.decimals($0.upperBound, 4)))"
        } ?? ""
    }
}

extension Dictionary where Key: RawRepresentable, Key.RawValue == String, Value == Double {
    /// Metrics by their keys in `report.json`.
    var byRawValue: [String: Double] { [String: Double](uniqueKeysWithValues: map { ($0.rawValue, $1) }) }
}
