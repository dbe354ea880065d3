import Engine
import Files
import Networks
import Training

extension Recipe {
    /// A stretch of training with one choice of what moves and how fast.
    package struct Stage: Hashable, Sendable {
        package var name: String
        /// The network's stages that are trained, from input to output; all others stay as they are.
        package var train: [String]
        package var epochs: Int
        /// The peak learning rate of every trained stage.
        package var learningRates: [String: Double]
        package var schedule: ScheduleConfiguration
        /// What batch norm does in the trained stages.
        package var batchNorm: BatchNormMode
        /// Takes the place of the recipe's own list in this stage.
        package var augment: [AugmentationStep]?
        /// Takes the place of the recipe's own number in this stage.
        package var views: Int?
        /// Takes the place of the recipe's own in this stage.
        package var earlyStopping: EarlyStopping?
    }
}

extension Recipe.Stage {
    /// Reads the list `stages`.
    static func list(reading section: Section, words: StageWords) -> [Recipe.Stage] {
        let expected = "a list of stages, such as {name: head, train: [head], epochs: 2, lr: 1e-3}"
        let items = section.requiredItems("stages", expected: expected) ?? []
        var names: Set<String> = []
        return items.enumerated().map { index, item in
            let reader = Section(item.node, path: item.path, problems: section.problems)
            let stage = Recipe.Stage(reading: reader, defaultName: "stage\(index + 1)", words: words)
            if !names.insert(stage.name).inserted {
                section.problems.add(
                    reader.node("name")?.location ?? item.node.location,
                    "\(item.path): another stage is named `\(stage.name)` already")
            }
            return stage
        }
    }

    private init(reading section: Section, defaultName: String, words: StageWords) {
        name = section.value("name", .runName, default: defaultName)
        let trained = Self.trained(section, words)
        train = trained ?? []
        epochs = section.required("epochs", .integer(1...100_000)) ?? 1
        learningRates = Self.learningRates(section, words, train: trained)
        schedule = ScheduleConfiguration(reading: section, epochs: epochs)
        batchNorm = section.value("batch_norm", .choice, default: .frozen)
        augment = AugmentationStep.list(reading: section)
        views = section.optional("views", .integer(1...100_000))
        earlyStopping = EarlyStopping(reading: section)
        section.finish()
    }

    /// The stages under `train`, a list or one word; nil where something is wrong with it (reported).
    private static func trained(_ section: Section, _ words: StageWords) -> [String]? {
        let expected = "a list of stages of the network, such as [layer4, head]"
        let items: [(node: YAMLNode, path: String)]
        if let node = section.node("train"), case .scalar = node.value {
            items = [(node, section.path(of: "train"))]
        } else {
            items = section.requiredItems("train", expected: expected) ?? []
        }
        let chosen = items.map { item in
            section.read(item.node, .text("a stage of the network"), path: item.path).flatMap {
                words.read($0, at: item.node.location, path: item.path, problems: section.problems)
            }
        }
        let stages = chosen.compactMap(\.self)
        guard stages.count == chosen.count, !stages.isEmpty else { return nil }
        return words.stages.filter(stages.joined().contains)
    }

    /// One rate for all trained stages, or a map with one for each.
    /// - Parameter train: the trained stages; nil where they are not known, so that rates cannot be held against them.
    private static func learningRates(
        _ section: Section, _ words: StageWords, train: [String]?
    ) -> [String: Double] {
        // Beyond 100 nobody has trained, and what is far below 1e-12 a float does not add to a weight.
        let learningRate = Field.number(.within(1e-12...100))
        let field = Field(
            expected: "\(learningRate.expected), or one for each trained stage", read: learningRate.read)
        guard let node = section.node("lr"), case .mapping(let entries) = node.value else {
            guard let rate = section.required("lr", field) else { return [:] }
            return Dictionary(uniqueKeysWithValues: (train ?? []).map { ($0, rate) })
        }
        let path = section.path(of: "lr")
        var rates: [String: Double] = [:]
        var rest: Double?
        let written = section.map("lr", learningRate) ?? []
        for (entry, rate) in written {
            if entry.key == "all" {
                rest = rate
                continue
            }
            for stage in words.read(entry.key, at: entry.keyLocation, path: path, problems: section.problems) ?? [] {
                rates[stage] = rate
                if train?.contains(stage) == false {
                    section.problems.add(entry.keyLocation, "\(path): `\(entry.key)` is not trained in this stage")
                }
            }
        }
        for stage in train ?? [] where rates[stage] == nil { rates[stage] = rest }
        let unrated = (train ?? []).filter { rates[$0] == nil }
        if !unrated.isEmpty && written.count == entries.count {
            section.problems.add(
                node.location, "\(path): no rate for \(unrated.listed("and")), which this stage trains")
        }
        return rates
    }

    var node: YAMLNode {
        var entries: [(String, YAMLNode)] = [
            ("name", .text(name)), ("train", .list(train.map { .text($0) })), ("epochs", .integer(epochs)),
            ("lr", .map(train.map { ($0, .number(learningRates[$0] ?? 0)) })), ("schedule", schedule.node),
            ("warmup_epochs", .number(schedule.warmUpEpochs)), ("batch_norm", .text(batchNorm.rawValue)),
        ]
        if let augment { entries.append(("augment", .list(augment.map(\.node)))) }
        if let views { entries.append(("views", .integer(views))) }
        if let earlyStopping { entries.append(("early_stopping", earlyStopping.node)) }
        return .map(entries)
    }
}
