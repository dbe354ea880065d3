import Engine
import Pretrained
import Tasks

extension Fingerprint {
    /// What a run is begun with.
    /// - Parameters:
    ///   - model: as training begins.
    ///   - minimumSide: what images may shrink to in decoding.
    init(_ model: Model, _ configuration: TrainingConfiguration, minimumSide: Int?) {
        self.init()
        add(model)
        if let minimumSide { add("smallest side in decoding", minimumSide) }
        if configuration.task != .classification { add("task", configuration.task.rawValue) }
        add("number of stages", configuration.stages.count)
        for (index, stage) in configuration.stages.enumerated() {
            let prefix = "stages.\(index)"
            add("\(prefix).name", stage.name)
            add("\(prefix).train", stage.train.sorted().joined(separator: ", "))
            add("\(prefix).epochs", stage.epochs)
            let rates = stage.learningRates.sorted { $0.key < $1.key }
            add("\(prefix).lr", rates.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
            add("\(prefix).schedule", stage.schedule.shape)
            add("\(prefix).warmup_epochs", stage.schedule.warmUpEpochs)
            add("\(prefix).batch_norm", stage.batchNorm.rawValue)
            add("\(prefix).augment", stage.augmentations)
            if let views = stage.views { add("\(prefix).views", views) }
            add("\(prefix).early_stopping", stage.earlyStopping.map { "\($0.patience), \($0.minimumChange)" })
        }
        add("optimizer", configuration.optimizer.method)
        add("weight decay", configuration.optimizer.weightDecay)
        add("gradient clipping", configuration.optimizer.gradientClip)
        add("label smoothing", configuration.loss.labelSmoothing)
        add("class weights", configuration.loss.classWeights)
        if configuration.loss.positiveWeights != .equal {
            add("positive weights", configuration.loss.positiveWeights)
        }
        add("batch size", configuration.batchSize)
        add("precision", configuration.precision.rawValue)
        if configuration.triesQuantization { add("frozen part", "int8") }
        add("seed", configuration.seed)
        add("monitor", configuration.monitor.name)
        add("augment", configuration.augmentations)
        if let views = configuration.views { add("views", views) }
        add("on_bad_image", configuration.badImages.rawValue)
        addProgram(library: ComputeLibrary.version, instructionSet: ComputeLibrary.instructionSet)
        // Some gradients are summed in as many shares as there are threads.
        add("threads", ComputeLibrary.threadCount)
        add(weights: model.parameters)
    }
}
