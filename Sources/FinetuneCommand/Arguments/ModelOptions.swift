import Images
import Networks
import Pretrained
import Recipes

/// The options by which commands take a model: one of ours, or a pretrained file as it came.
enum ModelOptions {
    private static let model = Option.text("--model", "RUN-or-FILE", "a run folder, or a model.h5 of one")
    private static let weights = Option.text(
        "--weights", "FILE", "or a pretrained file as it came, or a name that `finetune list` tells")
    private static let architecture = Option<Architecture>.choice(
        "--architecture", "A", "its network (default: found out)", of: Architecture.allCases)
    private static let preprocessing = Option<PreprocessingName>.choice(
        "--preprocessing", "torch|caffe|tf|raw", "what it was trained on (default: what belongs to the file)",
        of: PreprocessingName.allCases)
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

    static let declarations = [
        model.declaration, weights.declaration, architecture.declaration, preprocessing.declaration,
        imageSize.declaration, resize.declaration,
    ]

    /// What a person called the model.
    static func name(_ arguments: Arguments) -> String? { arguments[model] ?? arguments[weights] }

    /// The model that the arguments name.
    /// - Throws: `UsageError` where they name none or two, and what reading it throws.
    static func model(_ arguments: Arguments, _ command: Command) throws -> (model: Model, report: LoadReport?) {
        var source: ModelSource
        switch (arguments[model], arguments[weights]) {
        case (nil, nil): throw UsageError("expected --model RUN-or-FILE, or --weights FILE", command)
        case (_?, _?): throw UsageError("--model and --weights exclude each other", command)
        case (let path?, nil):
            for option in [architecture.declaration.name, preprocessing.declaration.name] where arguments.gives(option)
            {
                throw UsageError("\(option) belongs to --weights: a model of ours knows its own", command)
            }
            source = .trained(path)
        case (nil, let file?):
            var options = ImportOptions(architecture: arguments[architecture])
            options.preprocessing = arguments[preprocessing]?.preprocessing
            source = .pretrained(file, options)
        }
        var (model, report) = try source.model()
        if let side = arguments[imageSize] { model.imageSize = side }
        if let mode = arguments[resize] { model.resize = mode }
        return (model, report)
    }
}
