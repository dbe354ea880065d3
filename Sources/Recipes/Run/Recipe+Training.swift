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
                labelSmoothing: loss.labelSmoothing, classWeights: try loss.classWeights.classWeights(classNames),
                positiveWeights: try loss.positiveWeights.positiveWeights(classNames)),
            batchSize: batchSize, precision: precision.precision,
            triesQuantization: precision == .int8, seed: seed, monitor: monitor,
            augmentations: augment.map(\.augmentation), views: views, badImages: data.onBadImage)
    }
}

extension Recipe.ClassWeights {
    fileprivate func classWeights(_ classNames: [String]) throws -> Tasks.ClassWeights {
        switch self {
        case .none: .equal
        case .balanced: .balanced
        case .named(let weights): .given(try Self.ordered(weights, "class_weights", classNames))
        }
    }

    fileprivate func positiveWeights(_ classNames: [String]) throws -> PositiveWeights {
        switch self {
        case .none: .equal
        case .balanced: .balanced
        case .named(let weights): .given(try Self.ordered(weights, "pos_weight", classNames))
        }
    }

    private static func ordered(
        _ weights: [String: Double], _ key: String, _ classNames: [String]
    ) throws -> [Double] {
        if let unknown = Set(weights.keys).subtracting(classNames).min() {
            throw RecipeDataError(
                description: "loss.\(key): there is no class `\(unknown)`" + suggestion(for: unknown, in: classNames))
        }
        return classNames.map { weights[$0] ?? 1 }
    }
}
