/// Zeroes at random while training, each with probability `rate`, and scales what stays by 1 / (1 − rate).
package struct Dropout: OperationTraits {
    /// What is kept or zeroed as a whole.
    package enum Unit: Hashable, Sendable {
        /// Each value by itself (Srivastava et al. 2014).
        case value
        /// The map of an image, before the sum of a residual block: stochastic depth (Huang et al. 2016).
        case image
    }

    /// In 0..<1.
    package var rate: Double
    package var unit: Unit

    package init(rate: Double, unit: Unit = .value) {
        self.rate = rate
        self.unit = unit
    }

    package var words: String { (unit == .value ? "dropout" : "stochastic depth") + " \(rate)" }
    package func outputChannels(of inputs: [Int]) throws(DescriptionProblem) -> Int {
        guard (0..<1).contains(rate) else { throw .impossible }
        return inputs[0]
    }
    package var worksInPlace: Bool { true }
    package var onlyActsInTraining: Bool { true }
}
