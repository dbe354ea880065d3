import Files
import Networks

/// What Keras' layers of the classes that are known here do, by their settings.
enum KerasLayers {
    /// The function at the end of a layer.
    enum Activation: Equatable {
        case linear, relu, relu6, softmax, sigmoid
        /// Another one, by its name.
        case other(String)

        init(named name: String) {
            switch name {
            case "linear": self = .linear
            case "relu": self = .relu
            case "relu6": self = .relu6
            case "softmax": self = .softmax
            case "sigmoid": self = .sigmoid
            default: self = .other(name)
            }
        }

        /// What it is within a trunk; nil where no trunk has it.
        var ofTrunk: Networks.Activation? {
            switch self {
            case .relu: .relu
            case .relu6: .relu6
            case .linear, .softmax, .sigmoid, .other: nil
            }
        }
    }

    /// What a layer does within a trunk.
    enum TrunkOperation {
        case convolution(Convolution, Activation)
        case batchNorm
        case activation(Networks.Activation)
        case maxPool(kernel: Int, stride: Int)
        case add

        /// How many feature maps it reads.
        var operandCount: Int { if case .add = self { 2 } else { 1 } }
    }

    /// Layers that pass on what they get when a model predicts: dropout, noise and augmentation, which act in training.
    private static let inactiveInPrediction: Set<String> = [
        "Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "AlphaDropout", "GaussianDropout",
        "GaussianNoise", "ActivityRegularization",
        "RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomShear", "RandomPerspective",
        "RandomContrast", "RandomBrightness", "RandomSaturation", "RandomHue", "RandomColorJitter", "RandomGrayscale",
        "RandomColorDegeneration", "RandomSharpness", "RandomPosterization", "RandomInvert", "RandomGaussianBlur",
        "RandomErasing", "RandomElasticTransform", "RandomHeight", "RandomWidth", "RandAugment", "AugMix",
    ]

    /// Whether a layer passes on what it gets.
    static func isInert(_ layer: KerasGraph.Layer) -> Bool {
        if inactiveInPrediction.contains(layer.className) { return !layer.isCalledForTraining }
        return layer.className == "Identity" || activation(ofLayer: layer) == .linear
    }

    /// Whether a layer acts in training only.
    static func actsInTraining(_ layer: KerasGraph.Layer) -> Bool {
        inactiveInPrediction.contains(layer.className)
    }

    /// The function that a layer is, where it is nothing else.
    static func activation(ofLayer layer: KerasGraph.Layer) -> Activation? {
        activation(ofClass: layer.className, layer.config)
    }

    private static func activation(ofClass className: String, _ config: JSON) -> Activation? {
        switch className {
        case "Activation": return activation(in: config)
        case "ReLU", "Relu", "relu": return rectifier(config)
        case "Softmax": return isOfLastAxis(config["axis"]) ? .softmax : .other("softmax over another axis")
        case "Sigmoid": return .sigmoid
        default: return nil
        }
    }

    private static func rectifier(_ config: JSON) -> Activation {
        func isZero(_ key: String) -> Bool {
            let value = config[key] ?? .null
            return value == .null || value.doubleValue == 0
        }
        let limit = config["max_value"] ?? .null
        guard isZero("negative_slope"), isZero("threshold"), limit == .null || limit.doubleValue == 6 else {
            return .other("relu with limits")
        }
        return limit == .null ? .relu : .relu6
    }

    private static func isOfLastAxis(_ axis: JSON?) -> Bool {
        guard let axis, axis != .null else { return true }
        if let axes = axis.arrayValue { return axes.count == 1 && isOfLastAxis(axes[0]) }
        return axis.integerValue == -1 || axis.integerValue == 1
    }

    /// The setting `activation`: a name, or an object that names a function or describes a layer that serves as one.
    static func activation(in config: JSON) -> Activation {
        guard let value = config["activation"], value != .null else { return .linear }
        if let name = value.stringValue { return Activation(named: name) }
        if let name = value["config"]?.stringValue { return Activation(named: name.lowercased()) }
        guard let className = value["class_name"]?.stringValue else { return .other("unknown") }
        return activation(ofClass: className, value["config"] ?? .null) ?? Activation(named: className.lowercased())
    }

