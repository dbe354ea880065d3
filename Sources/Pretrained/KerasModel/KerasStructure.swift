import Networks

/// Gives a number to each way of computing a feature map from an image: what is computed alike has the same number.
///
/// So a Keras model and a network of ours can be compared layer by layer whatever their layers are called, and a model
/// that differs in a stride or a pooling is not taken for the network.
struct StructureTable {
    private struct Structure: Hashable {
        let operation: Operation
        let inputs: [Int]
    }

    private var numbers: [Structure: Int] = [:]
    /// By number; nil where the size of the image is not known, or nothing is left of it.
    private var shapes: [FeatureShape?]

    /// The preprocessed image.
    static let image = 0

    /// - Parameter imageSize: nil where images of several sizes are computed.
    init(imageSize: (height: Int, width: Int)?) {
        shapes = [imageSize.map { FeatureShape(height: $0.height, width: $0.width, channels: 3) }]
    }

    mutating func number(of operation: Operation, _ inputs: [Int]) -> Int {
        // Sums know no order.
        let structure = Structure(
            operation: resolved(operation, on: shapes[inputs[0]]),
            inputs: operation == .sum(Sum()) ? inputs.sorted() : inputs)
        if let known = numbers[structure] { return known }
        let inputShapes = inputs.compactMap { shapes[$0] }
        shapes.append(inputShapes.count == inputs.count ? try? operation.traits.outputShape(of: inputShapes) : nil)
        numbers[structure] = shapes.count - 1
        return shapes.count - 1
    }

    /// An operation without what makes no difference to a map of this shape.
    private func resolved(_ operation: Operation, on input: FeatureShape?) -> Operation {
        switch operation {
        // Epsilons are numbers, which can be taken over.
        case .batchNorm(let norm): return .batchNorm(BatchNorm(channels: norm.channels, epsilon: 0))
        case .convolution(var convolution):
            convolution.window = resolved(convolution.window, on: input)
            return .convolution(convolution)
        default: return operation
        }
    }

    /// A window whose padding is told in numbers where they are known: TensorFlow's `same` depends on the map's size, but
    /// for a stride of 1.
    private func resolved(_ window: Window, on input: FeatureShape?) -> Window {
        let point = FeatureShape(height: 1, width: 1, channels: 1)
        guard let input = input ?? (window.stride == 1 || window.kernel == 1 ? point : nil) else { return window }
        var result = window
        result.padding = .insets(window.insets(around: input))
        return result
    }

    /// The numbers of a network's nodes, by index.
    mutating func numbers(of network: Network) -> [Int] {
        var result = [Self.image]
        for node in network.nodes.dropFirst() {
            result.append(number(of: node.operation, node.inputs.map { result[$0] }))
        }
        return result
    }
}

/// What the layers of a Keras model compute, as far as a trunk is made of it.
struct KerasStructure {
    enum Value: Equatable {
        /// The image, or what has become of it before the trunk.
        case pixels(KerasPixelValue, padding: Insets)
        /// The image after a layer whose numbers are not known.
        case unknownPixels(layer: Int, padding: Insets)
        case featureMap(FeatureMap)
        /// Anything else.
        case unknown
    }

    struct FeatureMap: Equatable {
        /// In the table.
        var structure: Int
        var channels: Int
        /// Zeros around it that the next layer is to see.
        var padding: Insets = 0
        /// Whether it comes out of a ReLU: nothing in it is below zero.
        var isRectified = false
    }

    let graph: KerasGraph
    let pixelLayers: KerasPixelLayers
    private(set) var table: StructureTable
    /// By layer; unknown too where the output does not depend on it.
    private(set) var values: [Value] = []
    /// The numbers of what convolutions and batch norms compute, without the activation that belongs to the layer.
    private(set) var weighted: [Int: Int] = [:]
    /// What the first convolutions read; several if they read different things.
    private(set) var entries: [Value] = []

    init(_ graph: KerasGraph, _ pixelLayers: KerasPixelLayers) {
        self.graph = graph
        self.pixelLayers = pixelLayers
        table = StructureTable(imageSize: graph.imageSize)
        let living = Set(graph.living)
        for (index, layer) in graph.layers.enumerated() {
            values.append(living.contains(index) ? value(of: layer, index) : .unknown)
        }
    }

    mutating func numbers(of network: Network) -> [Int] { table.numbers(of: network) }

    private mutating func value(of layer: KerasGraph.Layer, _ index: Int) -> Value {
        if layer.className == "InputLayer" { return .pixels(.image(.image), padding: 0) }
        let inputs = layer.inputs.map { values[$0] }
        guard let first = inputs.first else { return .unknown }
        if KerasLayers.isInert(layer) { return inputs.count == 1 ? first : .unknown }
        if layer.className == "ZeroPadding2D" { return padded(first, by: KerasLayers.padding(of: layer)) }
        if let value = pixelValue(of: layer, inputs, index) { return value }
        guard
            let operation = KerasLayers.operation(of: layer, channels: channels(of: first), padding: padding(of: first))
        else { return .unknown }
        var maps: [FeatureMap] = []
        for input in inputs {
            guard let map = featureMap(input) else { return .unknown }
            maps.append(map)
        }
        return apply(operation, to: maps, layer, index)
    }

