import Glibc
import Kernels
import Tensors

extension Image {
    /// Adds normal noise, independent for each channel of each pixel.
    /// - Parameter deviation: the standard deviation as a share of 255.
    mutating func addNoise(deviation: Double, using random: inout RandomStream) {
        let offsets = normalQuantiles.map { $0 * Float(deviation * 255) }
        let words = random.words(pixelCount)
        withMutablePixels { kernel_add_noise($0, words.count, words, offsets) }
    }
}

/// 1,024 equally likely values whose distribution is the standard normal one, with variance 1: a draw from them takes ten
/// bits and no logarithm.
private let normalQuantiles: [Float] = {
    let count = 1024
    let quantiles = (0..<count).map { normalQuantile((Double($0) + 0.5) / Double(count)) }
    let variance = quantiles.reduce(0) { $0 + $1 * $1 } / Double(count)
    return quantiles.map { Float($0 / variance.squareRoot()) }
}()

/// The number below which a standard normal variable stays with probability `p`, by bisection.
private func normalQuantile(_ p: Double) -> Double {
    var (low, high) = (-8.0, 8.0)
    for _ in 0..<50 {
        let middle = (low + high) / 2
        if erfc(-middle / 2.0.squareRoot()) / 2 < p { low = middle } else { high = middle }
    }
    return (low + high) / 2
}
