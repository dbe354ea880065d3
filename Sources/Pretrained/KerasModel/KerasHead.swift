import Files
import Networks

/// What stands behind the trunk in a Keras model: the pooling, and linear layers with what can be folded into them.
struct KerasHead {
    /// A layer of the graph that a linear layer of ours is made of.
    struct Norm: Equatable {
        let layer: Int
        let epsilon: Double
    }

    /// A linear layer: batch norms before it, its own weights, batch norms after it.
    struct Linear: Equatable {
        var before: [Norm] = []
        let dense: Int
        let units: Int
        let hasBias: Bool
        var after: [Norm] = []
        var hasReLU = false
    }

    /// What becomes of the last layer's numbers.
    enum Output: Equatable {
        /// Softmax over all classes.
        case softmax
        /// One number, whose sigmoid is the probability of class 1.
        case sigmoid
        /// Softmax too, but nothing in the file says so.
        case presumedSoftmax
    }

    let pooling: Head.Pooling
    /// None where the model ends in features.
    let linears: [Linear]
    let output: Output

    /// A head that our networks cannot express: why, naming the layer.
    struct Problem: Error { let words: String }

    var description: Head {
        Head(
            pooling: pooling,
            hiddenLayers: linears.dropLast().map { Head.HiddenLayer(units: $0.units, hasReLU: $0.hasReLU) })
    }

    /// How many classes it tells apart; nil where it has no classifier.
    var classCount: Int? { linears.last.map { output == .sigmoid ? 2 : $0.units } }
}

/// Walks from the trunk to the output.
struct KerasHeadReader {
    private enum Step {
        case dense(Int, units: Int, hasBias: Bool)
        case norm(KerasHead.Norm)
        case relu(Int)
    }

    private static let mostUnits = 1_000_000

    private let graph: KerasGraph
    private let trunk: KerasTrunk
    /// What a person says of a last layer without activation.
    private let said: ImportOptions.Activation?
    private var pooling: Head.Pooling?
    /// The size of the feature map, where it is known: 1×1 once a pool has covered it.
    private var size: (height: Int, width: Int)?
    private var steps: [Step] = []
    /// A batch norm between the trunk and the pooling.
    private var normOnMap: Int?
    /// The function of the last layer, and the layer that has it.
    private var ending: (activation: KerasLayers.Activation, layer: Int)?

    /// - Parameter said: what the last layer's numbers are meant for, where the model does not tell.
    /// - Throws: `KerasHead.Problem` where something in the head cannot be expressed.
    static func read(
        _ graph: KerasGraph, behind trunk: KerasTrunk, said: ImportOptions.Activation?
    ) throws -> KerasHead {
        var reader = KerasHeadReader(graph, trunk, said)
        for layer in try reader.chain() { try reader.take(layer) }
        return try reader.head()
    }

    private init(_ graph: KerasGraph, _ trunk: KerasTrunk, _ said: ImportOptions.Activation?) {
        self.graph = graph
        self.trunk = trunk
        self.said = said
        size = trunk.map.map { ($0.height, $0.width) }
    }

    /// The layers from the trunk's end to the output, one after the other.
    private func chain() throws -> [Int] {
        var result: [Int] = []
        var current = graph.output
        while current != trunk.end {
            let layer = graph.layers[current]
            guard layer.inputs.count == 1, let input = layer.inputs.first else {
                throw problem(current, layer.inputs.isEmpty ? "is reached past the trunk" : "joins several branches")
            }
            result.append(current)
            current = input
        }
        return result.reversed()
    }

    private func problem(_ layer: Int, _ words: String) -> KerasHead.Problem {
        KerasHead.Problem(words: "its layer \(graph.layers[layer].words) \(words)")
    }

    private var isVector: Bool { pooling != nil }

    // MARK: Layers

    private mutating func take(_ index: Int) throws {
        let layer = graph.layers[index]
        if KerasLayers.isInert(layer) { return }
        if let ending {
            throw problem(index, "follows the \(ending.activation) of `\(graph.layers[ending.layer].name)`")
        }
        if layer.isCalledForTraining { throw problem(index, "is called with `training=True`") }
        guard KerasLayers.isChannelsLast(layer) else { throw problem(index, "has its channels first") }
        switch layer.className {
        case "GlobalAveragePooling2D", "GlobalAvgPool2D": try pool(.average, index)
        case "GlobalMaxPooling2D", "GlobalMaxPool2D": try pool(.maximum, index)
        case "AveragePooling2D", "AvgPool2D": try poolWhole(.average, layer, index)
        case "MaxPooling2D", "MaxPool2D": try poolWhole(.maximum, layer, index)
        case "Flatten": try flatten(index)
        case "BatchNormalization": try norm(layer, index)
        case "Dense": try dense(layer, index)
        default:
            guard let activation = KerasLayers.activation(ofLayer: layer) else {
                throw problem(index, "cannot be expressed here")
            }
            try apply(activation, index)
        }
    }

    private mutating func pool(_ kind: Head.Pooling, _ index: Int) throws {
        guard !isVector else {
            // Of one position there is nothing to pool.
            guard steps.isEmpty, let size, size == (1, 1) else { throw problem(index, "pools a second time") }
            return
        }
        if kind == .maximum, let normOnMap { throw problem(normOnMap, "stands before a max pool") }
        pooling = kind
        size = (1, 1)
    }

