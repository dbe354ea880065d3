import Foundation

/// The probabilities that belong to logits, computed in float64.
package enum Softmax {
    /// One row of finite logits, divided by the temperature, as probabilities that add up to 1.
    package static func probabilities(_ logits: some Collection<Float>, temperature: Double = 1) -> [Double] {
        let largest = Double(logits.max() ?? 0)
        var result = logits.map { exp((Double($0) - largest) / temperature) }
        let sum = result.reduce(0, +)
        for i in result.indices { result[i] /= sum }
        return result
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
