import Downloads
import Exports
import Files
import Networks
import Pretrained
import Recipes
import Training

private let target = Option<ExportTarget>.choice(
    "--to", "onnx|safetensors|keras|torch|model", "what to write", of: ExportTarget.allCases
).required
private let output = Option.path(
    "--output", "FILE", "where; README.md goes beside it (default: in a new folder, MODEL-FORMAT)")
private let names = Option<TensorNames>.choice(
    "--names", "torchvision|timm", "whose names tensors have, for safetensors and torch", of: TensorNames.allCases,
    default: .torchvision)
private let rawPixels = Option.flag(
    "--raw-pixels", "for onnx: the file takes pixels of 0…255 and prepares them itself")

let exportCommand = Command(
    name: "export", summary: "Write a model for other programs, with a model card",
    discussion: """
        finetune export runs/photos-1 --to onnx --raw-pixels
        finetune export --weights resnet50-torchvision --to safetensors --names timm --output resnet50/model.safetensors

        onnx         opset 18; logits and probabilities (or number) of images N×3×H×W, N of any size
        safetensors  a state dict as torchvision's or timm's networks take it, and config.json
        torch        the same as a .pth that torch.load(weights_only=True) opens
        keras        legacy HDF5 weights that Keras' applications load by name
        model        our own model.h5, of whatever weights
        All numbers are those of the model, bit for bit. README.md beside the file is its card: what it is, how good, how
        its images are prepared and how it is loaded.
        """,
    operands: .optional("MODEL"),
    options: [target.declaration, output.declaration, names.declaration, rawPixels.declaration]
        + ModelOptions.declarations
) { arguments in
    let target = arguments.value(target)
    try checkOptions(arguments, target)
    // A place that is none is known before the model is read.
    if let output = arguments[output] { try RunFolder.check(folder(of: output)) }
    let (model, report) = try ModelOptions.model(
        arguments, exportCommand, reading: ["logits"], trained: arguments.operands.first)
    PassDisplay("export").tell(report)
    let source = arguments.operands.first ?? ModelOptions.name(arguments) ?? ""
    var export = Export(model, name: modelName(source))
    export.names = arguments.value(names)
    export.takesRawPixels = arguments.has(rawPixels)
    export.origin = try ModelOrigin(of: source, isTrained: report == nil)
    let path = try place(arguments[output], of: export, target)
    try arguments.check(
        export.places(as: target, to: path), of: output.declaration.name,
        sparing: [source, "\(source)/model.h5"] + [report?.path].compactMap(\.self), exportCommand)
    try RunFolder.make(folder(of: path))
    for written in try export.write(as: target, to: path) { try Console.put("\(written)\n") }
}

/// - Throws: `UsageError` for options that mean nothing to the format.
private func checkOptions(_ arguments: Arguments, _ target: ExportTarget) throws {
    if arguments.has(rawPixels), target != .onnx {
        throw UsageError("--raw-pixels belongs to --to onnx: other formats hold numbers only", exportCommand)
    }
    if arguments.gives(names.declaration.name), target != .safetensors, target != .torch {
        throw UsageError("--names belongs to --to safetensors and --to torch", exportCommand)
    }
}

/// What a model is called that comes from a run folder, its `model.h5` or another file.
private func modelName(_ source: String) -> String {
    let name = FileSystem.name(of: source)
    guard !FileSystem.isFolder(source), FileSystem.exists(source) else { return name.isEmpty ? "model" : name }
    if name == "model.h5", let path = FileSystem.absolutePath(of: source) {
        return FileSystem.name(of: FileSystem.folder(of: path))
    }
    return name.split(separator: ".").first.map(String.init) ?? name
}

/// Where a file lies without `--output`: a folder that is not there yet.
private func usualFolder(of export: Export, _ target: ExportTarget) -> String {
    let name = "\(export.name)-\(target.rawValue)"
    var (folder, number) = (name, 1)
    while FileSystem.exists(folder) {
        number += 1
        folder = "\(name)-\(number)"
    }
    return folder
}

/// The folder of a file that need not be there.
private func folder(of file: String) -> String {
    guard let slash = file.unicodeScalars.lastIndex(of: "/") else { return "." }
    return String(file.unicodeScalars[...slash])
}

/// The path of the file.
/// - Throws: `UsageError` for a name by which other programs would not know the format.
private func place(_ output: String?, of export: Export, _ target: ExportTarget) throws -> String {
    let file = "model\(target.format.endings[0])"
    guard let output else { return "\(usualFolder(of: export, target))/\(file)" }
    if FileSystem.isFolder(output) { return "\(output)/\(file)" }
    if let problem = target.problem(withName: output) { throw UsageError("--output: \(problem)", exportCommand) }
    return output
}

extension ModelOrigin {
    /// What is known of a run, of its model, or of pretrained weights.
    /// - Throws: `ExportError` where a run's report is damaged; what reading the catalogue throws.
    fileprivate init(of source: String, isTrained: Bool) throws {
        self.init()
        var began: String? = source
        if isTrained {
            let place = FileSystem.absolutePath(of: source) ?? source
            let folder = RunFolder(path: FileSystem.isFolder(place) ? place : FileSystem.folder(of: place))
            results = FileSystem.exists(folder.report) ? try RunResults(reading: folder.report) : nil
            began = results?.weights
        }
        guard let began, began != "none" else { return }
        let entry = try? WeightCatalog.standard().entry(of: began, Fetcher(FetchSettings()))
        weights = entry?.name ?? FileSystem.name(of: began)
        licence = entry?.licence
        weightsData = entry?.classCount == 1000 ? "imagenet-1k" : nil
        published = isTrained ? nil : entry.flatMap { PublishedAccuracy(top1: $0.top1, top5: $0.top5) }
    }
}
