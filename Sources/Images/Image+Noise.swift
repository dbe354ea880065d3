import Glibc
import Tensors

extension Image {
    /// Adds normal noise, independent for each channel of each pixel.
    /// - Parameter deviation: the standard deviation as a share of 255.
    func noisy(deviation: Double, using random: inout RandomStream) -> Image {
        let offsets = normalQuantiles.map { $0 * Float(deviation * 255) }
        var result = self
        result.withMutablePixels { pixels in
            offsets.withUnsafeBufferPointer { offsets in
                for i in 0..<width * height {
                    // Ten bits for each channel choose among the 1,024 quantiles.
                    var bits = Int(random.nextWord())
                    for channel in 3 * i..<3 * i + 3 {
                        let value = Float(pixels[channel]) + offsets[bits & 1023]
                        pixels[channel] = UInt8(min(max(value + 0.5, 0), 255))
                        bits >>= 10
                    }
                }
            }
        }
        return result
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
