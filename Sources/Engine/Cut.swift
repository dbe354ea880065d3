import Networks

/// Where a network falls into a frozen prefix and the rest: the prefix yields one value, and nothing after it reads any
/// other value of the prefix.
///
/// What the prefix yields for an image stays the same as long as the stages that are trained do.
package struct Cut: Hashable, Sendable {
    /// The value, by its index in the fused network.
    let value: Int
    /// The stage that yields it, such as `layer3` or `pool`.
    package let stage: String
    /// Of one image.
    package let shape: FeatureShape
    package let precision: Precision
    /// The parameters and statistics that it depends on, in the network's order.
    package let parameters: [String]

    /// How many bytes it has for one image.
    package var byteCount: Int { shape.count * precision.byteCount }
}

extension Network {
    /// The cut behind the last frozen layer with parameters or, where that makes it smaller, behind the pooling that
    /// follows; nil where the first layer is trained already.
    ///
    /// - Parameter trained: the stages that are trained.
    /// - Throws: `ImageSizeError` for images too small.
    package func cut(height: Int, width: Int, precision: Precision, trained: Set<String>) throws -> Cut? {
        let graph = try fused(height: height, width: width) { trained.contains($0.stage) }
        let precisions = graph.precisions(input: precision, activations: precision)
        let values = graph.cuts(trained: trained)
        guard let last = values.last(where: { !graph.layers[$0 - 1].parameters.isEmpty }) else { return nil }
        let candidates = values.filter { $0 >= last }
        func byteCount(_ value: Int) -> Int {
            graph.layers[value - 1].outputShape.count * precisions[value].byteCount
        }
        guard let value = candidates.min(by: { (byteCount($0), $1) < (byteCount($1), $0) }) else { return nil }
        let names = Set(graph.layers[..<value].flatMap(\.parameters.values))
        return Cut(
            value: value, stage: graph.layers[value - 1].stage, shape: graph.layers[value - 1].outputShape,
            precision: precisions[value],
            parameters: parameters.map(\.name).filter(names.contains))
    }
}

extension LayerGraph {
    /// The values up to which all is frozen and behind which no other one up to there is read, in order.
    fileprivate func cuts(trained: Set<String>) -> [Int] {
        let frozen = layers.prefix { layer in
            if layer.operation.traits.onlyActsInTraining { return false }
            return layer.parameters.isEmpty || !trained.contains(layer.stage)
        }
        var lastReader = [Int](repeating: -1, count: layers.count + 1)
        for (index, layer) in layers.enumerated() { for value in layer.reads { lastReader[value] = index } }
        var cuts: [Int] = []
        var furthest = lastReader[0]
        for value in 1..<max(frozen.count + 1, 1) {
            if furthest < value { cuts.append(value) }
            furthest = max(furthest, lastReader[value])
        }
        return cuts
    }

    /// The layers up to `cut`.
    mutating func keepPrefix(upTo cut: Cut) { layers.removeLast(layers.count - cut.value) }

    /// The layers behind `cut`, whose value takes the place of the network's input.
    mutating func keepSuffix(behind cut: Cut) {
        layers = layers.dropFirst(cut.value).map { $0.shifted(by: -cut.value) }
        firstLayer = cut.value
    }
}

extension Layer {
    /// The same layer where all values are counted from another one.
    fileprivate func shifted(by offset: Int) -> Layer {
        var layer = self
        layer.inputs = layer.inputs.map { $0 + offset }
        layer.residual? += offset
        return layer
    }
}
