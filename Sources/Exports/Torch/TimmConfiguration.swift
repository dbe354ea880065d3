import Files
import Networks
import Pretrained

/// `config.json` as timm's models have it on Hugging Face, and beside it what `model.h5` says.
struct TimmConfiguration {
    private let export: Export

    init(_ export: Export) { self.export = export }

    var json: JSON {
        let model = export.model
        let library = Library(rawValue: export.names.rawValue) ?? .torchvision
        var members: [JSON.Member] = [
            .init(
                key: "architecture",
                value: .string(library.name(of: model.architecture) ?? model.architecture.rawValue)),
            .init(key: "num_classes", value: .integer(model.options.classCount)),
            .init(key: "num_features", value: .integer(features(of: model))),
        ]
        if let pooling = model.timmPooling, !model.options.fullyConnected {
            members.append(.init(key: "global_pool", value: .string(pooling)))
        }
        if let names = model.classNames {
            members.append(.init(key: "label_names", value: .array(names.map(JSON.string))))
        }
        members.append(.init(key: "pretrained_cfg", value: pretrained))
        members.append(
            .init(
                key: "finetune",
                value: .object(ModelFacts(model).members.map { .init(key: $0.key, value: $0.value) })))
        return .object(members)
    }

    /// What timm prepares images by. It knows no order of channels but RGB: that stands in `finetune`.
    private var pretrained: JSON {
        let model = export.model
        let preprocessing = model.preprocessing
        func inRGB(_ values: [Float]) -> JSON {
            let values = preprocessing.channelOrder == .bgr ? values.reversed() : values
            return .array(values.map { .number(Double($0) / 255) })
        }
        let crop =
            switch model.resize {
            case .crop: "center"
            case .squash: "squash"
            case .letterbox: "border"
            }
        let size = [model.network.inputChannels, model.imageSize, model.imageSize]
        return [
            "num_classes": .integer(model.options.classCount), "input_size": .array(size.map(JSON.integer)),
            "mean": inRGB(preprocessing.mean), "std": inRGB(preprocessing.standardDeviation),
            "interpolation": "bilinear", "crop_pct": 1.0, "crop_mode": .string(crop),
        ]
    }

    /// How many numbers the classifier reads.
    private func features(of model: Model) -> Int { model.network.classifier.parameter(.weight)?.shape.last ?? 0 }
}
