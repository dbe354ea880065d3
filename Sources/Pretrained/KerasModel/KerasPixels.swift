import Files
import Networks

/// What a Keras model does to the values of an image before its trunk: each channel is `scale` · a channel of the image
/// + `offset`.
struct KerasPixels: Equatable {
    struct Channel: Equatable {
        /// 0 red, 1 green, 2 blue.
        var source: Int
        var scale = 1.0
        var offset = 0.0

        /// `factor` · channel + `summand`.
        func mapped(_ factor: Double, _ summand: Double) -> Channel {
            Channel(source: source, scale: scale * factor, offset: offset * factor + summand)
        }
    }

    var channels: [Channel]

    /// The image as it is.
    static let image = KerasPixels(channels: (0..<3).map { Channel(source: $0) })

    /// What `Normalization` multiplies with, with Keras' own guard against division by zero.
    static func factors(variance: [Double]) -> [Double] { variance.map { 1 / max($0.squareRoot(), 1e-7) } }

    /// The same as a preprocessing; nil where there is none for it.
    var preprocessing: Preprocessing? {
        let order: Preprocessing.ChannelOrder
        switch channels.map(\.source) {
        case [0, 1, 2]: order = .rgb
        case [2, 1, 0]: order = .bgr
        default: return nil
        }
        let means = channels.map { Float(-$0.offset / $0.scale) }
        let deviations = channels.map { Float(1 / $0.scale) }
        guard (means + deviations).allSatisfy(\.isFinite), deviations.allSatisfy({ $0 != 0 }) else { return nil }
        return Preprocessing(channelOrder: order, mean: means, standardDeviation: deviations)
    }
}

/// The value of a layer that works on pixels.
enum KerasPixelValue: Equatable {
    case image(KerasPixels)
    /// One channel alone, H×W.
    case plane(KerasPixels.Channel)
}

/// What layers that stand before a trunk do to pixels. Layers that are absent here are not understood.
struct KerasPixelLayers {
    /// The numbers of a layer's tensors, by their name; nil where it has none of this name.
    let numbers: (_ layer: KerasGraph.Layer, _ tensor: String) -> [Double]?

    /// - Parameter inputs: the values of the layers that it reads, in order.
    /// - Returns: nil where it is not understood.
    func value(of layer: KerasGraph.Layer, _ inputs: [KerasPixelValue]) -> KerasPixelValue? {
        switch layer.className {
        case "Rescaling":
            return affine(inputs, numbers(layer.config["scale"]), numbers(layer.config["offset"]))
        case "Normalization": return normalized(layer, inputs)
        case "GetItem": return item(inputs, layer.constants.first?.arrayValue)
        case "Flip": return Self.isLast(layer.config["axis"]) ? reversed(inputs) : nil
        case "Stack": return Self.isLast(layer.config["axis"]) ? stacked(inputs) : nil
        case "Add", "Subtract", "Multiply", "Divide", "TrueDivide":
            return arithmetic(layer.className.lowercased(), layer, inputs)
        case "SlicingOpLambda", "TFOpLambda": return operation(layer, inputs)
        default: return nil
        }
    }

    /// Whether layers of a class work on each pixel by itself, so that a person can say what becomes of them all.
    static func isPointwise(_ className: String) -> Bool {
        [
            "Rescaling", "Normalization", "GetItem", "Flip", "Stack", "Add", "Subtract", "Multiply", "Divide",
            "TrueDivide", "SlicingOpLambda", "TFOpLambda", "Lambda",
        ].contains(className)
    }

    /// The operations of TensorFlow that Keras 2 wrapped in layers.
    private func operation(_ layer: KerasGraph.Layer, _ inputs: [KerasPixelValue]) -> KerasPixelValue? {
        let keywords = layer.keywords
        let operand = [keywords["y"], keywords["x"], keywords["value"]].lazy.compactMap { numbers($0) }.first
        switch layer.config["function"]?.stringValue {
        case "__operators__.getitem": return item(inputs, keywords["slice_spec"]?.arrayValue)
        case "nn.bias_add": return affine(inputs, [1], numbers(keywords["bias"]))
        case "math.truediv": return affine(inputs, operand?.map { 1 / $0 }, [0])
        case "math.multiply": return affine(inputs, operand, [0])
        case "math.add", "__operators__.add": return affine(inputs, [1], operand)
        // The constant may stand on either side.
        case "math.subtract": return keywords["x"] == nil ? affine(inputs, [1], operand?.map(-)) : nil
        case "stack": return Self.isLast(keywords["axis"]) ? stacked(inputs) : nil
        case "reverse": return keywords["axis"].map(Self.isLast) == true ? reversed(inputs) : nil
        default: return nil
        }
    }