    /// The zeros that a `ZeroPadding2D` adds: its setting is a number for all sides, one for each axis, or two for each.
    static func padding(of layer: KerasGraph.Layer) -> Insets? {
        guard isChannelsLast(layer), let axes = pair(layer.config["padding"]), let rows = pair(axes.0),
            let columns = pair(axes.1)
        else { return nil }
        let sides = [rows.0, columns.0, rows.1, columns.1].compactMap(\.integerValue)
        guard sides.count == 4, sides.allSatisfy((0...64).contains) else { return nil }
        return Insets(top: sides[0], left: sides[1], bottom: sides[2], right: sides[3])
    }

    /// Two values, or one that stands for both.
    private static func pair(_ json: JSON?) -> (JSON, JSON)? {
        guard let elements = json?.arrayValue else { return json.map { ($0, $0) } }
        return elements.count == 2 ? (elements[0], elements[1]) : nil
    }

    static func isChannelsLast(_ layer: KerasGraph.Layer) -> Bool {
        (layer.config["data_format"]?.stringValue ?? "channels_last") == "channels_last"
    }

    /// - Parameters:
    ///   - channels: of the layer's input.
    ///   - padding: the zeros that stand around its input already.
    static func operation(of layer: KerasGraph.Layer, channels: Int, padding: Insets) -> TrunkOperation? {
        switch layer.className {
        case "Conv2D", "Convolution2D", "DepthwiseConv2D":
            return convolution(layer, channels: channels, padding: padding).map {
                .convolution($0, activation(in: layer.config))
            }
        case "BatchNormalization": return isWholeNorm(layer) && isOnChannels(layer) ? .batchNorm : nil
        case "MaxPooling2D", "MaxPool2D":
            guard isChannelsLast(layer), let kernel = side(layer.config["pool_size"]),
                let stride = side(layer.config["strides"] ?? .null) ?? side(layer.config["pool_size"]),
                layer.config["padding"]?.stringValue == "valid"
            else { return nil }
            return .maxPool(kernel: kernel, stride: stride)
        case "Add": return .add
        default: return activation(ofLayer: layer)?.ofTrunk.map { .activation($0) }
        }
    }

    private static func convolution(_ layer: KerasGraph.Layer, channels: Int, padding: Insets) -> Convolution? {
        let config = layer.config
        let isDepthwise = layer.className == "DepthwiseConv2D"
        let filters = isDepthwise ? channels : config["filters"]?.integerValue ?? 0
        guard (1...100_000).contains(filters), (config["groups"]?.integerValue ?? 1) == 1,
            (config["depth_multiplier"]?.integerValue ?? 1) == 1, let window = window(of: layer, padding)
        else { return nil }
        return Convolution(
            inputChannels: channels, outputChannels: filters, window: window, groups: isDepthwise ? channels : 1,
            hasBias: config["use_bias"]?.boolValue ?? true)
    }

    private static func window(of layer: KerasGraph.Layer, _ padding: Insets) -> Window? {
        let config = layer.config
        guard isChannelsLast(layer), let kernel = side(config["kernel_size"]), let stride = side(config["strides"]),
            side(config["dilation_rate"] ?? 1) == 1
        else { return nil }
        let window = Window(Extent(side: kernel), stride: Extent(side: stride), padding: .insets(padding))
        switch config["padding"]?.stringValue {
        case "valid": return window
        case "same" where padding == 0: return Window(window.kernel, stride: window.stride, padding: .same)
        default: return nil
        }
    }

    /// The side of a square, given once or for both axes.
    static func side(_ json: JSON?) -> Int? {
        guard let json else { return nil }
        let numbers = json.arrayValue?.compactMap(\.integerValue) ?? [json.integerValue].compactMap(\.self)
        guard let first = numbers.first, (1...1000).contains(first), numbers.allSatisfy({ $0 == first }) else {
            return nil
        }
        return first
    }

    /// Whether a batch norm has all four tensors.
    static func isWholeNorm(_ layer: KerasGraph.Layer) -> Bool {
        (layer.config["scale"]?.boolValue ?? true) && (layer.config["center"]?.boolValue ?? true)
    }

    private static func isOnChannels(_ layer: KerasGraph.Layer) -> Bool {
        layer.config["axis"].map(KerasPixelLayers.isLast) ?? true
    }

    static func epsilon(of layer: KerasGraph.Layer) -> Double { layer.config["epsilon"]?.doubleValue ?? 1e-3 }
}
