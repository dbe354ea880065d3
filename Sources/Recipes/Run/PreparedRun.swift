import Datasets
import Downloads
import Engine
import Files
import Foundation
import Inference
import Pretrained
import Training

/// A recipe with its data scanned and its weights loaded: everything that can be known before training.
package struct PreparedRun {
    package let recipe: Recipe
    package private(set) var dataset: Dataset
    /// What a look at every image found; nil before `survey`.
    package private(set) var survey: ImageSurvey?
    package internal(set) var model: Model
    /// How the weights were taken in, one sentence a line.
    package let weightLoading: [String]
    package let configuration: TrainingConfiguration
    /// Decoded images, as many as fit into as much memory as activations may take.
    let cache: ImageCache
    let activations: ActivationCache

    /// Scans the data folders and loads the weights.
    /// - Parameters:
    ///   - fetcher: fetches the weights where they are not here.
    ///   - isRehearsal: whether they are not fetched but told of; the model has random numbers then.
    /// - Throws: `AbsentData`, `DatasetError`, `WeightSourceError`, what `Model.importing` and `Fetcher.fetch` throw, and
    ///   `RecipeDataError` where recipe and data do not fit.
    package init(
        _ recipe: Recipe, _ fetcher: Fetcher = Fetcher(FetchSettings()), isRehearsal: Bool = false
    ) throws {
        self.recipe = recipe
        try recipe.data.checkPresence()
        let budget = recipe.cache.memory.byteCount
        cache = ImageCache(budgetBytes: budget, minimumSide: recipe.minimumSide)
        activations = ActivationCache(budgetBytes: budget, disk: recipe.cache.disk)
        dataset = try ComputeLibrary.withThreads(recipe.threads) {
            try Dataset(recipe.datasetConfiguration)
        }
        configuration = try recipe.trainingConfiguration(classNames: dataset.classNames)
        guard configuration.precision.isSupported else { throw EngineError.unsupported(configuration.precision) }
        (model, weightLoading) = try recipe.model(
            classNames: dataset.classNames, training: dataset[.training], fetcher, isRehearsal: isRehearsal)
        try checkMemory()
    }

    /// Checks that the folders that the run is to write into are there, or can be made, without making them.
    /// - Throws: `RunFolderError`.
    package func checkPlaces() throws {
        try RunFolder.check(recipe.output)
        if let disk = recipe.cache.disk { try RunFolder.check(disk.directory) }
    }

    /// Refuses what cannot fit: where the output of a single layer for a batch is larger than what is free.
    private func checkMemory() throws {
        let shapes = try model.network.shapes(height: model.imageSize, width: model.imageSize)
        let largest = zip(model.network.nodes, shapes).max { $0.1.count < $1.1.count }
        guard let (node, shape) = largest else { return }
        let batch = min(recipe.batchSize, dataset[.training].count)
        let numberBytes = configuration.triesQuantization ? 1 : configuration.precision.byteCount
        let (bytes, free) = (shape.count * batch * numberBytes, AvailableMemory().byteCount)
        guard bytes > free else { return }
        throw RecipeDataError(
            description: "batch_size: the layer \(node.name) alone yields \(Words.bytes(bytes)) for "
                + "\(Words.counted(batch, "image")) of \(model.imageSize)×\(model.imageSize), and "
                + "\(Words.bytes(free)) of memory are free; lower batch_size or data.image_size")
    }

    /// Decodes every image once: bad ones are known, and left out, before the first epoch.
    /// - Parameter shouldContinue: asked now and then, from any thread, with the number of images seen so far.
    /// - Throws: `DatasetError` for bad images that the recipe does not skip; `CancellationError`.
    package mutating func survey(shouldContinue: @escaping @Sendable (_ seen: Int) -> Bool) throws {
        survey = try ComputeLibrary.withThreads(recipe.threads) {
            try dataset.survey(recipe.data.onBadImage, cache: cache, shouldContinue: shouldContinue)
        }
    }

    /// How many images all parts have.
    package var imageCount: Int { dataset.parts.reduce(0) { $0 + $1.samples.count } }

    var predictorConfiguration: Predictor.Configuration {
        var configuration = Predictor.Configuration()
        configuration.batchSize = recipe.batchSize
        configuration.precision = self.configuration.precision
        configuration.badImages = recipe.data.onBadImage
        return configuration
    }

    /// The steps of one epoch.
    package var stepsPerEpoch: Int { (dataset[.training].count + recipe.batchSize - 1) / recipe.batchSize }
}

