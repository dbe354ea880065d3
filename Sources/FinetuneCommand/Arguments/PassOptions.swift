import Datasets
import Files
import Images
import Inference
import Pretrained
import Recipes

/// The options by which commands run a model over images.
enum PassOptions {
    private static let batch = Option.integer("--batch", 1...4096, "images at once", default: 32)
    private static let precision = Option<PrecisionChoice>.choice(
        "--precision", "auto|f32|bf16", "arithmetic", of: PrecisionChoice.uniform, default: .auto)

    private static let uncalibrated = Option.flag(
        "--uncalibrated", "probabilities as they come, without the model's temperature")

    private static let views = Option<TestTimeAugmentation>.choice(
        "--tta", TestTimeAugmentation.allCases.map(\.rawValue).joined(separator: "|"),
        "average the probabilities of views: mirrored, or corners and centre", of: TestTimeAugmentation.allCases,
        default: TestTimeAugmentation.none)

    static let declarations = [batch.declaration, precision.declaration]
    /// Of commands that tell probabilities.
    static let probabilityDeclarations = [uncalibrated.declaration, views.declaration]

    static func configuration(_ arguments: Arguments) -> Predictor.Configuration {
        var configuration = Predictor.Configuration()
        configuration.batchSize = arguments.value(batch)
        configuration.precision = arguments.value(precision).precision
        configuration.isCalibrated = !arguments.has(uncalibrated)
        configuration.testTimeAugmentation = arguments.value(views)
        return configuration
    }
}

/// Shows how far a pass over images has come, and ends it on Ctrl-C.
final class PassDisplay {
    private let activity: String
    private let display = RunDisplay()

    init(_ activity: String) { self.activity = activity }

    /// To be called after every batch.
    /// - Throws: `CancellationError`.
    func show(_ progress: PassProgress) throws {
        display.show(RunProgress(activity: activity, progress))
        try Cancellation.check()
    }

    /// Says how many images there were, how fast, and which could not be read.
    func end(images: Int, seconds: Double, bad: [BadImage]) {
        display.end()
        tell(bad)
        display.tell(
            "\(Words.counted(images, "image")) in \(Words.duration(seconds)), "
                + "\(Words.decimals(Double(images) / max(seconds, 1e-9), 1)) images/s")
    }

    func end(_ pass: Pass) { end(images: pass.imageCount, seconds: pass.seconds, bad: pass.badImages) }

    func tell(_ line: String) { display.tell(line) }

    /// Says what of a folder was passed over, and how it was joined to classes where that is not plain.
    func tell(_ folder: ImageSet) {
        if folder.ignoredFiles > 0 { display.tell("\(folder.root): passed over \(folder.ignored.summary)") }
        for warning in folder.warnings(leavingOut: []) { display.tell("warning: \(warning)") }
    }

    /// Names images that could not be read.
    func tell(_ bad: [BadImage]) {
        for image in bad { display.tell("left out: \(image.path): \(image.reason)") }
    }

    /// Says what the probabilities are divided by, if anything.
    func tell(temperatureOf predictor: Predictor) {
        if let temperature = predictor.temperature {
            display.tell("probabilities are calibrated: temperature \(Words.decimals(temperature, 3))")
        } else if predictor.model.temperature != nil {
            display.tell("probabilities are not calibrated")
        }
    }

    /// Says what became of a pretrained file.
    func tell(_ report: LoadReport?) { report?.summary.forEach(display.tell) }
}
