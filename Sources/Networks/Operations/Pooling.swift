/// The maximum under each window; padding never wins.
package struct MaxPool: OperationTraits {
    /// Without gaps.
    package var window: Window

    package init(window: Window) { self.window = window }

    package var words: String { window.words("max pool") }
    package func outputChannels(of inputs: [Int]) throws(DescriptionProblem) -> Int { try window.pooled(inputs[0]) }
    package func outputShape(of inputs: [FeatureShape]) throws(ShapeProblem) -> FeatureShape {
        try window.outputShape(of: inputs[0], channels: inputs[0].channels)
    }
    package var reach: Reach { .window(window.reach, stride: window.stride) }
}

/// The mean under each window.
package struct AveragePool: OperationTraits {
    /// Without gaps.
    package var window: Window
    /// Whether the zeros of the padding count among the values that the mean is of.
    package var countsPadding: Bool

    package init(window: Window, countsPadding: Bool) {
        self.window = window
        self.countsPadding = countsPadding
    }

    package var words: String { window.words("average pool") }
    package func outputChannels(of inputs: [Int]) throws(DescriptionProblem) -> Int { try window.pooled(inputs[0]) }
    package func outputShape(of inputs: [FeatureShape]) throws(ShapeProblem) -> FeatureShape {
        try window.outputShape(of: inputs[0], channels: inputs[0].channels)
    }
    package var reach: Reach { .window(window.reach, stride: window.stride) }
}

extension Window {
    /// The most positions under a pool's window: which of them wins is kept in a byte.
    private static let largestPool = 256

    /// The channels of a pool's output.
    fileprivate func pooled(_ channels: Int) throws(DescriptionProblem) -> Int {
        guard isPossible, dilation == 1, kernel.area <= Self.largestPool else {
            throw .impossible
        }
        // A window that lies in the padding altogether has no maximum.
        if case .insets(let insets) = padding,
            max(insets.top, insets.bottom) >= kernel.height || max(insets.left, insets.right) >= kernel.width
        {
            throw .impossible
        }
        return channels
    }
}

/// The mean over a grid of `rows` × `columns` nearly equal cells; cells overlap where sizes do not divide.
package struct AdaptiveAveragePool: OperationTraits {
    package var rows: Int
    package var columns: Int

    package init(rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
    }

    package var words: String { "average pool to \(rows)×\(columns)" }
    package func outputChannels(of inputs: [Int]) throws(DescriptionProblem) -> Int {
        guard rows > 0, columns > 0 else { throw .impossible }
        return inputs[0]
    }
    package func outputShape(of inputs: [FeatureShape]) throws(ShapeProblem) -> FeatureShape {
        FeatureShape(height: rows, width: columns, channels: inputs[0].channels)
    }
    package var reach: Reach { .image }
}

/// One value for each channel, of all positions: N×H×W×C to N×1×1×C.
package enum GlobalPool: OperationTraits {
    case average, maximum

    package var words: String {
        switch self {
        case .average: "global average pool"
        case .maximum: "global max pool"
        }
    }
    package func outputShape(of inputs: [FeatureShape]) throws(ShapeProblem) -> FeatureShape {
        FeatureShape(height: 1, width: 1, channels: inputs[0].channels)
    }
    package var reach: Reach { .image }
}

/// The same numbers as one row, N×1×1×(H·W·C), of a feature map of exactly this size.
package struct Flatten: OperationTraits {
    package var height: Int
    package var width: Int

    package init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }

    package var words: String { "flatten" }
    package func outputChannels(of inputs: [Int]) -> Int { height * width * inputs[0] }
    package func outputShape(of inputs: [FeatureShape]) throws(ShapeProblem) -> FeatureShape {
        guard (height, width) == (inputs[0].height, inputs[0].width) else {
            throw .flattened(
                expected: FeatureShape(height: height, width: width, channels: inputs[0].channels), actual: inputs[0])
        }
        return FeatureShape(height: 1, width: 1, channels: inputs[0].count)
    }
    package var reach: Reach { .image }
    package var worksInPlace: Bool { true }
}

/// Every `stride`-th position, with channels of zeros added before and after up to `outputChannels`: the parameter-free
/// shortcut (option A) of He et al. 2015, section 4.2.
package struct PaddedShortcut: OperationTraits {
    package var stride: Int
    package var outputChannels: Int

    package init(stride: Int, outputChannels: Int) {
        self.stride = stride
        self.outputChannels = outputChannels
    }

    package var words: String { "padded shortcut" + (stride == 1 ? "" : " /\(stride)") }
    package func outputChannels(of inputs: [Int]) throws(DescriptionProblem) -> Int {
        guard stride > 0, outputChannels >= inputs[0] else { throw .impossible }
        return outputChannels
    }
    package func outputShape(of inputs: [FeatureShape]) throws(ShapeProblem) -> FeatureShape {
        try Window(1, stride: Extent(side: stride)).outputShape(of: inputs[0], channels: outputChannels)
    }
    package var reach: Reach { .window(1, stride: Extent(side: stride)) }
}
