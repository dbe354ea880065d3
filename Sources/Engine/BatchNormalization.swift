import Kernels
import Networks

/// Batch norm on the statistics of the batch (Ioffe and Szegedy 2015), one number for each channel at every stage of it.
struct BatchNormalization {
    private let scale, shift, storedMean, storedVariance: UnsafeMutableBufferPointer<Float>
    private let epsilon: Double
    private let rows: Int
    private let channels: Int

    /// The statistics in use.
    let mean, variance, inverseDeviation: UnsafeMutableBufferPointer<Float>
    /// The output is input · factor + offset.
    let factor, offset: UnsafeMutableBufferPointer<Float>
    /// The gradient of the input is k1 · gradient + k2 · input + k3.
    let k1, k2, k3: UnsafeMutableBufferPointer<Float>

    /// How far the stored statistics move towards those of a batch, as in PyTorch: `stored += momentum · (batch − stored)`.
    private static let momentum: Float = 0.1

    /// - Parameters:
    ///   - rows: the number of positions in a batch, N·H·W; at least two.
    ///   - storage: makes memory for so many floats.
    init(_ layer: Layer, _ store: ParameterStore, channels: Int, rows: Int, storage: (Int) -> Storage) {
        func parameter(_ role: ParameterDescription.Role) -> UnsafeMutableBufferPointer<Float> {
            guard let name = layer.parameters[role] else { preconditionFailure("\(layer.name) has no \(role)") }
            return store[name]
        }
        precondition(rows > 1, "one value has no variance")
        guard let epsilon = layer.epsilon else { preconditionFailure("\(layer.name) has no batch norm") }
        scale = parameter(.scale)
        shift = parameter(.shift)
        storedMean = parameter(.mean)
        storedVariance = parameter(.variance)
        self.epsilon = epsilon
        self.rows = rows
        self.channels = channels
        func vector() -> UnsafeMutableBufferPointer<Float> { storage(channels).floats }
        (mean, variance, inverseDeviation) = (vector(), vector(), vector())
        (factor, offset) = (vector(), vector())
        (k1, k2, k3) = (vector(), vector(), vector())
    }

    /// Takes the statistics of the batch, and moves the stored ones towards them, or takes the stored ones; sets `factor`
    /// and `offset`.
    func prepare(
        _ input: UnsafeMutableRawPointer, usesBatch: Bool, scratch: UnsafeMutablePointer<Float>?, isBF16: Bool
    ) {
        if usesBatch {
            kernel_batch_statistics(
                input, rows, channels, mean.baseAddress, variance.baseAddress, scratch, isBF16)
            let unbiased = Float(rows) / Float(rows - 1)
            for c in 0..<channels {
                storedMean[c] += Self.momentum * (mean[c] - storedMean[c])
                storedVariance[c] += Self.momentum * (variance[c] * unbiased - storedVariance[c])
            }
        } else {
            _ = mean.update(fromContentsOf: storedMean)
            _ = variance.update(fromContentsOf: storedVariance)
        }
        for c in 0..<channels {
            let inverse = 1 / (Double(variance[c]) + epsilon).squareRoot()
            inverseDeviation[c] = Float(inverse)
            factor[c] = Float(Double(scale[c]) * inverse)
            offset[c] = Float(Double(shift[c]) - Double(mean[c]) * Double(scale[c]) * inverse)
        }
    }

    /// Completes the gradient of the scale and sets `k1`, `k2` and `k3`:
    /// dx = scale/σ · (dy − dshift/n − x̂·dscale/n), where x̂ = (x − mean)/σ.
    /// - Parameters:
    ///   - scaleGradient: Σ dy·(x − mean), which becomes dscale.
    ///   - shiftGradient: dshift.
    func prepareInputGradient(
        scaleGradient: UnsafeMutableBufferPointer<Float>, shiftGradient: UnsafeMutableBufferPointer<Float>
    ) {
        let n = Double(rows)
        for c in 0..<channels {
            let inverse = Double(inverseDeviation[c])
            scaleGradient[c] *= inverseDeviation[c]
            let outer = Double(scale[c]) * inverse
            let slope = -outer * inverse * Double(scaleGradient[c]) / n
            k1[c] = Float(outer)
            k2[c] = Float(slope)
            k3[c] = Float(-outer * Double(shiftGradient[c]) / n - slope * Double(mean[c]))
        }
    }
}
