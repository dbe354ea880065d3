import Images
import Networks
import Tasks

/// A network with its numbers, and everything needed to feed it images and to name its answers.
public struct Model {
    public let architecture: Architecture
    public let options: Architecture.Options
    public let network: Network
    /// The numbers. Copies of a model share them.
    public let parameters: ParameterStore
    public var preprocessing: Preprocessing
    /// The side of the images that it was trained on, in pixels.
    public var imageSize: Int
    public var resize: ResizeMode
    /// The classes' names in the order of the logits, `options.classCount` of them, or nil where nobody told.
    public var classNames: [String]?
    /// What else folders of the classes may be called, in the same order, such as WordNet's identifiers; nil where nobody
    /// told. Does not go into the model's file.
    package var classIdentifiers: [String]?
    /// What it was trained for.
    package var task = LearningTask.classification
    /// What makes answers of its outputs.
    package var rules = AnswerRules()
    /// Whatever else shall travel with the model, such as a recipe's text.
    public var metadata: [String: String] = [:]

    /// What logits are divided by before they become probabilities, so that these can be believed; positive, nil where
    /// none was fitted.
    public var temperature: Double? {
        get { rules.temperature }
        set { rules.temperature = newValue }
    }
    /// From which probability on each class is named, where an image may be of several; nil where none were fitted.
    public var thresholds: [Double]? {
        get { rules.thresholds }
        set { rules.thresholds = newValue }
    }

    /// A model whose parameters are all zero.
    package init(
        architecture: Architecture, options: Architecture.Options, preprocessing: Preprocessing, imageSize: Int,
        resize: ResizeMode, classNames: [String]? = nil
    ) {
        self.architecture = architecture
        self.options = architecture.settled(options)
        network = architecture.network(options)
        parameters = ParameterStore(network)
        self.preprocessing = preprocessing
        self.imageSize = imageSize
        self.resize = resize
        self.classNames = classNames
    }

    /// Sets every parameter as an untrained network has it.
    package func initialize(seed: UInt64) {
        parameters.initialize(stages: Set(network.stages.map(\.name)), seed: seed)
    }

    /// Forgets the classes of the head: weights and biases of its last layer become zero. Hidden layers stay, as the
    /// features that they are: from zero they would never learn.
    ///
    /// On pretrained features a head that starts from zero learns as fast as a random one, finds all classes equally
    /// likely at first, and keeps no trace of random weights where features are large (as in Kolesnikov et al. 2019,
    /// "Big Transfer", arXiv:1912.11370).
    package func renewHead() {
        for description in network.classifier.parameters {
            parameters[description.name].update(repeating: 0)
        }
    }

    /// Puts the outputs of the head in another order.
    /// - Parameter order: which output of now each one becomes, a permutation of all.
    package func reorderHead(_ order: [Int]) {
        precondition(order.sorted() == Array(0..<network.classCount), "every output has one place")
        // Weights and biases of the last layer have a row for each output; those of layers before it may not.
        for description in network.classifier.parameters {
            let buffer = parameters[description.name]
            let before = Array(buffer)
            let width = before.count / order.count
            for (row, source) in order.enumerated() {
                for column in 0..<width { buffer[row * width + column] = before[source * width + column] }
            }
        }
    }

    /// Lets outputs that stand for numbers count other units, and stand for the same numbers as before.
    package func rescaleHead(from old: OutputScale, to new: OutputScale) {
        for description in network.classifier.parameters {
            let shift = description.shape.count == 1 ? (old.offset - new.offset) / new.unit : 0
            let buffer = parameters[description.name]
            for index in buffer.indices { buffer[index] = Float(Double(buffer[index]) * old.unit / new.unit + shift) }
        }
    }

    /// Builds a model from pretrained weights in any layout that is known.
    /// - Throws: `ArchiveError` where the file cannot be read; `WeightError`, naming tensors and shapes, where it does
    ///   not fit.
    package static func importing(
        _ path: String, _ options: ImportOptions = ImportOptions()
    ) throws -> (model: Model, report: LoadReport) {
        try Importer(WeightFile(path: path), options).model()
    }
}
