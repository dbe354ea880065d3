import Files
import Networks

/// What the libraries of Hugging Face write beside a file of weights: timm's and transformers' `config.json`, and
/// transformers' `preprocessor_config.json`.
struct HubConfiguration {
    /// The file.
    let path: String
    /// What the library calls the network: `resnet50`, or `resnet-50`'s class and measures.
    let networkName: String
    /// Nil for a network that is none of ours.
    let architecture: Architecture?
    /// Nil where the files do not tell.
    let preprocessing: Preprocessing?
    /// The side of the images, in pixels; nil where the files do not tell.
    let imageSize: Int?
    /// In the order of the outputs; nil where nobody named them.
    let classNames: [String]?
    /// What `finetune export` adds: see `ExportedSettings`.
    private(set) var exported: JSON?

    private static let longest = 4 << 20

    /// What a person should know of it, one sentence a line.
    var remarks: [String] {
        let told = [
            architecture.map { "the network is \($0.rawValue)" }, preprocessing.map { "preprocessing is \($0.words)" },
            imageSize.map { "images have \($0) pixels a side" },
            classNames.map { "there are \($0.count) named classes" },
        ].compactMap(\.self)
        return told.isEmpty ? [] : ["\(path) says that \(told.listed("and"))"]
    }

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
            preprocessing = Self.preprocessing(
                mean: settings["mean"], deviation: settings["std"], settings["input_size"])
            imageSize = settings["input_size"]?.arrayValue?.last?.integerValue.flatMap(Self.plausibleSide)
            classNames = Self.names(json["label_names"]?.arrayValue ?? settings["label_names"]?.arrayValue)
        } else if let type = json["model_type"]?.stringValue, json["architectures"] != nil || json["id2label"] != nil {
            let images = Self.json("\(folder)/preprocessor_config.json")
            networkName = Self.words(transformers: type, json)
            architecture = type == "resnet" ? Self.architecture(resNet: json) : nil
            preprocessing = Self.preprocessing(
                mean: images?["image_mean"], deviation: images?["image_std"], json["num_channels"])
            imageSize = Self.side(images)
            classNames = Self.names(json["id2label"])
        } else {
            return nil
        }
    }

    private static func json(_ path: String) -> JSON? {
        guard let bytes = FileSystem.bytes(of: path), bytes.count <= longest else { return nil }
        return try? JSON(parsing: String(decoding: bytes, as: UTF8.self))
    }

    // MARK: The network

    /// timm has the names of torchvision, but for MobileNetV2.
    private static func architecture(timm name: String) -> Architecture? {
        Architecture(rawValue: name == "mobilenetv2_100" ? "mobilenet_v2" : name)
    }

    /// The ResNet of the measures that transformers writes: `layer_type`, `depths`, `hidden_sizes`.
    private static func architecture(resNet json: JSON) -> Architecture? {
        let isBottleneck = json["layer_type"]?.stringValue != "basic"
        let sizes = numbers(json["hidden_sizes"])
        guard numbers(json["embedding_size"].map { .array([$0]) }) == [64],
            sizes == (isBottleneck ? [256, 512, 1024, 2048] : [64, 128, 256, 512]),
            json["downsample_in_first_stage"]?.boolValue != true,
            // The class has no such network, but others may be written with its words.
            json["hidden_act"]?.stringValue ?? "relu" == "relu"
        else { return nil }
        let names = [
            "basic 2 2 2 2": "resnet18", "basic 3 4 6 3": "resnet34", "bottleneck 3 4 6 3": "resnet50",
            "bottleneck 3 4 23 3": "resnet101", "bottleneck 3 8 36 3": "resnet152",
        ]
        let depths = numbers(json["depths"]).map(String.init).joined(separator: " ")
        return names["\(isBottleneck ? "bottleneck" : "basic") \(depths)"].flatMap(Architecture.init(rawValue:))
    }

    private static func numbers(_ json: JSON?) -> [Int] { json?.arrayValue?.compactMap(\.integerValue) ?? [] }

    private static func words(transformers type: String, _ json: JSON) -> String {
        let depths = numbers(json["depths"]).map(String.init).joined(separator: "-")
        let sizes = numbers(json["hidden_sizes"]).map(String.init).joined(separator: "-")
        guard type == "resnet", !depths.isEmpty else { return type }
        return "resnet (\(json["layer_type"]?.stringValue ?? "bottleneck") blocks \(depths), channels \(sizes))"
    }

    // MARK: Its images

    /// - Parameter mean: of pixels in 0...1, as the deviation.
    private static func preprocessing(mean: JSON?, deviation: JSON?, _ size: JSON?) -> Preprocessing? {
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

    private static func side(_ images: JSON?) -> Int? {
        let size = images?["crop_size"] ?? images?["size"]
        let side = size?.integerValue ?? size?["height"]?.integerValue ?? size?["shortest_edge"]?.integerValue
        return side.flatMap(plausibleSide)
    }

    private static func plausibleSide(_ side: Int) -> Int? { (1...10_000).contains(side) ? side : nil }

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
