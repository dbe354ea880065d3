/// A two-dimensional cross-correlation. Parameters: `weight`, O×kernel×kernel×(I/groups), and `bias` if it has one.
package struct Convolution: OperationTraits {
    package var inputChannels: Int
    package var outputChannels: Int
    package var window: Window
    /// Into how many runs of equal size the channels are divided, input and output alike: each output channel sees the
    /// input channels of its own run only. As many as there are channels make it depthwise.
    package var groups: Int
    package var hasBias: Bool

    package init(inputChannels: Int, outputChannels: Int, window: Window, groups: Int = 1, hasBias: Bool) {
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.window = window
        self.groups = groups
        self.hasBias = hasBias
    }

    /// Whether each output channel sees one input channel.
    package var isDepthwise: Bool { groups > 1 && groups == inputChannels }

    package var words: String {
        switch groups {
        case 1: window.words("convolution")
        case inputChannels: window.words("depthwise convolution")
        default: window.words("convolution") + " in \(groups) groups"
        }
    }

    package var parameters: [(role: ParameterDescription.Role, shape: [Int])] {
        let kernel = window.kernel
        let weight = [outputChannels, kernel.height, kernel.width, inputChannels / max(groups, 1)]
        return [(.weight, weight)] + (hasBias ? [(.bias, [outputChannels])] : [])
    }

    package func outputChannels(of inputs: [Int]) throws(DescriptionProblem) -> Int {
        guard inputs[0] == inputChannels else { throw .channels(inputs) }
        guard window.isPossible, groups > 0, inputChannels % groups == 0, outputChannels % groups == 0 else {
            throw .impossible
        }
        return outputChannels
    }

    package func outputShape(of inputs: [FeatureShape]) throws(ShapeProblem) -> FeatureShape {
        try window.outputShape(of: inputs[0], channels: outputChannels)
    }

    package func multiplyAdds(from inputs: [FeatureShape], to output: FeatureShape) -> Int {
        output.count * window.kernel.area * (inputChannels / groups)
    }

    package var reach: Reach { .window(window.reach, stride: window.stride) }
    package var parameterGradientNeeds: GradientNeeds { .inputs }
}

/// The transpose of a convolution, which enlarges: output position i·stride + k − padding gathers input position i times
/// kernel element k. Parameters: `weight`, I×kernel×kernel×O, and `bias` if it has one.
package struct TransposedConvolution: OperationTraits {
    package var inputChannels: Int
    package var outputChannels: Int
    package var kernel: Extent
    package var stride: Extent
    /// What is cut off the output.
    package var padding: Insets
    package var hasBias: Bool

    package init(
        inputChannels: Int, outputChannels: Int, kernel: Extent, stride: Extent, padding: Insets = 0, hasBias: Bool
    ) {
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.hasBias = hasBias
    }

    /// The window of the convolution that this one is the transpose of.
    package var window: Window { Window(kernel, stride: stride, padding: .insets(padding)) }

    package var words: String { window.words("transposed convolution") }

    package var parameters: [(role: ParameterDescription.Role, shape: [Int])] {
        [(.weight, [inputChannels, kernel.height, kernel.width, outputChannels])]
            + (hasBias ? [(.bias, [outputChannels])] : [])
    }

    package func outputChannels(of inputs: [Int]) throws(DescriptionProblem) -> Int {
        guard inputs[0] == inputChannels else { throw .channels(inputs) }
        guard window.isPossible else { throw .impossible }
        return outputChannels
    }

    package func outputShape(of inputs: [FeatureShape]) throws(ShapeProblem) -> FeatureShape {
        let height = (inputs[0].height - 1) * stride.height + kernel.height - padding.top - padding.bottom
        let width = (inputs[0].width - 1) * stride.width + kernel.width - padding.left - padding.right
        guard height > 0, width > 0 else { throw .nothingLeft }
        return FeatureShape(height: height, width: width, channels: outputChannels)
    }

    package func multiplyAdds(from inputs: [FeatureShape], to output: FeatureShape) -> Int {
        inputs[0].count * kernel.area * outputChannels
    }

    /// Of the output's neighbours, each stands on its own input position.
    package var reach: Reach {
        func positions(_ kernel: Int, _ stride: Int) -> Int { (kernel + stride - 1) / stride }
        return .window(
            Extent(positions(kernel.height, stride.height), positions(kernel.width, stride.width)), stride: 1)
    }
    package var parameterGradientNeeds: GradientNeeds { .inputs }
}

/// An affine map of all H·W·C values of an image, taken in that order. Parameters: `weight`, outputs×inputs, and `bias`.
package struct Linear: OperationTraits {
    package var inputs: Int
    package var outputs: Int

    package init(inputs: Int, outputs: Int) {
        self.inputs = inputs
        self.outputs = outputs
    }

    package var words: String { "linear" }
    package var parameters: [(role: ParameterDescription.Role, shape: [Int])] {
        [(.weight, [outputs, inputs]), (.bias, [outputs])]
    }

    package func outputChannels(of inputs: [Int]) throws(DescriptionProblem) -> Int {
        // A map of several positions has so many times the channels.
        guard inputs[0] > 0, self.inputs % inputs[0] == 0 else { throw .channels(inputs) }
        return outputs
    }

    package func outputShape(of inputs: [FeatureShape]) throws(ShapeProblem) -> FeatureShape {
        guard inputs[0].count == self.inputs else { throw .unequal(inputs) }
        return FeatureShape(height: 1, width: 1, channels: outputs)
    }

    package func multiplyAdds(from inputs: [FeatureShape], to output: FeatureShape) -> Int { inputs[0].count * outputs }
    package var reach: Reach { .image }
    package var parameterGradientNeeds: GradientNeeds { .inputs }
}
