/// All that is known of an operation but how it is computed.
package protocol OperationTraits: Hashable, Sendable {
    /// What it is called in tables, such as `convolution 3×3 /2`.
    var words: String { get }
    /// The parameters it owns, in their order, with their shapes.
    var parameters: [(role: ParameterDescription.Role, shape: [Int])] { get }
    /// How many feature maps it reads.
    var inputCount: ClosedRange<Int> { get }
    /// How many channels it yields from inputs with so many.
    /// - Throws: `DescriptionProblem` where they do not meet.
    func outputChannels(of inputs: [Int]) throws(DescriptionProblem) -> Int
    /// The shape of what it yields from inputs whose channels meet.
    /// - Throws: `ShapeProblem` where their sizes do not meet, or nothing would be left.
    func outputShape(of inputs: [FeatureShape]) throws(ShapeProblem) -> FeatureShape
    /// Multiplications of a weight with an activation, for one image.
    func multiplyAdds(from inputs: [FeatureShape], to output: FeatureShape) -> Int
    /// Which positions of its input one value of its output depends on.
    var reach: Reach { get }
    /// Whether the output may overwrite the first input.
    var worksInPlace: Bool { get }
    /// What the gradients of its inputs are computed from, besides that of its output and its parameters.
    var inputGradientNeeds: GradientNeeds { get }
    /// What the gradients of its parameters are computed from, besides that of its output.
    var parameterGradientNeeds: GradientNeeds { get }
    /// Whether its output is its input, number by number, unless it trains.
    var onlyActsInTraining: Bool { get }
}

/// Which positions of its input one value of an operation's output depends on.
package enum Reach {
    /// The one at its own place.
    case position
    /// Those under a kernel of this extent that moves by `stride`.
    case window(Extent, stride: Extent)
    /// Any of the image.
    case image
}

/// Values that a gradient is computed from.
package struct GradientNeeds: OptionSet, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }

    /// The operation's inputs.
    package static let inputs = GradientNeeds(rawValue: 1)
    /// The operation's output.
    package static let output = GradientNeeds(rawValue: 2)
}

/// Why an operation cannot take its inputs, whatever their sizes.
package enum DescriptionProblem: Error, Hashable {
    /// They have other channels than it takes.
    case channels([Int])
    /// There are too few or too many of them.
    case inputCount(Int)
    /// The operation's own numbers make no sense.
    case impossible
}

/// Why an operation cannot take inputs of these sizes.
package enum ShapeProblem: Error, Hashable {
    /// They do not meet.
    case unequal([FeatureShape])
    /// They are too small.
    case nothingLeft
    /// A flattened feature map has this size only.
    case flattened(expected: FeatureShape, actual: FeatureShape)
}

extension OperationTraits {
    package var parameters: [(role: ParameterDescription.Role, shape: [Int])] { [] }
    package var inputCount: ClosedRange<Int> { 1...1 }
    package func outputChannels(of inputs: [Int]) throws(DescriptionProblem) -> Int { inputs[0] }
    package func outputShape(of inputs: [FeatureShape]) throws(ShapeProblem) -> FeatureShape { inputs[0] }
    package func multiplyAdds(from inputs: [FeatureShape], to output: FeatureShape) -> Int { 0 }
    package var reach: Reach { .position }
    package var worksInPlace: Bool { false }
    package var inputGradientNeeds: GradientNeeds { [] }
    package var parameterGradientNeeds: GradientNeeds { [] }
    package var onlyActsInTraining: Bool { false }
}

extension Window {
    /// The shape of a map with one value for each of the window's positions.
    func outputShape(of input: FeatureShape, channels: Int) throws(ShapeProblem) -> FeatureShape {
        let positions = positions(on: input)
        guard positions.area > 0 else { throw .nothingLeft }
        return FeatureShape(height: positions.height, width: positions.width, channels: channels)
    }
}
