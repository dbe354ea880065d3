/// (x − mean) / √(variance + epsilon) · scale + shift for each channel (Ioffe and Szegedy 2015).
/// Parameters: `scale`, `shift`, `mean`, `variance`.
package struct BatchNorm: OperationTraits {
    package var channels: Int
    package var epsilon: Double

    package init(channels: Int, epsilon: Double) {
        self.channels = channels
        self.epsilon = epsilon
    }

    package var words: String { "batch norm" }
    package var parameters: [(role: ParameterDescription.Role, shape: [Int])] {
        [.scale, .shift, .mean, .variance].map { ($0, [channels]) }
    }

    package func outputChannels(of inputs: [Int]) throws(DescriptionProblem) -> Int {
        guard inputs[0] == channels else { throw .channels(inputs) }
        return channels
    }

    package var worksInPlace: Bool { true }
    /// On the statistics of a batch.
    package var inputGradientNeeds: GradientNeeds { .inputs }
    package var parameterGradientNeeds: GradientNeeds { .inputs }
}

/// (x − mean) / √(variance + epsilon) · scale + shift with the mean and variance over the channels of each position (Ba,
/// Kiros and Hinton 2016). Parameters: `scale`, `shift`.
package struct LayerNorm: OperationTraits {
    package var channels: Int
    package var epsilon: Double

    package init(channels: Int, epsilon: Double) {
        self.channels = channels
        self.epsilon = epsilon
    }

    package var words: String { "layer norm" }
    package var parameters: [(role: ParameterDescription.Role, shape: [Int])] {
        [(.scale, [channels]), (.shift, [channels])]
    }

    package func outputChannels(of inputs: [Int]) throws(DescriptionProblem) -> Int {
        guard inputs[0] == channels else { throw .channels(inputs) }
        return channels
    }

    package var inputGradientNeeds: GradientNeeds { .inputs }
    package var parameterGradientNeeds: GradientNeeds { .inputs }
}

/// x / (k + alpha / size · Σ x²)^beta, the sum over the `size` channels around each (Krizhevsky, Sutskever and Hinton
/// 2012, section 3.3; alpha is divided by the size as in Caffe and PyTorch).
package struct LocalResponseNorm: OperationTraits {
    /// How many channels count, 64 at most; before a channel stand `size / 2` of them, behind it the rest.
    package var size: Int
    package var alpha: Double
    package var beta: Double
    package var k: Double

    package init(size: Int, alpha: Double, beta: Double, k: Double) {
        (self.size, self.alpha, self.beta, self.k) = (size, alpha, beta, k)
    }

    package var words: String { "local response norm" }

    package func outputChannels(of inputs: [Int]) throws(DescriptionProblem) -> Int {
        guard (1...64).contains(size), k > 0, alpha >= 0 else { throw .impossible }
        return inputs[0]
    }

    package var inputGradientNeeds: GradientNeeds { .inputs }
}
