import Networks
import Tensors

// Layers without parameters.
extension ONNXLowering {
    mutating func lower(_ activation: Activation, _ name: String, _ input: String) -> String {
        switch activation {
        case .relu: return graph.add("Relu", [input], name)
        case .relu6:
            let low = graph.addArray("\(name).low", shape: [], [0])
            let high = graph.addArray("\(name).high", shape: [], [6])
            return graph.add("Clip", [input, low, high], name)
        case .leakyReLU(let slope): return graph.add("LeakyRelu", [input], name, ["alpha": .float(Float(slope))])
        case .sigmoid: return graph.add("Sigmoid", [input], name)
        case .tanh: return graph.add("Tanh", [input], name)
        case .silu:
            let gate = graph.add("Sigmoid", [input], "\(name).gate")
            return graph.add("Mul", [input, gate], name)
        case .hardSigmoid:
            return graph.add("HardSigmoid", [input], name, ["alpha": .float(1 / 6), "beta": .float(0.5)])
        case .hardSwish: return graph.add("HardSwish", [input], name)
        case .gelu: return lowerGELU(name, input)
        }
    }

    /// x / 2 · (1 + erf(x / √2)).
    private mutating func lowerGELU(_ name: String, _ input: String) -> String {
        let root = graph.addArray("\(name).root", shape: [], [Float(0.5.squareRoot())])
        let one = graph.addArray("\(name).one", shape: [], [1])
        let half = graph.addArray("\(name).half", shape: [], [0.5])
        let scaled = graph.add("Mul", [input, root], "\(name).scaled")
        let error = graph.add("Erf", [scaled], "\(name).error")
        let raised = graph.add("Add", [error, one], "\(name).raised")
        let halved = graph.add("Mul", [input, half], "\(name).halved")
        return graph.add("Mul", [halved, raised], name)
    }

    mutating func lowerProduct(_ name: String, _ inputs: [String]) -> String {
        var product = inputs[0]
        for (index, input) in inputs.enumerated().dropFirst() {
            let isLast = index == inputs.count - 1
            product = graph.add("Mul", [product, input], isLast ? name : "\(name).product\(index)")
        }
        return product
    }

    mutating func lower(_ pool: MaxPool, _ name: String, _ input: String, _ shape: FeatureShape) -> String {
        graph.add(
            "MaxPool", [input], name,
            [
                "kernel_shape": .extent(pool.window.kernel), "strides": .extent(pool.window.stride),
                "pads": .insets(pool.window.reached(on: shape)),
            ])
    }

    /// Padding that counts becomes part of the map, because what a last window reaches beyond it never counts.
    mutating func lower(_ pool: AveragePool, _ name: String, _ input: String, _ shape: FeatureShape) -> String {
        let insets = pool.window.insets(around: shape)
        var reached = pool.window.reached(on: shape)
        var input = input
        if pool.countsPadding, insets != 0 {
            input = pad(input, by: insets, channels: (0, 0), "\(name).padded")
            reached = Insets(
                top: 0, left: 0, bottom: reached.bottom - insets.bottom, right: reached.right - insets.right)
        }
        return graph.add(
            "AveragePool", [input], name,
            [
                "kernel_shape": .extent(pool.window.kernel), "strides": .extent(pool.window.stride),
                "pads": .insets(reached), "count_include_pad": .integer(0),
            ])
    }

    /// ONNX has no such pool: the means of rows and of columns are products with matrices, but where nothing changes or
    /// cells are equal.
    mutating func lower(
        _ pool: AdaptiveAveragePool, _ name: String, _ input: String, _ shape: FeatureShape
    ) -> String {
        if (shape.height, shape.width) == (pool.rows, pool.columns) { return graph.add("Identity", [input], name) }
        if shape.height % pool.rows == 0, shape.width % pool.columns == 0 {
            let cell = Extent(shape.height / pool.rows, shape.width / pool.columns)
            return graph.add(
                "AveragePool", [input], name, ["kernel_shape": .extent(cell), "strides": .extent(cell)])
        }
        let rows = graph.addArray(
            "\(name).rows", shape: [pool.rows, shape.height], Self.means(of: shape.height, in: pool.rows).values)
        let columns = graph.addArray(
            "\(name).columns", shape: [shape.width, pool.columns],
            Self.means(of: shape.width, in: pool.columns).transposed([1, 0]).values)
        let high = graph.add("MatMul", [rows, input], "\(name).high")
        return graph.add("MatMul", [high, columns], name)
    }

    /// A row for each cell: cell i begins at floor(i · size / count) and ends before ceil((i + 1) · size / count), as in
    /// PyTorch.
    private static func means(of size: Int, in count: Int) -> Tensor {
        var matrix = Tensor(shape: [count, size])
        for cell in 0..<count {
            let positions = cell * size / count..<((cell + 1) * size + count - 1) / count
            for position in positions { matrix.values[cell * size + position] = 1 / Float(positions.count) }
        }
        return matrix
    }

    mutating func lower(
        _ shortcut: PaddedShortcut, _ name: String, _ input: String, _ shape: FeatureShape
    ) -> String {
        var taken = input
        if shortcut.stride > 1 {
            let lists = [
                graph.addList("\(name).starts", [0, 0]), graph.addList("\(name).ends", [shape.height, shape.width]),
                graph.addList("\(name).axes", [2, 3]),
                graph.addList("\(name).steps", [shortcut.stride, shortcut.stride]),
            ]
            taken = graph.add("Slice", [input] + lists, "\(name).taken")
        }
        let added = shortcut.outputChannels - shape.channels
        return pad(taken, by: 0, channels: (added / 2, added - added / 2), name)
    }

    /// Zeros around a map, and channels of zeros before and after its own.
    private mutating func pad(
        _ input: String, by insets: Insets, channels: (before: Int, after: Int), _ name: String
    ) -> String {
        let sizes = graph.addList(
            "\(name).sizes",
            [0, channels.before, insets.top, insets.left, 0, channels.after, insets.bottom, insets.right])
        return graph.add("Pad", [input, sizes], name)
    }

    mutating func lower(_ resize: Resize, _ name: String, _ input: String, _ output: FeatureShape) -> String {
        let sizes = graph.addList("\(name).sizes", [output.height, output.width])
        let (mode, positions) =
            switch resize.sampling {
            case .nearest: ("nearest", "asymmetric")
            case .bilinear(let alignsCorners): ("linear", alignsCorners ? "align_corners" : "half_pixel")
            }
        return graph.add(
            "Resize", [input, "", "", sizes], name,
            [
                "axes": .integers([2, 3]), "mode": .text(mode), "coordinate_transformation_mode": .text(positions),
                "nearest_mode": .text("floor"),
            ])
    }
}

extension ONNXAttribute {
    static func extent(_ extent: Extent) -> ONNXAttribute { .integers([extent.height, extent.width]) }

    static func insets(_ insets: Insets) -> ONNXAttribute {
        .integers([insets.top, insets.left, insets.bottom, insets.right])
    }
}

extension Window {
    /// What stands around a map where a last window that reaches beyond it counts as one that does not: so the number of
    /// windows needs no rule for rounding, of which versions of ONNX have several.
    func reached(on shape: FeatureShape) -> Insets {
        var insets = insets(around: shape)
        let count = positions(on: shape)
        let bottom = (count.height - 1) * stride.height + reach.height - shape.height - insets.top
        let right = (count.width - 1) * stride.width + reach.width - shape.width - insets.left
        insets.bottom = max(insets.bottom, bottom)
        insets.right = max(insets.right, right)
        return insets
    }
}
