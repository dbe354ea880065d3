import Datasets
import Engine
import Files
import Images
import Inference
import Metrics
import Networks
import Pretrained
import Tasks
import Tensors
import Training

/// What is worth knowing after a run: the contents of `report.json` and `report.html`.
///
/// Whatever a run does not have stays empty and is left out of the report: an evaluation of a saved model has no epochs.
package struct RunReport: Sendable {
    /// The headline: the recipe's name, or the model's.
    package var name: String
    /// What the model is for.
    package let task: LearningTask
    package var model: Model
    /// The class names, by index.
    package var classNames: [String]
    package var result: any TaskResult
    /// The epochs of the training, in order.
    package var epochs: [EpochRecord] = []
    /// The epoch whose weights were evaluated.
    package var bestEpoch: Int?
    /// The quantity that chose it, such as `val_accuracy`.
    package var monitor: String?
    /// One proof for each stage of the training.
    package var freezeProofs: [FreezeProof] = []
    /// Whether the run, or that of the model, has fitted from which probability on a class is named.
    package var thresholdsAreFitted = false
    /// The temperature that the run fitted; nil where there was nothing to fit it on, or no minimum.
    package var temperatureFit: Temperature?
    /// What the data is made of: training, validation and test.
    package var data: [DataPart] = []
    /// The smallest, the middle and the largest width and height of the images, in pixels.
    package var widths: DataSummary.Spread?
    package var heights: DataSummary.Spread?
    /// What a reader has to know before he believes the numbers, such as classes without images; one sentence an
    /// element.
    package var warnings: [String] = []
    /// What is doubtful about the data, such as identical files in training and test: one sentence an element.
    package var dataWarnings: [String] = []
    /// How the data was found and shared out, such as what became of groups: one sentence an element.
    package var dataRemarks: [String] = []
    /// How the pretrained weights were taken in: one sentence an element.
    package var weightLoading: [String] = []
    /// Images to look at; see `addGalleries`.
    package var galleries: [Gallery] = []
    /// The recipe as it was run, in YAML.
    package var recipe: String?
    /// What simple models make of the network's features, before training where there was any; nil where that was not
    /// asked for.
    package var probe: (any Probe)?
    /// How long each part of the run took.
    package var timings: [Timing] = []
    package var machine: Machine? = Machine.current
    /// The versions of what computed: `finetune`, `oneDNN`.
    package var versions: [Version] = []

    package init(
        name: String, task: LearningTask = .classification, model: Model, classNames: [String], result: any TaskResult
    ) {
        self.name = name
        self.task = task
        self.model = model
        self.classNames = classNames
        self.result = result
    }

    /// The network judged.
    package struct Model: Sendable, Hashable {
        /// The architecture's name.
        package var architecture: String
        /// The number of parameters, frozen ones included, running statistics not.
        package var parameterCount: Int
        /// The side of its input images in pixels.
        package var imageSize: Int
        /// `crop`, `squash` or `letterbox`.
        package var resize: String
        /// The preprocessing, by name or in words.
        package var preprocessing: String
        /// The precision computed in: `f32` or `bf16`.
        package var precision: String
        /// Where the weights began: a file, or `none`.
        package var weights: String?
        /// The temperature that the model has, whether it was used or not.
        package var temperature: Double?

        package init(
            architecture: String, parameterCount: Int, imageSize: Int, resize: String, preprocessing: String,
            precision: String, weights: String? = nil, temperature: Double? = nil
        ) {
            self.architecture = architecture
            self.parameterCount = parameterCount
            self.imageSize = imageSize
            self.resize = resize
            self.preprocessing = preprocessing
            self.precision = precision
            self.weights = weights
            self.temperature = temperature
        }

        /// What is worth knowing of a model.
        package init(_ model: Pretrained.Model, precision: Precision, weights: String? = nil) {
            self.init(
                architecture: model.architecture.rawValue,
                parameterCount: model.parameters.descriptions.reduce(0) {
                    $0 + ($1.isStatistic ? 0 : $1.shape.product)
                },
                imageSize: model.imageSize, resize: model.resize.rawValue, preprocessing: model.preprocessing.words,
                precision: precision.rawValue, weights: weights, temperature: model.temperature)
        }
    }

    /// A part of the data.
    package struct DataPart: Sendable, Hashable {
        /// `training`, `validation` or `test`.
        package var role: String
        /// The folder it lies in.
        package var folder: String
        /// How many images each class has.
        package var imagesPerClass: [Int]
        /// How many images there are; one of several classes counts once.
        package var imageCount: Int
        /// How many files were passed over because they are hidden or no images.
        package var ignoredFiles: Int
        /// The images that could not be read.
        package var badImages: [BadImage]

        package init(
            role: String, folder: String, imagesPerClass: [Int], imageCount: Int? = nil, ignoredFiles: Int = 0,
            badImages: [BadImage] = []
        ) {
            self.role = role
            self.folder = folder
            self.imagesPerClass = imagesPerClass
            self.imageCount = imageCount ?? imagesPerClass.reduce(0, +)
            self.ignoredFiles = ignoredFiles
            self.badImages = badImages
        }

        /// Counts labelled samples by class.
        package init(
            role: String, folder: String, samples: [Sample], classCount: Int, ignoredFiles: Int = 0,
            badImages: [BadImage] = []
        ) {
            self.init(
                role: role, folder: folder, imagesPerClass: classCounts(samples, classCount: classCount),
                imageCount: samples.count,
                ignoredFiles: ignoredFiles, badImages: badImages)
        }
    }

    /// A part of the run and its duration.
    package struct Timing: Sendable, Hashable {
        package var name: String
        package var seconds: Double

        package init(_ name: String, seconds: Double) {
            self.name = name
            self.seconds = seconds
        }
    }

    /// A piece of software and its version.
    package struct Version: Sendable, Hashable {
        package var name: String
        package var version: String

        package init(_ name: String, _ version: String) {
            self.name = name
            self.version = version
        }
    }

    /// Takes over everything that is known of the data.
    package mutating func describe(_ summary: DataSummary) {
        data = summary.parts.map { part in
            DataPart(
                role: part.role.words, folder: part.folder,
                imagesPerClass: part.imagesPerClass, imageCount: part.images, ignoredFiles: part.ignored.count,
                badImages: part.badImages)
        }
        widths = summary.widths
        heights = summary.heights
        dataWarnings = summary.warnings
        dataRemarks = summary.remarks
    }

    /// Chooses images to look at and reads them once more for their thumbnails.
    /// - Parameters:
    ///   - explainer: shows beside mistakes and doubts what the model saw its answer in; nil to leave that out.
    ///   - progress: told after every few images explained; what it throws ends the work.
    /// - Throws: what `progress` throws.
    package mutating func addGalleries(
        explainedBy explainer: (any Explainer)? = nil, progress: (PassProgress) throws -> Void = { _ in }
    ) throws {
        galleries = page.galleries
        galleries.addThumbnails()
        guard let explainer else { return }
        do {
            try galleries.addOverlays(by: explainer, progress: progress)
        } catch is EngineError {
            // Too little memory for a few pictures is no reason to lose a report.
        }
    }

    /// Every image that could not be read, in the evaluated part and in the others, each once.
    package var badImages: [BadImage] {
        var seen: Set<FileName> = []
        return (data.flatMap(\.badImages) + result.badImages).filter { seen.insert(FileName($0.path)).inserted }
    }

    /// Writes `report.json`, `report.html` and what the task has beside these, such as `confusion_matrix.csv`, into a
    /// folder that exists.
    /// - Throws: `OutputError`.
    package func write(to folder: String) throws {
        try OutputFile.write(json.text, to: folder + "/report.json")
        try OutputFile.write(html, to: folder + "/report.html")
        for file in page.files { try OutputFile.write(file.text, to: "\(folder)/\(file.name)") }
    }
}

extension ConfusionMatrix {
    /// The matrix as a table: the header is `actual\predicted` and the class names, each row begins with the actual
    /// class. Of more than `ClassLimit.square` classes a row for each count that is not 0: `actual,predicted,images`.
    package func csv(classNames: [String]) -> String {
        precondition(classNames.count == classCount, "\(classNames.count) names for \(classCount) classes")
        guard classCount <= ClassLimit.square else {
            let lines = cells.map { CSV.line([classNames[$0.actual], classNames[$0.predicted], String($0.images)]) }
            return CSV.line(["actual", "predicted", "images"]) + lines.joined()
        }
        let rows = zip(classNames, rows).map { CSV.line([$0] + $1.map(String.init)) }
        return CSV.line([#"actual\predicted"#] + classNames) + rows.joined()
    }
}
