/// The sum of feature maps of one shape, or of one position for all: the end of a residual block.
package struct Sum: OperationTraits {
    package init() {}

    package var words: String { "sum" }
    package var inputCount: ClosedRange<Int> { 2...64 }

    package func outputChannels(of inputs: [Int]) throws(DescriptionProblem) -> Int { try equal(inputs) }
    package func outputShape(of inputs: [FeatureShape]) throws(ShapeProblem) -> FeatureShape { try broadcast(inputs) }

    package var worksInPlace: Bool { true }
}

/// The product, value by value, of feature maps of one shape, or of one position for all: squeeze and excitation (Hu, Shen
/// and Sun 2017).
package struct Product: OperationTraits {
    package init() {}

    package var words: String { "product" }
    package var inputCount: ClosedRange<Int> { 2...64 }

    package func outputChannels(of inputs: [Int]) throws(DescriptionProblem) -> Int { try equal(inputs) }
    package func outputShape(of inputs: [FeatureShape]) throws(ShapeProblem) -> FeatureShape { try broadcast(inputs) }

    package var inputGradientNeeds: GradientNeeds { .inputs }
}

private func equal(_ channels: [Int]) throws(DescriptionProblem) -> Int {
    guard channels.allSatisfy({ $0 == channels[0] }) else { throw .channels(channels) }
    return channels[0]
}

/// The shape of the largest where all others have it too, or one position only.
private func broadcast(_ shapes: [FeatureShape]) throws(ShapeProblem) -> FeatureShape {
    let largest = shapes.max { $0.count < $1.count } ?? shapes[0]
    guard shapes.allSatisfy({ $0 == largest || $0.isOnePosition }) else { throw .unequal(shapes) }
    return largest
}

/// Feature maps of one size as one, the channels of the first before those of the second, and so on.
package struct Concatenation: OperationTraits {
    package init() {}

    package var words: String { "concatenation" }
    package var inputCount: ClosedRange<Int> { 1...1024 }

    package func outputChannels(of inputs: [Int]) -> Int { inputs.reduce(0, +) }

    package func outputShape(of inputs: [FeatureShape]) throws(ShapeProblem) -> FeatureShape {
        guard inputs.allSatisfy({ ($0.height, $0.width) == (inputs[0].height, inputs[0].width) }) else {
            throw .unequal(inputs)
        }
        return FeatureShape(
            height: inputs[0].height, width: inputs[0].width, channels: inputs.reduce(0) { $0 + $1.channels })
    }
}

/// Each value times a number.
package enum Scale: OperationTraits {
    /// The same number for all, which is never trained.
    case constant(Double)
    /// A number for each channel. Parameters: `scale`.
    case learnt(channels: Int)

    package var words: String {
        switch self {
        case .constant(let factor): "scale \(factor)"
        case .learnt: "scale"
        }
    }

    package var parameters: [(role: ParameterDescription.Role, shape: [Int])] {
        switch self {
        case .constant: []
        case .learnt(let channels): [(.scale, [channels])]
        }
    }

    package func outputChannels(of inputs: [Int]) throws(DescriptionProblem) -> Int {
        if case .learnt(let channels) = self, channels != inputs[0] { throw .channels(inputs) }
        return inputs[0]
    }

    package var worksInPlace: Bool { true }
    package var parameterGradientNeeds: GradientNeeds {
        switch self {
        case .constant: []
        case .learnt: .inputs
        }
    }
}
