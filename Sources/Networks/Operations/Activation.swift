/// A function of each value by itself.
package enum Activation: OperationTraits {
    /// max(x, 0).
    case relu
    /// min(max(x, 0), 6).
    case relu6
    /// x where it is positive, else slope · x.
    case leakyReLU(slope: Double)
    /// 1 / (1 + e⁻ˣ).
    case sigmoid
    case tanh
    /// x · sigmoid(x), also called swish.
    case silu
    /// min(max(x / 6 + 1/2, 0), 1).
    case hardSigmoid
    /// x · hardSigmoid(x).
    case hardSwish
    /// x · Φ(x), with Φ the distribution function of the normal distribution.
    case gelu

    package var words: String {
        switch self {
        case .relu: "ReLU"
        case .relu6: "ReLU6"
        case .leakyReLU(let slope): "leaky ReLU \(slope)"
        case .sigmoid: "sigmoid"
        case .tanh: "tanh"
        case .silu: "SiLU"
        case .hardSigmoid: "hard sigmoid"
        case .hardSwish: "hard swish"
        case .gelu: "GELU"
        }
    }

    package func outputChannels(of inputs: [Int]) throws(DescriptionProblem) -> Int {
        // From an output alone a negative slope could not be told from a positive one.
        if case .leakyReLU(let slope) = self, slope < 0 { throw .impossible }
        return inputs[0]
    }

    package var worksInPlace: Bool { true }

    package var inputGradientNeeds: GradientNeeds {
        switch self {
        case .relu, .relu6, .leakyReLU, .sigmoid, .tanh, .hardSigmoid: .output
        case .silu, .hardSwish, .gelu: .inputs
        }
    }

    /// The range that values are limited to, where nothing else happens to them; infinite where there is no upper limit.
    package var range: ClosedRange<Float>? {
        switch self {
        case .relu: 0...Float.infinity
        case .relu6: 0...6
        case .leakyReLU, .sigmoid, .tanh, .silu, .hardSigmoid, .hardSwish, .gelu: nil
        }
    }

    /// Whether no value is negative.
    package var isNonNegative: Bool {
        switch self {
        case .relu, .relu6, .sigmoid, .hardSigmoid: true
        case .leakyReLU, .tanh, .silu, .hardSwish, .gelu: false
        }
    }
}
