import Foundation

/// Decodes a golden file, given relative to `Tests/Goldens`.
package func readJSON<T: Decodable>(_ name: String) throws -> T {
    try JSONDecoder().decode(T.self, from: Data(contentsOf: URL(fileURLWithPath: golden(name))))
}

/// The array `name` of the golden formula.
package func formula(_ name: String, count: Int, low: Double, high: Double) -> [Float] {
    var values = [Float](repeating: 0, count: count)
    values.withUnsafeMutableBufferPointer { FormulaWeights.fill($0, name: name, low: low, high: high) }
    return values
}

/// Infinite where sizes differ or a value is not a number.
package func largestDifference(_ a: some Collection<Float>, _ b: some Collection<Double>) -> Double {
    guard a.count == b.count else { return .infinity }
    return zip(a, b).reduce(0) {
        let difference = abs(Double($1.0) - $1.1)
        return difference.isNaN ? .infinity : max($0, difference)
    }
}