    /// A pool with a window, which is a global one where the window covers the map.
    private mutating func poolWhole(_ kind: Head.Pooling, _ layer: KerasGraph.Layer, _ index: Int) throws {
        let window = layer.config["pool_size"]?.arrayValue?.compactMap(\.integerValue) ?? []
        guard let size, window == [size.height, size.width], layer.config["padding"]?.stringValue == "valid" else {
            throw problem(index, "pools windows that are not the whole feature map")
        }
        try pool(kind, index)
    }

    private mutating func flatten(_ index: Int) throws {
        if isVector { return }
        guard let size else {
            throw problem(index, "flattens a feature map whose size the model does not tell")
        }
        pooling = .flatten(height: size.height, width: size.width)
    }

    private mutating func norm(_ layer: KerasGraph.Layer, _ index: Int) throws {
        let axis = layer.config["axis"]?.arrayValue?.first?.integerValue ?? layer.config["axis"]?.integerValue ?? -1
        guard KerasLayers.isWholeNorm(layer), axis == -1 || axis == (isVector ? 1 : 3) else {
            throw problem(index, "has not the scale and shift of each channel")
        }
        let epsilon = KerasLayers.epsilon(of: layer)
        guard Architecture.Options.batchNormEpsilons.contains(epsilon) else {
            throw problem(index, "has the epsilon \(epsilon), which makes no sense")
        }
        if !isVector { normOnMap = index }
        steps.append(.norm(KerasHead.Norm(layer: index, epsilon: epsilon)))
    }

    private mutating func dense(_ layer: KerasGraph.Layer, _ index: Int) throws {
        guard isVector else { throw problem(index, "works on each position of a feature map") }
        guard let units = layer.config["units"]?.integerValue, (1...Self.mostUnits).contains(units) else {
            throw problem(index, "has no number of units that makes sense")
        }
        steps.append(.dense(index, units: units, hasBias: layer.config["use_bias"]?.boolValue ?? true))
        try apply(KerasLayers.activation(in: layer.config), index)
    }

    private mutating func apply(_ activation: KerasLayers.Activation, _ index: Int) throws {
        switch activation {
        case .linear: break
        case .relu:
            // What the trunk yields is not below zero, pooled or not.
            if !steps.isEmpty { steps.append(.relu(index)) }
        case .softmax, .sigmoid: ending = (activation, index)
        case .relu6: throw problem(index, "has an activation that cannot be expressed here, relu6")
        case .other(let name): throw problem(index, "has an activation that cannot be expressed here, \(name)")
        }
    }

    // MARK: The whole

    private func head() throws -> KerasHead {
        let linears = try self.linears()
        return KerasHead(
            pooling: linears.isEmpty && pooling != .maximum ? .average : pooling ?? .average, linears: linears,
            output: try output(of: linears.last))
    }

    /// Groups what stands between ReLUs: linear layers one after the other, each with the batch norms beside it.
    private func linears() throws -> [KerasHead.Linear] {
        var result: [KerasHead.Linear] = []
        var waiting: [KerasHead.Norm] = []
        for step in steps {
            switch step {
            case .dense(let layer, let units, let hasBias):
                result.append(KerasHead.Linear(before: waiting, dense: layer, units: units, hasBias: hasBias))
                waiting = []
            case .norm(let norm):
                // Behind a linear layer it is folded into that one, behind a ReLU into the next.
                if let last = result.indices.last, !result[last].hasReLU {
                    result[last].after.append(norm)
                } else {
                    waiting.append(norm)
                }
            case .relu(let layer):
                guard waiting.isEmpty, let last = result.indices.last else {
                    throw problem(layer, "follows a batch norm that follows no linear layer")
                }
                result[last].hasReLU = true
            }
        }
        if let norm = waiting.first { throw problem(norm.layer, "is a batch norm behind the last ReLU") }
        return result
    }

    private func output(of last: KerasHead.Linear?) throws -> KerasHead.Output {
        guard let last else {
            if let ending { throw problem(ending.layer, "ends a model without a linear layer") }
            return .softmax
        }
        if last.hasReLU { throw problem(last.dense, "ends the model in a ReLU, which gives no probabilities") }
        switch ending?.activation {
        case .softmax?: return .softmax
        case .sigmoid?:
            guard last.units == 1 else {
                throw problem(
                    last.dense,
                    "gives \(last.units) sigmoids: \(HeadOrigin.severalAnswers); a model that chooses one class ends in a "
                        + "softmax")
            }
            return .sigmoid
        default: return try outputOfLogits(last)
        }
    }

    /// A last layer without activation yields logits, where it is not a regression.
    private func outputOfLogits(_ last: KerasHead.Linear) throws -> KerasHead.Output {
        let remedy =
            "if it is a classifier, give its last layer its activation, or compile it with its loss, and save it again"
        guard let loss = graph.loss else {
            if last.units > 1 { return said == .softmax ? .softmax : .presumedSoftmax }
            guard said != .sigmoid else { return .sigmoid }
            throw problem(
                last.dense,
                "has one output and no activation, as a regression has; \(remedy), or say --activation sigmoid")
        }
        guard loss.isCategorical || loss.isBinary else {
            throw problem(last.dense, "has no activation and the loss \(loss.name), as a regression has; \(remedy)")
        }
        guard loss.takesLogits else {
            throw problem(last.dense, "has no activation, but the loss \(loss.name) takes probabilities; \(remedy)")
        }
        if loss.isCategorical { return .softmax }
        guard last.units == 1 else {
            throw problem(
                last.dense, "gives \(last.units) logits of sigmoids: \(HeadOrigin.severalAnswers)")
        }
        return .sigmoid
    }
}
