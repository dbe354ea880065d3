import Files
import Networks
import Tasks

/// What the libraries of Hugging Face write beside a file of weights: timm's and transformers' `config.json`, and
/// transformers' `preprocessor_config.json`.
struct HubConfiguration {
    /// The file.
    let path: String
    /// What the library calls the network: `resnet50`, or `resnet` and its measures.
    let networkName: String
    /// Nil for a network that is none of ours.
    let architecture: Architecture?
    /// Nil where there is but one, or the files do not tell.
    private(set) var form: Architecture.Form?
    /// Nil where the files do not tell.
    let preprocessing: Preprocessing?
    /// The side of the images, in pixels; nil where the files do not tell.
    let imageSize: Int?
    /// In the order of the outputs; nil where nobody named them.
    let classNames: [String]?
    /// Nil where the files do not tell.
    private(set) var task: LearningTask?
    /// What they say that changes what the network computes, in a way that ours has not, for a person; nil for nothing.
    private(set) var difference: String?
    /// What they say that is passed over, one sentence each.
    private(set) var passedOver: [String] = []
    /// What `finetune export` adds: see `ExportedSettings`.
    private(set) var exported: JSON?

    /// Reads what lies beside a file.
    /// - Returns: nil where nothing does, or it is another library's.
    init?(beside weights: String) {
        let folder = FileSystem.folder(of: weights)
        path = "\(folder)/config.json"
        guard let json = Self.json(path) else { return nil }
        if let name = json["architecture"]?.stringValue, let settings = json["pretrained_cfg"] {
            networkName = name
            exported = json["finetune"]
            architecture = Self.architecture(timm: name)
            preprocessing = Self.preprocessing(mean: settings["mean"], deviation: settings["std"])
            imageSize = Self.side(inputSize: settings["input_size"])
            classNames = Self.names(json["label_names"]?.arrayValue ?? settings["label_names"]?.arrayValue)
            difference = Self.difference(timm: json)
            notePassedOver(settings, mean: "mean", size: "input_size")
        } else if let type = json["model_type"]?.stringValue, json["architectures"] != nil || json["id2label"] != nil {
            let images = Self.json("\(folder)/preprocessor_config.json") ?? .null
            networkName = Self.words(transformers: type, json)
            architecture = type == "resnet" ? Self.architecture(resNet: json) : nil
            form = Self.form(resNet: json)
            preprocessing =
                images["do_normalize"]?.boolValue == false
                ? .raw : Self.preprocessing(mean: images["image_mean"], deviation: images["image_std"])
            imageSize = Self.side(processor: images)
            classNames = Self.names(json["id2label"])
            if json["problem_type"]?.stringValue == "multi_label_classification" { task = .multiLabel }
            notePassedOver(images, mean: "image_mean", size: "size")
        } else {
            return nil
        }
    }

    /// What a person should know of it, one sentence a line.
    var remarks: [String] {
        let told = [
            architecture.map { "the network is \($0.words(.init(form: form)))" },
            preprocessing.map { "preprocessing is \($0.words)" }, imageSize.map { "images have \($0) pixels a side" },
            classNames.map { "there are \($0.count) named classes" }, task.map { "the task is \($0.rawValue)" },
        ].compactMap(\.self)
        return (told.isEmpty ? [] : ["\(path) says that \(told.listed("and"))"]) + passedOver
    }

    // MARK: Reading

    private static let longest = 4 << 20

    /// Nil where there is no such file, or it is no JSON.
    private static func json(_ path: String) -> JSON? {
        guard let file = try? RegularFile(path), file.byteCount <= longest, let bytes = try? file.bytes(longest) else {
            return nil
        }
        return try? JSON(parsing: String(decoding: bytes, as: UTF8.self))
    }

    /// What is to be said of a `config.json` beside a file that cannot be read; nil where there is none, or it can.
    static func unreadable(beside weights: String) -> String? {
        let path = "\(FileSystem.folder(of: weights))/config.json"
        guard FileSystem.exists(path), json(path) == nil else { return nil }
        return "\(path) is passed over: it is no JSON, or too large to be a configuration"
    }

    private mutating func notePassedOver(_ settings: JSON, mean: String, size: String) {
        func say(_ words: String) { passedOver.append("\(path): \(words)") }
        if settings[mean] != nil, preprocessing == nil {
            say("mean and standard deviation are passed over, as they make no sense for pixels of three channels")
        }
        if settings[size] != nil, imageSize == nil { say("the size of images is passed over: it is none of a square") }
        if let crop = settings["crop_pct"]?.doubleValue, crop != 1 {
            let way = settings["interpolation"]?.stringValue.map { " and \($0) interpolation" } ?? ""
            say(
                "crop_pct \(Words.short(crop))\(way) are not used: images are resized to the network's size, bilinear, and cut to it"
            )
        }
    }

    // MARK: The network

    /// timm has the names of torchvision, but for MobileNetV2.
    private static func architecture(timm name: String) -> Architecture? {
        Architecture(rawValue: name == "mobilenetv2_100" ? "mobilenet_v2" : name)
    }

    /// Arguments of timm's `create_model` that change nothing in prediction, or what the tensors tell anyway.
    private static let harmless: Set<String> = [
        "num_classes", "pretrained", "in_chans", "drop_rate", "drop_path_rate", "drop_block_rate", "zero_init_last",
    ]

