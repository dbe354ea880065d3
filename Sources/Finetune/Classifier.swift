import Datasets
import Engine
import Images
import Inference
import Pretrained
import Tasks

/// Views of an image whose predictions are averaged: none, mirrored, five or ten crops.
public typealias TestTimeAugmentation = Images.TestTimeAugmentation

/// A trained model that names images.
///
///     let classifier = try Classifier(contentsOf: "runs/photos-1/model.h5")
///     let answer = try classifier.classify(["cat.jpg"])[0]
///     print(answer.label, answer.probability)
///
/// A classifier is used from one thread at a time; it computes on all cores.
public final class Classifier {
    private let predictor: Predictor

    /// Loads a `model.h5` as a run leaves it.
    /// - Parameters:
    ///   - path: the file.
    ///   - batchSize: how many images are computed at once, at least 1.
    ///   - testTimeAugmentation: the views of each image whose probabilities `classify` averages.
    /// - Throws: an error whose description names the file and what is wrong with it, such as that it names several
    ///   classes of an image.
    public init(
        contentsOf path: String, batchSize: Int = 32, testTimeAugmentation: TestTimeAugmentation = .none
    ) throws {
        let model = try Model.read(path)
        guard model.task == .classification else { throw OtherTask(path: path, task: model.task) }
        var configuration = Predictor.Configuration()
        configuration.batchSize = max(batchSize, 1)
        configuration.badImages = .fail
        configuration.testTimeAugmentation = testTimeAugmentation
        predictor = Predictor(model, configuration)
    }

    /// The classes it tells apart, in the order of `Classification.probabilities`.
    public var classNames: [String] { predictor.model.displayedClassNames }

    /// Names the images.
    /// - Parameter paths: picture files: JPEG, PNG, WebP, BMP, GIF or TIFF.
    /// - Returns: one answer for each image, in the same order.
    /// - Throws: an error that names the first file that cannot be read.
    public func classify(_ paths: [String]) throws -> [Classification] {
        var answers: [Classification] = []
        try predictor.predict(samples(paths)) { prediction in
            answers.append(
                Classification(
                    label: classNames[prediction.predicted], probability: prediction.probability,
                    probabilities: prediction.probabilities))
        }
        return answers
    }

    /// Computes the features of images at a stage of the network.
    /// - Parameters:
    ///   - paths: picture files: JPEG, PNG, WebP, BMP, GIF or TIFF.
    ///   - stage: the name of a stage, block or layer, whose feature maps are averaged over space, or `logits`.
    /// - Returns: one vector for each image, in the same order.
    /// - Throws: an error that names the first file that cannot be read, or the stages there are.
    public func features(of paths: [String], at stage: String = "pool") throws -> [[Float]] {
        var features: [[Float]] = []
        try predictor.features(samples(paths), taps: [stage]) { _, outputs in features.append(Array(outputs[0])) }
        return features
    }

    private func samples(_ paths: [String]) -> [Sample] { paths.map { Sample(path: $0, name: $0, label: nil) } }
}

/// What a classifier says of an image.
public struct Classification: Sendable {
    /// The most probable class.
    public let label: String
    /// Its probability, 0...1.
    public let probability: Double
    /// The probabilities of all classes, in the order of `Classifier.classNames`; they sum to 1.
    public let probabilities: [Double]
}

/// A model that does not name one class of each image.
private struct OtherTask: Error, CustomStringConvertible {
    let path: String
    let task: LearningTask

    var description: String {
        "\(path): is trained for \(task.rawValue), and a Classifier names one class of each image"
    }
}
