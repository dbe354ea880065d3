import Files
import Networks

/// What Keras' layers of the classes that are known here do, by their settings.
enum KerasLayers {
    /// The function at the end of a layer.
    enum Activation: Equatable {
        case linear, relu, softmax, sigmoid
        /// Another one, by its name.
        case other(String)

        init(named name: String) {
            switch name {
            case "linear": self = .linear
            case "relu": self = .relu
            case "softmax": self = .softmax
            case "sigmoid": self = .sigmoid
            default: self = .other(name)
            }
        }
    }

    /// What a layer does within a trunk.
    enum TrunkOperation {
        case convolution(Convolution, Activation)
        case batchNorm
        case relu
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
        case "ReLU", "Relu", "relu": return isPlainReLU(config) ? .relu : .other("relu with limits")
        case "Softmax": return isOfLastAxis(config["axis"]) ? .softmax : .other("softmax over another axis")
        case "Sigmoid": return .sigmoid
        default: return nil
        }
    }

    private static func isPlainReLU(_ config: JSON) -> Bool {
        func isZero(_ key: String) -> Bool {
            let value = config[key] ?? .null
            return value == .null || value.doubleValue == 0
        }
        return isZero("negative_slope") && isZero("threshold") && (config["max_value"] ?? .null) == .null
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

    /// The zeros that a `ZeroPadding2D` adds on each side; nil where sides differ.
    static func padding(of layer: KerasGraph.Layer) -> Int? {
        guard isChannelsLast(layer), let padding = layer.config["padding"] else { return nil }
        func numbers(_ json: JSON) -> [Int] {
            json.arrayValue.map { $0.flatMap(numbers) } ?? json.integerValue.map { [$0] } ?? []
        }
        let sides = numbers(padding)
        guard let first = sides.first, (0...64).contains(first), sides.allSatisfy({ $0 == first }) else { return nil }
        return first
    }

    static func isChannelsLast(_ layer: KerasGraph.Layer) -> Bool {
        (layer.config["data_format"]?.stringValue ?? "channels_last") == "channels_last"
    }

    /// - Parameters:
    ///   - channels: of the layer's input.
    ///   - padding: the zeros that stand around its input already.
    static func operation(of layer: KerasGraph.Layer, channels: Int, padding: Int) -> TrunkOperation? {
        switch layer.className {
        case "Conv2D", "Convolution2D":
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
        default: return activation(ofLayer: layer) == .relu ? .relu : nil
        }
    }

    private static func convolution(_ layer: KerasGraph.Layer, channels: Int, padding: Int) -> Convolution? {
        let config = layer.config
        guard isChannelsLast(layer), let filters = config["filters"]?.integerValue, (1...100_000).contains(filters),
            let kernel = side(config["kernel_size"]), let stride = side(config["strides"]),
            side(config["dilation_rate"] ?? 1) == 1, (config["groups"]?.integerValue ?? 1) == 1,
            let added = addedPadding(config["padding"]?.stringValue, kernel: kernel, stride: stride),
            added == 0 || padding == 0
        else { return nil }
        let window = Window(
            Extent(side: kernel), stride: Extent(side: stride), padding: Padding(side: padding + added))
        return Convolution(
            inputChannels: channels, outputChannels: filters, window: window,
            hasBias: config["use_bias"]?.boolValue ?? true)
    }

    /// The zeros on each side of a convolution's input; nil where TensorFlow adds more on one side than on the other.
    private static func addedPadding(_ padding: String?, kernel: Int, stride: Int) -> Int? {
        switch padding {
        case "valid": 0
        case "same" where kernel == 1: 0
        case "same" where stride == 1 && kernel % 2 == 1: kernel / 2
        default: nil
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