    private static func difference(timm json: JSON) -> String? {
        var settings = [JSON.Member(key: "global_pool", value: json["global_pool"] ?? .null)]
        if case .object(let arguments)? = json["model_args"] { settings += arguments }
        return settings.first { setting in
            let isUsual = setting.key == "global_pool" && ["avg", ""].contains(setting.value.stringValue)
            return !isUsual && !harmless.contains(setting.key) && setting.value != .null
        }.map { "`\($0.key)`: \($0.value.compactText)" }
    }

    /// The ResNet of the measures that transformers writes: `layer_type`, `depths`, `hidden_sizes`.
    private static func architecture(resNet json: JSON) -> Architecture? {
        let isBottleneck = json["layer_type"]?.stringValue != "basic"
        guard json["embedding_size"]?.integerValue == 64,
            numbers(json["hidden_sizes"]) == (isBottleneck ? [256, 512, 1024, 2048] : [64, 128, 256, 512]),
            json["downsample_in_first_stage"]?.boolValue != true,
            json["hidden_act"]?.stringValue ?? "relu" == "relu"
        else { return nil }
        let names = [
            "basic 2 2 2 2": "resnet18", "basic 3 4 6 3": "resnet34", "bottleneck 3 4 6 3": "resnet50",
            "bottleneck 3 4 23 3": "resnet101", "bottleneck 3 8 36 3": "resnet152",
        ]
        let depths = numbers(json["depths"]).map(String.init).joined(separator: " ")
        return names["\(isBottleneck ? "bottleneck" : "basic") \(depths)"].flatMap(Architecture.init(rawValue:))
    }

    /// Where a bottleneck halves the feature map.
    private static func form(resNet json: JSON) -> Architecture.Form? {
        guard json["model_type"]?.stringValue == "resnet", json["layer_type"]?.stringValue != "basic" else {
            return nil
        }
        return json["downsample_in_bottleneck"]?.boolValue.map { $0 ? .caffe : .revised }
    }

    private static func numbers(_ json: JSON?) -> [Int] { json?.arrayValue?.compactMap(\.integerValue) ?? [] }

    private static func words(transformers type: String, _ json: JSON) -> String {
        let depths = numbers(json["depths"]).map(String.init).joined(separator: "-")
        let sizes = numbers(json["hidden_sizes"]).map(String.init).joined(separator: "-")
        guard type == "resnet", !depths.isEmpty else { return type }
        let activation = json["hidden_act"]?.stringValue.map { ", \($0)" } ?? ""
        return
            "resnet (\(json["layer_type"]?.stringValue ?? "bottleneck") blocks \(depths), channels \(sizes)\(activation))"
    }

    // MARK: Its images

    /// - Parameter mean: of pixels in 0...1, as the deviation.
    private static func preprocessing(mean: JSON?, deviation: JSON?) -> Preprocessing? {
        func channels(_ json: JSON?) -> [Float]? {
            guard let values = json?.arrayValue?.compactMap(\.doubleValue), values.count == 3,
                values.allSatisfy({ (-10...10).contains($0) })
            else { return nil }
            return values.map { Float($0) * 255 }
        }
        guard let mean = channels(mean), let deviation = channels(deviation), deviation.allSatisfy({ $0 > 0 }) else {
            return nil
        }
        return Preprocessing(channelOrder: .rgb, mean: mean, standardDeviation: deviation)
    }

    /// - Parameter inputSize: channels, height and width.
    private static func side(inputSize: JSON?) -> Int? {
        let sizes = numbers(inputSize)
        return sizes.count == 3 && sizes[1] == sizes[2] ? plausible(sizes[1]) : nil
    }

    private static func side(processor: JSON) -> Int? {
        let size = processor["crop_size"] ?? processor["size"]
        if let side = size?.integerValue ?? size?["shortest_edge"]?.integerValue { return plausible(side) }
        let (height, width) = (size?["height"]?.integerValue, size?["width"]?.integerValue)
        return height == width ? height.flatMap(plausible) : nil
    }

    private static func plausible(_ side: Int) -> Int? { (1...10_000).contains(side) ? side : nil }

    // MARK: Its classes

    private static func names(_ list: [JSON]?) -> [String]? { list.flatMap { unique($0.compactMap(\.stringValue)) } }

    /// Names under the numbers of the outputs.
    private static func names(_ json: JSON?) -> [String]? {
        guard case .object(let members)? = json else { return nil }
        let names = Dictionary(
            members.compactMap { member in Int(member.key).map { ($0, member.value.stringValue ?? "") } },
            uniquingKeysWith: { first, _ in first })
        guard names.count == members.count, names.keys.max() == names.count - 1, names.keys.min() == 0 else {
            return nil
        }
        return unique((0..<names.count).compactMap { names[$0] })
    }

    /// Names that are all there and all different, where need be by their numbers; nil for those that nobody gave.
    private static func unique(_ names: [String]) -> [String]? {
        let isMadeUp = names.enumerated().allSatisfy { $1 == "LABEL_\($0)" }
        guard !names.isEmpty, !isMadeUp, !names.contains("") else { return nil }
        var counts: [String: Int] = [:]
        for name in names { counts[name, default: 0] += 1 }
        let unique = names.enumerated().map { counts[$1] == 1 ? $1 : "\($1) (\($0))" }
        return Set(unique).count == unique.count ? unique : nil
    }
}
