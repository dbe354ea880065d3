/// Zeroes each value with probability `rate` while training, and scales the others by 1 / (1 − rate) (Srivastava et al.
/// 2014).
package struct Dropout: OperationTraits {
    package var rate: Double

    package init(rate: Double) { self.rate = rate }

    package var words: String { "dropout \(rate)" }
    package func outputChannels(of inputs: [Int]) throws(ShapeProblem) -> Int {
        guard (0..<1).contains(rate) else { throw .impossible }
        return inputs[0]
    }
    package var worksInPlace: Bool { true }
    package var onlyActsInTraining: Bool { true }
}

/// Zeroes the whole map of an image with probability `rate` while training, and scales those of the others by
/// 1 / (1 − rate): before the sum of a residual block (Huang et al. 2016).
package struct StochasticDepth: OperationTraits {
    package var rate: Double

    package init(rate: Double) { self.rate = rate }

    package var words: String { "stochastic depth \(rate)" }
    package func outputChannels(of inputs: [Int]) throws(ShapeProblem) -> Int {
        guard (0..<1).contains(rate) else { throw .impossible }
        return inputs[0]
    }
    package var worksInPlace: Bool { true }
    package var onlyActsInTraining: Bool { true }
}
