import Engine
import Images
import Networks
import Pretrained
import Recipes

/// The options by which commands take a model: one of ours, or a pretrained file as it came.
enum ModelOptions {
    private static let model = Option.path("--model", "RUN-or-FILE", "a run folder, or a model.h5 of one")
    private static let weights = Option.path(
        "--weights", "FILE",
        "or a pretrained file as it came, a name that `finetune weights list` tells, or hf://OWNER/NAME; fetched where it is not here"
    )
    private static let architecture = Option<Architecture>.choice(
        "--architecture", "A", "its network (default: found out)", of: Architecture.catalogue)
    private static let preprocessing = Option<PreprocessingName>.choice(
        "--preprocessing", "torch|caffe|tf|raw", "what it was trained on (default: what belongs to the file)",
        of: PreprocessingName.allCases)
    private static let form = Option<Architecture.Form>.choice(
        "--form", "FORM", "the form of its network; `finetune list` names them (default: what the file tells)",
        of: Architecture.Form.all)
    private static let epsilon = Option.number(
        "--epsilon", Architecture.Options.batchNormEpsilons, "of batch norm (default: the published one)")
    private static let nameMap = Option.pair(
        "--name-map",
        "a name or the beginning of names in the file, and what it is here; nothing removes it, `unused` sets it aside; may "
            + "be repeated"
    ).repeated
    private static let activation = Option<ImportOptions.Activation>.choice(
        "--activation", "softmax|sigmoid", "what a classifier ends in (default: what the file tells)",
        of: ImportOptions.Activation.allCases)
    private static let imageSize = Option.integer("--image-size", 8...4096, "side of the images (default: the model's)")
    private static let resize = Option<ResizeMode>.choice(
        "--resize", "crop|squash|letterbox", "how images become squares (default: the model's)", of: ResizeMode.allCases
    )

    private enum PreprocessingName: String, CaseIterable, Sendable {
        case torch, caffe, tf, raw

        var preprocessing: Preprocessing {
            switch self {
            case .torch: .torch
            case .caffe: .caffe
            case .tf: .tf
            case .raw: .raw
            }
        }
    }

    /// Those that say what a pretrained file does not.
    private static let ofWeights = [
        architecture.declaration, preprocessing.declaration, form.declaration, epsilon.declaration,
        nameMap.declaration, activation.declaration,
    ]

    static let declarations =
        [model.declaration, weights.declaration] + ofWeights + [imageSize.declaration, resize.declaration]
        + FetchOptions.declarations

    /// What a person called the model.
    static func name(_ arguments: Arguments) -> String? { arguments[model] ?? arguments[weights] }

    /// The model that the arguments name.
    /// - Parameters:
    ///   - layers: what will be read of it, by the names that `Network.node(tappedBy:)` knows.
    ///   - trained: one of ours that is named without an option.
    /// - Throws: `UsageError` where they name none or two, and what reading it throws; `WeightError` where a layer
    ///   depends on a head that is not the file's.
    static func model(
        _ arguments: Arguments, _ command: Command, reading layers: [String], trained: String? = nil
    ) throws -> (model: Model, report: LoadReport?) {
        var source: ModelSource
        if trained != nil, arguments.gives(model.declaration.name) {
            throw UsageError("--model names a second model", command)
        }
        switch (trained ?? arguments[model], arguments[weights]) {
        case (nil, nil): throw UsageError("expected --model RUN-or-FILE, or --weights FILE", command)
        case (_?, _?): throw UsageError("--model and --weights exclude each other", command)
        case (let path?, nil):
            for option in ofWeights where arguments.gives(option.name) {
                throw UsageError("\(option.name) belongs to --weights: a model of ours knows its own", command)
            }
            source = .trained(path)
        case (nil, let file?):
            source = .pretrained(file, try importOptions(arguments, command))
        }
        var (model, report) = try source.model(FetchOptions.fetcher(arguments))
        if let report, try layers.contains(where: model.network.isInHead(tap:)) { try report.requireHead() }
        if let side = arguments[imageSize] { model.imageSize = side }
        if let mode = arguments[resize] { model.resize = mode }
        return (model, report)
    }

    private static func form(_ arguments: Arguments, _ command: Command) throws -> Architecture.Form? {
        guard let form = arguments[form] else { return nil }
        try arguments[architecture]?.check(form, command)
        return form
    }

    private static func importOptions(_ arguments: Arguments, _ command: Command) throws -> ImportOptions {
        var options = ImportOptions(architecture: arguments[architecture])
        options.preprocessing = arguments[preprocessing]?.preprocessing
        options.form = try form(arguments, command)
        options.batchNormEpsilon = arguments[epsilon]
        options.activation = arguments[activation]
        options.imageSize = arguments[imageSize]
        for pair in arguments.all(nameMap) {
            guard options.nameMap.updateValue(pair.to, forKey: pair.from) == nil else {
                throw UsageError("--name-map: `\(pair.from)` is mapped twice", command)
            }
        }
        return options
    }
}

extension Architecture {
    /// - Throws: `UsageError` for a form that is none of its; one that comes in one form takes any.
    func check(_ form: Form, _ command: Command) throws {
        if let problem = problem(with: form) { throw UsageError("--form: \(problem)", command) }
    }
}
