import Datasets
import Engine
import Networks
import Pretrained
import Tensors

/// What a run was begun with but for its images, in words: a checkpoint is taken up only by a run with the same.
struct RunFingerprint: Codable, Equatable {
    struct Setting: Codable, Equatable {
        let name: String
        let value: String
    }

    let settings: [Setting]

    private static let weights = "weights that training begins with"

    /// - Parameters:
    ///   - model: as training begins.
    ///   - minimumSide: what images may shrink to in decoding.
    init(_ model: Model, _ configuration: TrainingConfiguration, minimumSide: Int?) {
        var settings: [Setting] = []
        func add(_ name: String, _ value: Any?) {
            settings.append(Setting(name: name, value: value.map { String(describing: $0) } ?? "none"))
        }
        let options = model.options
        add("architecture", model.architecture.rawValue)
        add("form", options.form.rawValue)
        add("fully connected layers", options.fullyConnected)
        add("dropout", options.dropout)
        if let epsilon = options.batchNormEpsilon { add("batch norm epsilon", epsilon) }
        if options.head != Head() { add("head", options.head) }
        add("classes", model.classNames?.joined(separator: ", ") ?? "\(options.classCount)")
        add("channel order", model.preprocessing.channelOrder.rawValue)
        add("mean", model.preprocessing.mean)
        add("standard deviation", model.preprocessing.standardDeviation)
        add("image size", model.imageSize)
        add("resize", model.resize.rawValue)
        if let minimumSide { add("smallest side in decoding", minimumSide) }
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
        add("batch size", configuration.batchSize)
        add("precision", configuration.precision.rawValue)
        if configuration.triesQuantization { add("frozen part", "int8") }
        add("seed", configuration.seed)
        add("monitor", configuration.monitor.rawValue)
        add("augment", configuration.augmentations)
        if let views = configuration.views { add("views", views) }
        add("on_bad_image", configuration.badImages.rawValue)
        add("program", ProgramIdentity.words)
        add("library", ProgramIdentity.library)
        // Some gradients are summed in as many shares as there are threads.
        add("threads", ComputeLibrary.threadCount)
        add(Self.weights, "checksum \(model.parameters.checksum)")
        self.settings = settings
    }

    /// What differs in `now`, one line each: settings, and what came out of the file of weights.
    func differences(in now: RunFingerprint) -> (settings: [String], weights: [String]) {
        let old = Dictionary(settings.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        let new = Dictionary(now.settings.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        let names = now.settings.map(\.name) + settings.map(\.name).filter { new[$0] == nil }
        func lines(_ isWanted: (String) -> Bool) -> [String] {
            names.filter { isWanted($0) && old[$0] != new[$0] }.map { name in
                "\(name): \(old[name] ?? "none") then, \(new[name] ?? "none") now"
            }
        }
        return (lines { $0 != Self.weights }, lines { $0 == Self.weights })
    }
}

extension ParameterStore {
    /// Of all numbers, in the network's order.
    fileprivate var checksum: String {
        var checksum = Checksum()
        for description in descriptions { checksum.update(UnsafeRawBufferPointer(self[description.name])) }
        return checksum.hexDigits
    }
}
