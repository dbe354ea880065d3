import Foundation

/// The probabilities that belong to logits, computed in float64.
package enum Softmax {
    /// One row of finite logits, divided by the temperature, as probabilities that add up to 1.
    package static func probabilities(_ logits: some Collection<Float>, temperature: Double = 1) -> [Double] {
        Distribution(Array(logits), temperature: temperature).probabilities
    }

    /// The probabilities of one row, and what cross-entropies of it are taken from.
    struct Distribution {
        let probabilities: [Double]
        /// The largest logit.
        private let largest: Double
        /// The sum of the exponentials of all logits less the largest.
        private let sum: Double
        private let temperature: Double

        /// - Parameter logits: finite; divided by the temperature. An array whatever there was: of many classes this is
        ///   where time goes, and code for any collection is twenty times as slow.
        init(_ logits: [Float], temperature: Double = 1) {
            let largest = Double(logits.max() ?? 0)
            var result = logits.map { exp((Double($0) - largest) / temperature) }
            let sum = result.reduce(0, +)
            for i in result.indices { result[i] /= sum }
            probabilities = result
            (self.largest, self.sum, self.temperature) = (largest, sum, temperature)
        }

        /// What `Softmax.crossEntropy` yields for the class of this logit.
        func crossEntropy(logit: Float) -> Double { log(sum) + (largest - Double(logit)) / temperature }
    }

    /// The cross-entropy of one row of finite logits, divided by the temperature, for the class `label`: −log of its
    /// probability, without the underflow of taking the logarithm afterwards.
    package static func crossEntropy(
        _ logits: some RandomAccessCollection<Float>, label: Int, temperature: Double = 1
    ) -> Double {
        let largest = Double(logits.max() ?? 0)
        let sum = logits.reduce(0) { $0 + exp((Double($1) - largest) / temperature) }
        let own = Double(logits[logits.index(logits.startIndex, offsetBy: label)])
        return log(sum) + (largest - own) / temperature
    }
}

extension Collection where Element: BinaryFloatingPoint {
    /// The position of the largest element, the first of several equal ones (NumPy's `argmax`); 0 where there is none.
    package func indexOfMaximum() -> Int {
        var best = (offset: 0, value: -Element.infinity)
        for (offset, value) in enumerated() where value > best.value { best = (offset, value) }
        return best.offset
    }
}
