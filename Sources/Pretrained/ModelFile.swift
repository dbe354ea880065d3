import Archives
import Files
import Images
import Networks
import Tasks

/// Our own file: an HDF5 file whose root attributes describe the model, with one dataset for each parameter in the group
/// `parameters`, under the network's names and in its axis order, and free texts as attributes of the group `metadata`.
package enum ModelFile {
    static let format = "finetune-model"
    /// The newest version that is read. Version 2 adds heads other than an average pool and one linear layer, version 3
    /// tasks other than classification.
    static let newestVersion = 3.0
    static let parameterGroup = "parameters"
    static let metadataGroup = "metadata"
    /// Logits divided by a temperature outside of this come near to all or no difference.
    private static let temperatureRange = 1e-3...1e3

    /// Everything but the numbers.
    struct Description {
        let architecture: Architecture
        let options: Architecture.Options
        let preprocessing: Preprocessing
        let imageSize: Int
        let resize: ResizeMode
        let classNames: [String]?
        let task: LearningTask
        let rules: AnswerRules
        let metadata: [String: String]
    }

    /// Whoever knows no other tasks or heads would take a model with such for another one.
    package static func version(of model: Model) -> Double {
        model.task != .classification ? 3 : model.options.head != Head() ? 2 : 1
    }

    static func write(_ model: Model, to path: String) throws {
        precondition(
            model.classNames == nil || model.classNames?.count == model.options.classCount, "a name for each class")
        let writer = try HDF5Writer(path: path)
        try writer.setAttribute("format", to: format)
        try writer.setAttribute("format_version", to: version(of: model))
        try writer.setAttribute("tool_version", to: toolVersion)
        try writer.setAttribute("architecture", to: model.architecture.rawValue)
        if let form = model.options.form { try writer.setAttribute("form", to: form.rawValue) }
        try writer.setAttribute("fully_connected", to: model.options.fullyConnected ? 1 : 0)
        try writer.setAttribute("dropout", to: model.options.dropout)
        if let epsilon = model.options.batchNormEpsilon {
            try writer.setAttribute("batch_norm_epsilon", to: epsilon)
        }
        try writer.setAttribute("class_count", to: Double(model.options.classCount))
        try writer.setHead(model.options.head)
        if let names = model.classNames { try writer.setAttribute("class_names", to: names) }
        try writer.setAttribute("channel_order", to: model.preprocessing.channelOrder.rawValue)
        try writer.setAttribute("mean", to: model.preprocessing.mean.map { Double($0) })
        try writer.setAttribute("standard_deviation", to: model.preprocessing.standardDeviation.map { Double($0) })
        try writer.setAttribute("image_size", to: Double(model.imageSize))
        try writer.setAttribute("resize", to: model.resize.rawValue)
        if model.task != .classification { try writer.setAttribute("task", to: model.task.rawValue) }
        if let thresholds = model.thresholds { try writer.setAttribute("thresholds", to: thresholds) }
        if let temperature = model.temperature { try writer.setAttribute("temperature", to: temperature) }
        if let scale = model.rules.scale { try writer.setAttribute("output_scale", to: [scale.offset, scale.unit]) }

        try writer.group(metadataGroup)
        for (key, value) in model.metadata.sorted(by: { $0.key < $1.key }) {
            try writer.setAttribute(key, of: metadataGroup, to: value)
        }
        for parameter in model.network.parameters {
            try writer.write(
                "\(parameterGroup)/\(parameter.name)", shape: parameter.shape,
                UnsafeBufferPointer(model.parameters[parameter.name]))
        }
        try writer.close()
    }

    /// - Throws: `WeightError` where an attribute is absent or makes no sense.
    static func description(in archive: any TensorArchive) throws -> Description {
        var metadata: [String: String] = [:]
        if archive.hasGroup(metadataGroup) {
            for key in try archive.attributeNames(of: metadataGroup) {
                metadata[key] = try archive.attribute(key, of: metadataGroup)?.string
            }
        }
        return try description(AttributeReader(archive), metadata: metadata)
    }

    /// - Throws: as `description(in:)`.
    static func description(_ reader: AttributeReader, metadata: [String: String]) throws -> Description {
        let version = try reader.number("format_version")
        guard version <= newestVersion else {
            throw WeightError(
                path: reader.path,
                reason: "was written by a newer finetune (format \(version), this one knows \(newestVersion))")
        }
        let options = Architecture.Options(
            classCount: try reader.integer("class_count", in: 1...1_000_000), form: try reader.form(),
            fullyConnected: try reader.number("fully_connected") != 0, dropout: try reader.number("dropout"),
            batchNormEpsilon: try reader.optional("batch_norm_epsilon", in: Architecture.Options.batchNormEpsilons),
            head: try reader.head())
        let architecture: Architecture = try reader.named("architecture")
        if let problem = options.form.flatMap(architecture.problem) {
            throw reader.error("form", "makes no sense: \(problem)")
        }
        guard (0..<1).contains(options.dropout) else { throw reader.error("dropout", "is not in 0..<1") }
        let classNames = try reader.strings("class_names")
        if let classNames, classNames.count != options.classCount {
            throw reader.error("class_names", "names \(classNames.count) classes, not \(options.classCount)")
        }
        let rules = AnswerRules(
            temperature: try reader.optional("temperature", in: temperatureRange),
            thresholds: try reader.fractions("thresholds", count: options.classCount),
            scale: try reader.scale("output_scale"))
        let task: LearningTask = try reader.has("task") ? reader.named("task") : .classification
        let saysNumber = task.definition.targetKind == .number
        guard saysNumber == (rules.scale != nil) else {
            throw reader.error("output_scale", saysNumber ? "is missing" : "belongs to another task")
        }
        if saysNumber, options.classCount != 1 || rules.temperature != nil || rules.thresholds != nil {
            throw reader.error("task", "is \(task.rawValue), and other attributes are of classes")
        }
        return Description(
            architecture: architecture, options: options,
            preprocessing: Preprocessing(
                channelOrder: try reader.named("channel_order"), mean: try reader.triple("mean"),
                standardDeviation: try reader.triple("standard_deviation")),
            imageSize: try reader.integer("image_size", in: 1...100_000), resize: try reader.named("resize"),
            classNames: classNames, task: task, rules: rules, metadata: metadata)
    }
}

extension Model {
    /// Writes the model with all that is needed to predict, replacing what is at `path` only when done.
    /// - Throws: `ArchiveError` where the place is not writable or the disk full.
    public func write(to path: String) throws { try ModelFile.write(self, to: path) }

    /// Reads a model that `write(to:)` wrote, bit for bit.
    /// - Throws: `ArchiveError` or `WeightError` where the file is none, or damaged.
    public static func read(_ path: String) throws -> Model {
        let file = try WeightFile(path: path)
        guard file.layout == .finetune else {
            throw WeightError(
                path: path,
                reason: """
                    is \(file.words), not a model that finetune trained; give it as pretrained weights, with its \
                    architecture
                    """)
        }
        var options = ImportOptions()
        let stored = try ModelFile.description(in: file.archive)
        options.architecture = stored.architecture
        options.dropout = stored.options.dropout
        options.batchNormEpsilon = stored.options.batchNormEpsilon
        options.classCount = stored.options.classCount
        let (model, report) = try Importer(file, options).model()
        guard !report.newHead, report.unused.isEmpty else {
            throw WeightError(
                path: path,
                reason: report.newHead
                    ? "is a damaged model: its classifier is missing or misshapen"
                    : "is a damaged model: \(report.unused.listed(most: 8)) belong to no part of it")
        }
        return model
    }
}
