import Files
import Tasks
import Training

extension Recipe {
    /// What the trainer needs to know, with class weights in the order of the classes.
    /// - Throws: `RecipeDataError` for the weight of a class that does not exist.
    func trainingConfiguration(classNames: [String]) throws -> TrainingConfiguration {
        TrainingConfiguration(
            task: task,
            stages: stages.map { stage in
                StageConfiguration(
                    name: stage.name, train: Set(stage.train), epochs: stage.epochs,
                    learningRates: stage.learningRates, schedule: stage.schedule, batchNorm: stage.batchNorm,
                    augmentations: stage.augment?.map(\.augmentation), views: stage.views,
                    earlyStopping: stage.earlyStopping ?? earlyStopping)
            },
            optimizer: optimizer,
            loss: LossConfiguration(
                labelSmoothing: loss.labelSmoothing,
                classWeights: try loss.classWeights.resolved(classNames, "class_weights"),
                positiveWeights: try loss.positiveWeights.resolved(classNames, "pos_weight")),
            batchSize: batchSize, precision: precision.precision,
            triesQuantization: precision == .int8, seed: seed, monitor: monitor,
            augmentations: augment.map(\.augmentation), views: views, badImages: data.onBadImage)
    }
}

extension Recipe.ClassWeights {
    /// - Parameter key: what the recipe calls them in its section `loss`.
    fileprivate func resolved(_ classNames: [String], _ key: String) throws -> Tasks.ClassWeights {
        switch self {
        case .none: return .equal
        case .balanced: return .balanced
        case .named(let weights):
            if let unknown = Set(weights.keys).subtracting(classNames).min() {
                throw RecipeDataError(
                    description: "loss.\(key): there is no class `\(unknown)`"
                        + suggestion(for: unknown, in: classNames))
            }
            return .given(classNames.map { weights[$0] ?? 1 })
        }
    }
}
