/// What a node computes. Feature maps are N×H×W×C.
///
/// Each case's payload knows all there is to know of it: see `traits`. Only what computes it distinguishes the cases.
package enum Operation: Hashable, Sendable {
    case input(Input)
    case convolution(Convolution)
    case transposedConvolution(TransposedConvolution)
    case linear(Linear)
    case batchNorm(BatchNorm)
    case layerNorm(LayerNorm)
    case localResponseNorm(LocalResponseNorm)
    case activation(Activation)
    case scale(Scale)
    case sum(Sum)
    case product(Product)
    case concatenation(Concatenation)
    case maxPool(MaxPool)
    case averagePool(AveragePool)
    case adaptiveAveragePool(AdaptiveAveragePool)
    case globalPool(GlobalPool)
    case flatten(Flatten)
    case paddedShortcut(PaddedShortcut)
    case resize(Resize)
    case dropout(Dropout)

    /// The payload.
    package var traits: any OperationTraits {
        switch self {
        case .input(let operation): operation
        case .convolution(let operation): operation
        case .transposedConvolution(let operation): operation
        case .linear(let operation): operation
        case .batchNorm(let operation): operation
        case .layerNorm(let operation): operation
        case .localResponseNorm(let operation): operation
        case .activation(let operation): operation
        case .scale(let operation): operation
        case .sum(let operation): operation
        case .product(let operation): operation
        case .concatenation(let operation): operation
        case .maxPool(let operation): operation
        case .averagePool(let operation): operation
        case .adaptiveAveragePool(let operation): operation
        case .globalPool(let operation): operation
        case .flatten(let operation): operation
        case .paddedShortcut(let operation): operation
        case .resize(let operation): operation
        case .dropout(let operation): operation
        }
    }
}

extension Operation: CustomStringConvertible {
    package var description: String { traits.words }
}

/// The preprocessed images, N×H×W×channels.
package struct Input: OperationTraits {
    package var channels: Int

    package init(channels: Int) { self.channels = channels }

    package var words: String { "input" }
    package var inputCount: ClosedRange<Int> { 0...0 }
    package func outputChannels(of inputs: [Int]) -> Int { channels }
}
