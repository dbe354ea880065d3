import Networks
import Pretrained
import Tensors

/// Writes a network as operators of ONNX: images are N×C×H×W there, and so are feature maps.
package struct ONNXLowering {
    private let network: Network
    /// What the images have, and each node yields.
    private let shapes: [FeatureShape]
    private let parameters: ParameterStore
    /// The names of arrays in the file, by parameter.
    private let names: [String: String]
    /// The H·W positions that the inputs of each linear layer cover.
    private let positions: [String: Int]
    package internal(set) var graph: ONNXGraph
    /// The name of what each node yields.
    package private(set) var values: [String] = []
    /// The values that are rows, N×C, and not maps.
    private var rows: Set<String> = []

    /// - Parameters:
    ///   - height: of the images, as `width`.
    ///   - names: what the arrays are called, by parameter; one that has none keeps its own.
    /// - Throws: `ImageSizeError` and its kin where the network does not take such images.
    package init(
        _ network: Network, _ parameters: ParameterStore, height: Int, width: Int, names: [String: String] = [:],
        into graph: ONNXGraph
    ) throws {
        self.network = network
        self.parameters = parameters
        shapes = try network.shapes(height: height, width: width)
        positions = try network.linearInputPositions(height: height, width: width)
        self.names = names
        self.graph = graph
    }

    /// Appends every layer.
    /// - Parameter input: the value that holds the preprocessed images.
    /// - Returns: the value that holds what the last one yields.
    /// - Throws: `ExportError` for a layer that ONNX has no operator for.
    package mutating func lower(from input: String) throws -> String {
        values = [input]
        for index in network.nodes.indices.dropFirst() {
            let node = network.nodes[index]
            let value = try lower(node, index)
            if node.operation.yieldsRow(of: node.inputs.map { rows.contains(values[$0]) }) { rows.insert(value) }
            values.append(value)
        }
        return values[values.count - 1]
    }

    private mutating func lower(_ node: Node, _ index: Int) throws -> String {
        let inputs = self.inputs(of: node)
        let shape = shapes[node.inputs.first ?? 0]
        switch node.operation {
        case .input, .dropout: return inputs[0]
        case .convolution(let convolution): return lower(convolution, node, inputs[0], shape)
        case .transposedConvolution(let convolution): return lower(convolution, node, inputs[0])
        case .linear: return lowerLinear(node, inputs[0])
        case .batchNorm(let norm):
            let arrays = [.scale, .shift, .mean, .variance].map { array(node, $0) }
            return graph.add(
                "BatchNormalization", inputs + arrays, node.name, ["epsilon": .float(Float(norm.epsilon))])
        case .layerNorm(let norm): return lower(norm, node, inputs[0])
        case .localResponseNorm(let norm): return try lower(norm, node, inputs[0])
        case .activation(let activation): return lower(activation, node.name, inputs[0])
        case .scale(let scale): return lower(scale, node, inputs[0])
        case .sum: return graph.add("Sum", inputs, node.name)
        case .product: return lowerProduct(node.name, inputs)
        case .concatenation: return graph.add("Concat", inputs, node.name, ["axis": .integer(1)])
        case .maxPool(let pool): return lower(pool, node.name, inputs[0], shape)
        case .averagePool(let pool): return lower(pool, node.name, inputs[0], shape)
        case .adaptiveAveragePool(let pool): return lower(pool, node.name, inputs[0], shape)
        case .globalPool(let pool):
            return graph.add(pool == .average ? "GlobalAveragePool" : "GlobalMaxPool", inputs, node.name)
        case .flatten: return graph.add("Flatten", inputs, node.name, ["axis": .integer(1)])
        case .paddedShortcut(let shortcut): return lower(shortcut, node.name, inputs[0], shape)
        case .resize(let resize): return lower(resize, node.name, inputs[0], shapes[index])
        }
    }

    /// What a node reads. Rows become maps of one position where others are maps.
    private mutating func inputs(of node: Node) -> [String] {
        let inputs = node.inputs.map { values[$0] }
        guard !inputs.allSatisfy(rows.contains) else { return inputs }
        return inputs.enumerated().map { place, input in
            guard rows.contains(input) else { return input }
            let name = "\(node.name).map\(place)"
            return graph.add("Unsqueeze", [input, graph.addList("\(name).axes", [2, 3])], name)
        }
    }

    // MARK: Layers with parameters

    /// The array of a parameter, in PyTorch's order of axes, which is ONNX's.
    private mutating func array(_ node: Node, _ role: ParameterDescription.Role) -> String {
        guard let parameter = node.parameter(role) else { preconditionFailure("\(node.name) has no \(role)") }
        let positions = positions[node.name] ?? 1
        return graph.addArray(
            names[parameter.name] ?? parameter.name, shape: AxisOrder.torch.storedShape(of: parameter)
        ) { [parameters] in
            AxisOrder.torch.stored(parameter, of: parameters, positions: positions).values
        }
    }

    private mutating func lower(
        _ convolution: Convolution, _ node: Node, _ input: String, _ shape: FeatureShape
    ) -> String {
        let window = convolution.window
        let bias = convolution.hasBias ? [array(node, .bias)] : []
        return graph.add(
            "Conv", [input, array(node, .weight)] + bias, node.name,
            [
                "kernel_shape": .extent(window.kernel), "strides": .extent(window.stride),
                "dilations": .extent(window.dilation), "pads": .insets(window.reached(on: shape)),
                "group": .integer(convolution.groups),
            ])
    }

    private mutating func lower(_ convolution: TransposedConvolution, _ node: Node, _ input: String) -> String {
        let bias = convolution.hasBias ? [array(node, .bias)] : []
        return graph.add(
            "ConvTranspose", [input, array(node, .weight)] + bias, node.name,
            [
                "kernel_shape": .extent(convolution.kernel), "strides": .extent(convolution.stride),
                "pads": .insets(convolution.padding),
            ])
    }

    /// Columns of the weights are in the order C·H·W, in which `Flatten` leaves what stands before.
    private mutating func lowerLinear(_ node: Node, _ input: String) -> String {
        let row = graph.add("Flatten", [input], "\(node.name).row", ["axis": .integer(1)])
        return graph.add(
            "Gemm", [row, array(node, .weight), array(node, .bias)], node.name, ["transB": .integer(1)])
    }

    private mutating func lower(_ norm: LayerNorm, _ node: Node, _ input: String) -> String {
        let last = graph.add("Transpose", [input], "\(node.name).last", ["perm": .integers([0, 2, 3, 1])])
        let normalized = graph.add(
            "LayerNormalization", [last, array(node, .scale), array(node, .shift)], "\(node.name).normalized",
            ["axis": .integer(-1), "epsilon": .float(Float(norm.epsilon))])
        return graph.add("Transpose", [normalized], node.name, ["perm": .integers([0, 3, 1, 2])])
    }

    /// - Throws: `ExportError` for an even number of channels, of which ONNX puts the odd one on the other side.
    private mutating func lower(_ norm: LocalResponseNorm, _ node: Node, _ input: String) throws -> String {
        guard norm.size % 2 == 1 else {
            throw ExportError(
                "\(node.name) normalises over \(norm.size) channels, and ONNX knows odd numbers only; export to model")
        }
        return graph.add(
            "LRN", [input], node.name,
            [
                "size": .integer(norm.size), "alpha": .float(Float(norm.alpha)), "beta": .float(Float(norm.beta)),
                "bias": .float(Float(norm.k)),
            ])
    }

    private mutating func lower(_ scale: Scale, _ node: Node, _ input: String) -> String {
        switch scale {
        case .constant(let factor):
            let number = graph.addArray("\(node.name).factor", shape: [], [Float(factor)])
            return graph.add("Mul", [input, number], node.name)
        case .learnt(let channels):
            // One number for each channel, for all positions.
            let shape = graph.addList("\(node.name).shape", [channels, 1, 1])
            let column = graph.add("Reshape", [array(node, .scale), shape], "\(node.name).column")
            return graph.add("Mul", [input, column], node.name)
        }
    }
}

extension Operation {
    /// Whether it yields N×C and not N×C×1×1.
    fileprivate func yieldsRow(of inputsAreRows: [Bool]) -> Bool {
        switch self {
        case .linear, .flatten: true
        default: inputsAreRows.allSatisfy(\.self)
        }
    }
}
