import Datasets
import Files
import Metrics
import Tensors

/// What a network's features are worth without any training of it: how well simple models of them answer, and which
/// labels these doubt.
package protocol Probe: Sendable {
    /// What each of the models is: a `classifier`, or just a `model`.
    var modelKind: String { get }
    /// How many images the models learned from, and how many features each has.
    var imageCount: Int { get }
    var featureCount: Int { get }
    /// How many images judged the models.
    var judgedCount: Int { get }
    /// Whether these are test images; else each image was judged by models that had not seen it.
    var hasTestImages: Bool { get }
    /// What the models are judged by; the larger the better.
    var figure: EpochFigure { get }
    /// What each model comes to, the best last as a rule.
    var scores: [ProbeScore] { get }
    /// The most doubtful first.
    var doubtfulLabels: [DoubtfulLabel] { get }
}

/// What one model of a probe comes to.
package struct ProbeScore: Sendable {
    /// Its key in `report.json`.
    package let key: String
    /// As people read it: `10 nearest neighbours`.
    package let name: String
    package let value: Double
    package let interval: ClosedRange<Double>?
    /// All that `report.json` has of it.
    package let json: JSON

    /// - Parameters:
    ///   - figure: what the value is.
    ///   - settings: how the model is set.
    ///   - counts: what else is known of the value.
    init(
        _ key: String, _ name: String, _ figure: EpochFigure, _ value: Double, interval: ClosedRange<Double>?,
        settings: [JSON.Member] = [], counts: [JSON.Member] = []
    ) {
        self.key = key
        self.name = name
        self.value = value
        self.interval = interval
        json = .object(
            settings + [.init(key: figure.name, value: .number(value))] + counts + [
                .init(
                    key: "interval", value: interval.map { [.number($0.lowerBound), .number($0.upperBound)] } ?? .null)
            ])
    }
}

/// A label of the training data that the other images contradict.
package struct DoubtfulLabel: Hashable, Sendable {
    package let file: String
    /// The class that the image is said to be of; nil where it is doubtful that it is not of `suggested`.
    package let label: Int?
    /// What it looks like, judged by the other images; nil where it does not look like `label`, and may have others.
    package let suggested: Int?
    /// The probabilities of what is said and of what it looks like.
    package let labelProbability, suggestedProbability: Double

    /// What is said of the image: `sea`, or `not sea`.
    package func labelWords(_ classNames: [String]) -> String { Self.words(label, suggested, classNames) }
    /// What it looks like: `sea`, or `not sea`.
    package func suggestionWords(_ classNames: [String]) -> String { Self.words(suggested, label, classNames) }

    private static func words(_ index: Int?, _ other: Int?, _ classNames: [String]) -> String {
        index.map { classNames[$0] } ?? other.map { "not \(classNames[$0])" } ?? ""
    }

    /// The most doubtful first.
    static func precedes(_ one: Self, _ other: Self) -> Bool {
        (one.labelProbability - one.suggestedProbability, one.file)
            < (other.labelProbability - other.suggestedProbability, other.file)
    }
}

extension Probe {
    package var modelKind: String { "classifier" }

    /// Writes every doubtful label: `filename,label,label_probability,suggested,suggested_probability`.
    /// - Throws: `OutputError`.
    package func writeDoubtfulLabels(to path: String, classNames: [String]) throws {
        let header = ["filename", "label", "label_probability", "suggested", "suggested_probability"]
        let rows = doubtfulLabels.map { image in
            CSV.line([
                image.file, image.label.map { classNames[$0] } ?? "", image.labelProbability.description,
                image.suggested.map { classNames[$0] } ?? "", image.suggestedProbability.description,
            ])
        }
        try OutputFile.write(CSV.line(header) + rows.joined(), to: path)
    }
}

/// How many images a probe takes.
package enum ProbeLimit {
    /// How many images are worth fitting models to in passing, which takes some seconds for so many; nil where they are
    /// too few for so many outputs.
    package static func inPassing(featureCount: Int, outputCount: Int) -> Int? {
        let limit = min(5000, 400_000_000 / (featureCount * outputCount))
        return limit >= 10 * outputCount ? limit : nil
    }

    /// How many images models are fitted to where somebody asks for nothing else, which takes some minutes for so
    /// many; nil where they are too few for so many outputs.
    ///
    /// Neighbours take time that grows with the square of the images, a regression with images × features × outputs,
    /// and probabilities take memory that grows with images × outputs.
    package static func largest(featureCount: Int, outputCount: Int) -> Int? {
        let limit = min(20_000, 10_000_000_000 / (featureCount * outputCount), 20_000_000 / outputCount)
        return limit >= 2 * outputCount ? limit : nil
    }

    /// How many test images judge the models at most; more would change nothing that matters.
    package static let testImages = 20_000
}

/// What the models of a probe are chosen from by cross-validation.
package enum ProbeChoice {
    /// The numbers of neighbours.
    package static let neighbourCounts = [1, 5, 10, 20]
    /// The strengths of the regression; see `LogisticRegression`.
    package static let strengths = [1e-4, 1e-3, 1e-2, 1e-1, 1]
    /// How many parts cross-validation makes of the training images.
    static let foldCount = 5

    static func neighbourWords(_ count: Int) -> String {
        count == 1 ? "the nearest neighbour" : "\(count) nearest neighbours"
    }
}

extension StratifiedFolds {
    /// What a model says of each image under several settings, fitted to the images of other parts.
    /// - Parameters:
    ///   - nothing: stands for what is said of images in no part.
    ///   - answers: of images to answer, in order, what each setting says, given those to fit to and these.
    /// - Returns: for each setting, for each image.
    func answers<Answer>(
        imageCount: Int, settingCount: Int, nothing: Answer,
        _ answers: (_ training: [Int], _ held: [Int]) throws -> [[Answer]]
    ) rethrows -> [[Answer]] {
        var all = [[Answer]](repeating: Array(repeating: nothing, count: imageCount), count: settingCount)
        for split in splits {
            for (image, said) in zip(split.held, try answers(split.training, split.held)) {
                for (setting, answer) in said.enumerated() { all[setting][image] = answer }
            }
        }
        return all
    }
}

/// Of each image what each setting says, given of each setting what it says of each image.
func byImage<Answer>(_ answers: [[Answer]]) -> [[Answer]] {
    (answers.first ?? []).indices.map { image in answers.map { $0[image] } }
}

/// The features of labelled images: of each its name, what it is labelled with, and a row.
package struct LabelledFeatures: Sendable {
    package private(set) var files: [String] = []
    package private(set) var targets: [Target] = []
    package private(set) var features: FeatureMatrix

    package init(featureCount: Int) { features = FeatureMatrix(columnCount: featureCount) }

    package var count: Int { files.count }

    package mutating func append(file: String, target: Target, features row: some Collection<Float>) {
        files.append(file)
        targets.append(target)
        features.append(row)
    }
}

extension [Sample] {
    /// At most `count` of them in their order, drawn by `seed`.
    package func drawn(_ count: Int, seed: UInt64) -> [Sample] {
        guard self.count > count else { return self }
        return RandomStream.order(count: self.count, seed: seed, epoch: 0).prefix(count).sorted().map { self[$0] }
    }
}