    /// Of an image and a constant.
    private func arithmetic(
        _ operation: String, _ layer: KerasGraph.Layer, _ inputs: [KerasPixelValue]
    ) -> KerasPixelValue? {
        guard layer.arguments.count == 2, let constant = numbers(layer.constants.first) else { return nil }
        var isFirst = false
        if case .constant? = layer.arguments.first { isFirst = true }
        switch operation {
        case "add": return affine(inputs, [1], constant)
        case "multiply": return affine(inputs, constant, [0])
        case "subtract": return isFirst ? affine(inputs, [-1], constant) : affine(inputs, [1], constant.map(-))
        default: return isFirst ? nil : affine(inputs, constant.map { 1 / $0 }, [0])
        }
    }

    /// (x − mean) / √variance, with numbers from the layer's settings or, where it was adapted to data, its tensors.
    private func normalized(_ layer: KerasGraph.Layer, _ inputs: [KerasPixelValue]) -> KerasPixelValue? {
        let isLastAxis = layer.config["axis"].map { $0 == .null || Self.isLast($0) } ?? true
        guard isLastAxis, layer.config["invert"]?.boolValue != true,
            let mean = numbers(layer.config["mean"]) ?? numbers(layer, "mean"),
            let variance = numbers(layer.config["variance"]) ?? numbers(layer, "variance"),
            variance.allSatisfy({ $0 >= 0 })
        else { return nil }
        let factors = KerasPixels.factors(variance: variance)
        let count = max(mean.count, factors.count)
        guard [1, count].contains(mean.count), [1, count].contains(factors.count) else { return nil }
        let summands = (0..<count).map { -mean[$0 % mean.count] * factors[$0 % factors.count] }
        return affine(inputs, factors, summands)
    }

    /// The numbers of a constant, whatever its shape; nil where it holds anything else.
    private func numbers(_ json: JSON?) -> [Double]? {
        guard let json else { return nil }
        if let number = json.doubleValue { return [number] }
        guard let elements = json.arrayValue, !elements.isEmpty, elements.count <= 3 else { return nil }
        // Only the last axis may hold several: 1×1×1×3.
        if elements.count == 1 { return numbers(elements[0]) }
        let values = elements.compactMap(\.doubleValue)
        return values.count == elements.count ? values : nil
    }

    /// One factor and summand for all channels, or one for each.
    private func affine(
        _ inputs: [KerasPixelValue], _ factors: [Double]?, _ summands: [Double]?
    ) -> KerasPixelValue? {
        guard inputs.count == 1, let factors, let summands, !factors.isEmpty, !summands.isEmpty else { return nil }
        func mapped(_ channel: KerasPixels.Channel, _ index: Int) -> KerasPixels.Channel {
            channel.mapped(factors[index % factors.count], summands[index % summands.count])
        }
        switch inputs[0] {
        case .image(let pixels):
            guard [1, 3].contains(factors.count), [1, 3].contains(summands.count) else { return nil }
            return .image(KerasPixels(channels: pixels.channels.enumerated().map { mapped($1, $0) }))
        case .plane(let channel):
            return factors.count == 1 && summands.count == 1 ? .plane(mapped(channel, 0)) : nil
        }
    }

    /// `x[..., i]`, or `x[..., ::-1]`.
    private func item(_ inputs: [KerasPixelValue], _ index: [JSON]?) -> KerasPixelValue? {
        guard inputs.count == 1, case .image(let pixels) = inputs[0], let index, index.count == 2,
            index[0]["class_name"]?.stringValue == "__ellipsis__"
        else { return nil }
        if let channel = index[1].integerValue {
            return (-3..<3).contains(channel) ? .plane(pixels.channels[(channel + 3) % 3]) : nil
        }
        let slice = index[1]["config"] ?? index[1]
        guard slice["step"]?.integerValue == -1, slice["start"] == .null, slice["stop"] == .null else { return nil }
        return reversed(inputs)
    }

    private func reversed(_ inputs: [KerasPixelValue]) -> KerasPixelValue? {
        guard inputs.count == 1, case .image(let pixels) = inputs[0] else { return nil }
        return .image(KerasPixels(channels: pixels.channels.reversed()))
    }

    private func stacked(_ inputs: [KerasPixelValue]) -> KerasPixelValue? {
        let channels = inputs.compactMap { input -> KerasPixels.Channel? in
            if case .plane(let channel) = input { channel } else { nil }
        }
        return channels.count == 3 && inputs.count == 3 ? .image(KerasPixels(channels: channels)) : nil
    }

    /// Whether an axis, or a list of one, is that of the channels.
    static func isLast(_ axis: JSON?) -> Bool {
        if let axes = axis?.arrayValue { return axes.count == 1 && isLast(axes[0]) }
        return axis?.integerValue.map { $0 == -1 || $0 == 3 } ?? false
    }
}

extension KerasGraph.Layer {
    /// What it is called with beside tensors, in order.
    var constants: [JSON] {
        arguments.compactMap { argument in
            if case .constant(let value) = argument { value } else { nil }
        }
    }
}
