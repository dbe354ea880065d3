import Datasets
import Networks
import Pretrained

/// What a run was begun with, in words: a checkpoint is taken up only by a run with the same.
struct RunFingerprint: Codable, Equatable {
    struct Setting: Codable, Equatable {
        let name: String
        let value: String
    }

    let settings: [Setting]
    /// The names of the images, in order.
    let training: [String]
    let validation: [String]

    /// - Parameter minimumSide: what images may shrink to in decoding.
    init(
        _ model: Model, _ configuration: TrainingConfiguration, minimumSide: Int?, training: [Sample],
        validation: [Sample]
    ) {
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
        self.settings = settings
        self.training = training.map(\.name)
        self.validation = validation.map(\.name)
    }

    /// What differs in `now`, one line each.
    func differences(in now: RunFingerprint) -> [String] {
        let old = Dictionary(settings.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        let new = Dictionary(now.settings.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        let names = now.settings.map(\.name) + settings.map(\.name).filter { new[$0] == nil }
        let changed = names.filter { old[$0] != new[$0] }.map { name in
            "\(name): \(old[name] ?? "none") then, \(new[name] ?? "none") now"
        }
        return changed
            + [
                Self.difference("training images", training, now.training),
                Self.difference("validation images", validation, now.validation),
            ].compactMap(\.self)
    }

    private static func difference(_ part: String, _ old: [String], _ new: [String]) -> String? {
        // By bytes: to Unicode the names of two files may be equal.
        if old.map({ Array($0.utf8) }) == new.map({ Array($0.utf8) }) { return nil }
        let added = Set(new).subtracting(old).sorted()
        let lost = Set(old).subtracting(new).sorted()
        let words = [
            added.isEmpty ? nil : "\(added.count) new (\(examples(added)))",
            lost.isEmpty ? nil : "\(lost.count) gone (\(examples(lost)))",
        ].compactMap(\.self)
        let detail = words.isEmpty ? "in another order" : words.joined(separator: ", ")
        return "\(part): \(old.count) then, \(new.count) now: \(detail)"
    }

    private static func examples(_ names: [String]) -> String {
        names.prefix(3).joined(separator: ", ") + (names.count > 3 ? ", …" : "")
    }
}
