import Networks
import Pretrained

/// How a state dict is loaded in PyTorch.
enum StateDictUsage {
    /// - Parameter load: Python that reads the file of a name.
    /// - Throws: `ExportError` where nobody builds the network.
    static func sample(
        _ export: Export, file: String, imports: [String], load: (String) -> String
    ) throws -> CodeSample {
        _ = try StateDict(export)
        let model = export.model
        let weights = "model.load_state_dict(\(load(file)), strict=True)"
        let end = ["model.eval()", "logits = model(images)  # prepared as below"]
        if export.names == .timm {
            let name = try Library.timm.requireName(of: model)
            let pool = model.timmPooling == "max" ? ", global_pool=\"max\"" : ""
            let make =
                "model = timm.create_model(\"\(name)\", num_classes=\(model.options.classCount)\(pool), "
                + "checkpoint_path=\(CodeSample.quoted(file)))"
            let isBGR = model.preprocessing.channelOrder == .bgr
            let warning = isBGR ? ["# timm's own transforms yield RGB, and this network takes BGR: see below."] : []
            return CodeSample(language: "python", lines: ["import timm", make] + warning + end)
        }
        guard Library.torchvision.name(of: model.architecture) != nil else {
            return CodeSample(
                language: "python",
                lines: imports.map { "import \($0)" } + [
                    "# The names are those of github.com/akamaster/pytorch_resnet_cifar10.",
                    "weights = \(load(file))",
                ])
        }
        let python = HeadModules(torchvision: model).python
        let needed = ["collections", "torch", "torchvision"].filter { name in
            name == "torchvision" || python.contains { $0.contains("\(name).") }
        }
        return CodeSample(
            language: "python",
            lines: (needed + imports.filter { !needed.contains($0) }).sorted().map { "import \($0)" } + python
                + [weights] + end)
    }
}