/// A recipe that does not fit its data.
package struct RecipeDataError: UserFacingError {
    package let description: String
    package var kind: ErrorKind { .usage }
}

extension Recipe {
    /// Where the samples are and how they are shared out.
    fileprivate var datasetConfiguration: DatasetConfiguration {
        var configuration = DatasetConfiguration(train: data.train, seed: seed)
        configuration.validation =
            switch data.validation {
            case .none: .none
            case .fraction(let fraction): .fraction(fraction)
            case .source(let path): .source(path)
            }
        configuration.test = data.test
        configuration.tables = data.tables
        configuration.classes = data.classes
        configuration.groups = data.groups
        configuration.partLists = data.partLists
        configuration.limit = data.limit
        return configuration
    }
}

extension Recipe {
    /// What the shorter side of an image may shrink to in decoding; nil where images are decoded wholly.
    fileprivate var minimumSide: Int? {
        guard data.decode == .fast else { return nil }
        let lists = [augment] + stages.compactMap(\.augment)
        let magnification = lists.map { $0.map(\.augmentation).largestMagnification }.max() ?? 1
        return Int((2 * magnification * Double(data.imageSize)).rounded(.up))
    }

    /// The model that training begins with, and how its weights were taken in.
    fileprivate func model(
        classNames: [String], training: [Sample], _ fetcher: Fetcher, isRehearsal: Bool
    ) throws -> (Pretrained.Model, [String]) {
        guard case .named(let name) = model.weights else {
            return (untrainedModel(classNames, training), ["none: training begins with random numbers"])
        }
        if isRehearsal, case .away(let weights, let entry) = try WeightCatalog.standard().place(of: name, fetcher) {
            let line = "not here yet: the run fetches \(try fetcher.words(for: weights)); whether they fit is seen then"
            return (untrainedModel(classNames, training, entry), [line])
        }
        var options = ImportOptions(architecture: model.architecture, classCount: classNames.count)
        options.form = model.form
        options.fullyConnected = model.hasFullyConnectedLayers
        options.dropout = dropout
        options.nameMap = model.nameMap
        options.preprocessing = model.preprocessing
        options.batchNormEpsilon = model.batchNormEpsilon
        options.imageSize = data.imageSize
        options.resize = data.resize
        options.seed = seed
        var (loaded, report) = try ModelSource.pretrained(name, options).model(fetcher)
        var lines = report?.summary ?? []
        let rules = task.definition.rules(training: training)
        if report?.newHead != true { lines += loaded.takeOver(classNames, rules, for: task) }
        loaded.classNames = classNames
        loaded.classIdentifiers = nil
        loaded.rules = rules
        loaded.task = task
        return (loaded, lines)
    }

    /// - Parameter entry: of the weights that it is to have, where the catalogue knows them.
    private func untrainedModel(
        _ classNames: [String], _ training: [Sample], _ entry: CatalogEntry? = nil
    ) -> Pretrained.Model {
        var untrained = Pretrained.Model(
            architecture: model.architecture,
            options: .init(
                classCount: classNames.count, form: model.form ?? entry?.form,
                fullyConnected: model.hasFullyConnectedLayers, dropout: dropout,
                batchNormEpsilon: model.batchNormEpsilon),
            preprocessing: model.preprocessing ?? entry?.preprocessing ?? .torch, imageSize: data.imageSize,
            resize: data.resize,
            classNames: classNames)
        untrained.task = task
        untrained.rules = task.definition.rules(training: training)
        untrained.initialize(seed: seed)
        return untrained
    }
}
