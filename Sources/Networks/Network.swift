/// A convolutional network described once: its layers in order, grouped into named stages, and the parameters they need.
///
/// A network holds no numbers. `ParameterStore` holds the weights, the engine computes.
public struct Network: Sendable {
    /// The architecture's name, as in `Architecture`.
    public let name: String
    /// The stages from input to output; each owns a run of consecutive nodes.
    public let stages: [Stage]
    /// All nodes in an order in which each comes after its inputs; the first is the input, the last yields the logits.
    package let nodes: [Node]
    /// Every parameter, in the order of the nodes that own them.
    package let parameters: [ParameterDescription]
    /// How many classes the logits tell apart.
    public let classCount: Int

    /// A named part of the network that is frozen, trained or tapped as a whole.
    public struct Stage: Hashable, Sendable {
        /// `stem`, `layer1`…`layer4`, `block1`…`block5`, `fc`, `pool` or `head`.
        public let name: String
        /// The indices of its nodes.
        package let nodes: Range<Int>
    }

    /// The stages that own parameters, and so can be frozen or trained.
    public var trainableStageNames: [String] {
        stages.filter { stage in parameters.contains { $0.stage == stage.name } }.map(\.name)
    }

    package func stage(named name: String) -> Stage? { stages.first { $0.name == name } }
}

/// One layer: an operation, where its inputs come from, and the parameters it owns.
package struct Node: Sendable {
    /// Dotted and unique, such as `layer1.block1.conv2`.
    package let name: String
    package let operation: Operation
    /// The indices of the nodes whose outputs it reads.
    package let inputs: [Int]
    /// The name of the stage it belongs to; empty for the input.
    package let stage: String
    /// The parameters it owns, in the order in which `Operation` lists them.
    package let parameters: [ParameterDescription]
}

/// What a node computes. Feature maps are N×H×W×C.
package enum Operation: Hashable, Sendable {
    /// The preprocessed images, N×H×W×3.
    case input
    /// A two-dimensional cross-correlation. Parameters: `weight`, and `bias` if it has one.
    case convolution(Convolution)
    /// (x − mean) / √(variance + epsilon) · scale + shift for each channel.
    /// Parameters: `scale`, `shift`, `mean`, `variance`.
    case batchNorm(epsilon: Double)
    case relu
    /// The sum of two feature maps of one shape: the end of a residual block.
    case add
    case maxPool(kernel: Int, stride: Int, padding: Int)
    /// The mean over all positions: N×H×W×C to N×1×1×C.
    case globalAveragePool
    /// The maximum over all positions: N×H×W×C to N×1×1×C.
    case globalMaxPool
    /// The same numbers as one row, N×1×1×(H·W·C), of a feature map of exactly this size.
    case flatten(height: Int, width: Int)
    /// The mean over a grid of `rows` × `columns` nearly equal cells; cells overlap where sizes do not divide.
    case adaptiveAveragePool(rows: Int, columns: Int)
    /// Every `stride`-th position, with channels of zeros added before and after up to `outputChannels`: the
    /// parameter-free shortcut (option A) of He et al. 2015, section 4.2.
    case paddedShortcut(stride: Int, outputChannels: Int)
    /// Zeroes each value with probability `rate` while training, and scales the others by 1 / (1 − rate).
    case dropout(rate: Double)
    /// An affine map of all H·W·C values of an image, taken in that order. Parameters: `weight`, `bias`.
    case linear(outputs: Int)
}

/// The geometry of a convolution.
package struct Convolution: Hashable, Sendable {
    package var inputChannels: Int
    package var outputChannels: Int
    /// The side of the square kernel.
    package var kernel: Int
    package var stride: Int
    /// Zeros around each side of the input.
    package var padding: Int
    package var hasBias: Bool

    package init(
        inputChannels: Int, outputChannels: Int, kernel: Int, stride: Int, padding: Int, hasBias: Bool
    ) {
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.hasBias = hasBias
    }
}

/// A parameter's name, shape and meaning.
package struct ParameterDescription: Hashable, Sendable {
    /// The node's name and the role: `layer1.block1.conv2.weight`.
    package let name: String
    package let role: Role
    /// `O×kernel×kernel×I` for convolutions, `outputs × (H·W·C)` for linear layers, the channel count otherwise.
    package let shape: [Int]
    package let stage: String

    package enum Role: String, Hashable, Sendable {
        case weight, bias, scale, shift, mean, variance
    }

    /// Running statistics are stored and frozen like weights, but no optimiser moves them.
    package var isStatistic: Bool { role == .mean || role == .variance }
    /// Biases, scales and shifts are exempt from weight decay.
    package var decays: Bool { role == .weight }
}