    /// The value of a layer that works on pixels; nil where it does not.
    private func pixelValue(of layer: KerasGraph.Layer, _ inputs: [Value], _ index: Int) -> Value? {
        guard KerasPixelLayers.isPointwise(layer.className) else { return nil }
        var pixels: [KerasPixelValue] = []
        for input in inputs {
            switch input {
            case .pixels(let value, padding: 0): pixels.append(value)
            case .unknownPixels(_, padding: 0): return input
            default: return nil
            }
        }
        return pixelLayers.value(of: layer, pixels).map { .pixels($0, padding: 0) }
            ?? .unknownPixels(layer: index, padding: 0)
    }

    private func padded(_ value: Value, by padding: Insets?) -> Value {
        guard let padding else { return .unknown }
        switch value {
        case .pixels(let pixels, let known): return .pixels(pixels, padding: known + padding)
        case .featureMap(var map):
            map.padding = map.padding + padding
            return .featureMap(map)
        case .unknownPixels(let layer, let known): return .unknownPixels(layer: layer, padding: known + padding)
        case .unknown: return .unknown
        }
    }

    private func channels(of value: Value) -> Int {
        if case .featureMap(let map) = value { map.channels } else { 3 }
    }

    private func padding(of value: Value) -> Insets {
        switch value {
        case .pixels(_, let padding), .unknownPixels(_, let padding): padding
        case .featureMap(let map): map.padding
        default: 0
        }
    }

    /// A value as a feature map; that of a whole image is where a trunk begins.
    private mutating func featureMap(_ value: Value) -> FeatureMap? {
        switch value {
        case .featureMap(let map): return map
        case .pixels(.image(let pixels), _):
            enter(.pixels(.image(pixels), padding: 0))
            return FeatureMap(structure: StructureTable.image, channels: 3)
        case .unknownPixels(let layer, _):
            enter(.unknownPixels(layer: layer, padding: 0))
            return FeatureMap(structure: StructureTable.image, channels: 3)
        case .pixels, .unknown: return nil
        }
    }

    private mutating func enter(_ value: Value) { if !entries.contains(value) { entries.append(value) } }

    private mutating func apply(
        _ operation: KerasLayers.TrunkOperation, to maps: [FeatureMap], _ layer: KerasGraph.Layer, _ index: Int
    ) -> Value {
        guard maps.count == operation.operandCount else { return .unknown }
        let input = maps[0]
        var result = FeatureMap(structure: input.structure, channels: input.channels, isRectified: input.isRectified)
        switch operation {
        case .convolution(let convolution, let activation):
            result.structure = table.number(of: .convolution(convolution), [input.structure])
            result.channels = convolution.outputChannels
            result.isRectified = false
            weighted[index] = result.structure
            guard activation != .linear else { break }
            return activation.ofTrunk.map { activated(result, $0) } ?? .unknown
        case .batchNorm:
            guard input.padding == 0, !layer.isCalledForTraining else { return .unknown }
            result.structure = table.number(
                of: .batchNorm(BatchNorm(channels: input.channels, epsilon: 0)), [input.structure])
            result.isRectified = false
            weighted[index] = result.structure
        case .activation(let activation):
            guard input.padding == 0 else { return .unknown }
            return activated(result, activation)
        case .maxPool(let kernel, let stride):
            // Keras pads with zeros, our max pool with nothing: the same where nothing is below zero.
            guard input.padding == 0 || input.isRectified else { return .unknown }
            let window = Window(
                Extent(side: kernel), stride: Extent(side: stride), padding: .insets(input.padding))
            result.structure = table.number(of: .maxPool(MaxPool(window: window)), [input.structure])
        case .add:
            guard maps[0].channels == maps[1].channels, maps.allSatisfy({ $0.padding == 0 }) else { return .unknown }
            result.structure = table.number(of: .sum(Sum()), maps.map(\.structure))
            result.isRectified = maps.allSatisfy(\.isRectified)
        }
        return .featureMap(result)
    }

    private mutating func activated(_ map: FeatureMap, _ activation: Activation) -> Value {
        var result = map
        result.structure = table.number(of: .activation(activation), [map.structure])
        result.isRectified = true
        return .featureMap(result)
    }
}

extension Insets {
    fileprivate static func + (inner: Insets, outer: Insets) -> Insets {
        Insets(
            top: inner.top + outer.top, left: inner.left + outer.left, bottom: inner.bottom + outer.bottom,
            right: inner.right + outer.right)
    }
}
