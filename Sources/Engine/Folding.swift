import Kernels
import Networks

/// A convolution together with the batch norm on stored statistics after it, as one convolution.
///
/// With f = scale / √(variance + ε), the sum of both is a convolution with the weights w′ = w·f and the bias
/// t = shift + (bias − mean)·f. The gradients follow from those of w′ and t without any activation being kept:
/// dw = dw′·f, dbias = dt·f, dshift = dt, and dscale = (⟨w, dw′⟩ + (bias − mean)·dt) / √(variance + ε), because
/// Σ dy·conv(x; w) = ⟨w, dw′⟩ for each output channel.
///
/// Without batch norm f is 1 and t the bias.
struct Folding {
    let weight: UnsafeMutableBufferPointer<Float>
    let bias: UnsafeMutableBufferPointer<Float>?
    let norm: Norm?
    let outputChannels: Int

    struct Norm {
        let scale, shift, mean, variance: UnsafeMutableBufferPointer<Float>
        let epsilon: Double
    }

    /// The parameters of `layer` in `store`.
    init(_ layer: Layer, _ store: ParameterStore, outputChannels: Int) {
        func parameter(_ role: ParameterDescription.Role) -> UnsafeMutableBufferPointer<Float>? {
            layer.parameters[role].map { store[$0] }
        }
        guard let weight = parameter(.weight) else { preconditionFailure("\(layer.name) has no weights") }
        self.weight = weight
        self.bias = parameter(.bias)
        self.outputChannels = outputChannels
        if let epsilon = layer.epsilon, let scale = parameter(.scale), let shift = parameter(.shift),
            let mean = parameter(.mean), let variance = parameter(.variance)
        {
            norm = Norm(scale: scale, shift: shift, mean: mean, variance: variance, epsilon: epsilon)
        } else {
            norm = nil
        }
    }

    private var columns: Int { weight.count / outputChannels }

    private func inverseDeviation(_ norm: Norm, _ channel: Int) -> Double {
        1 / (Double(norm.variance[channel]) + norm.epsilon).squareRoot()
    }

    /// Writes f, one factor for each output channel.
    func writeFactors(to factors: UnsafeMutableBufferPointer<Float>) {
        for channel in 0..<outputChannels {
            factors[channel] = norm.map { Float(Double($0.scale[channel]) * inverseDeviation($0, channel)) } ?? 1
        }
    }

    /// Writes t, one bias for each output channel.
    func writeBias(to folded: UnsafeMutableBufferPointer<Float>) {
        for channel in 0..<outputChannels {
            let bias = Double(bias?[channel] ?? 0)
            folded[channel] =
                norm.map {
                    let factor = Double($0.scale[channel]) * inverseDeviation($0, channel)
                    return Float(Double($0.shift[channel]) + (bias - Double($0.mean[channel])) * factor)
                } ?? Float(bias)
        }
    }

    /// Writes w′ in O×k×k×I order, in the given precision.
    func writeWeights(
        to folded: UnsafeMutableRawPointer, factors: UnsafeMutableBufferPointer<Float>, _ precision: Precision
    ) {
        kernel_scale_rows(
            weight.baseAddress, norm == nil ? nil : factors.baseAddress, folded, outputChannels, columns,
            precision == .bf16)
    }

    /// Writes what one step of each output channel's w′ in 8-bit integers stands for.
    func writeWeightScales(to scales: UnsafeMutableBufferPointer<Float>, factors: [Float]) {
        kernel_row_scales(weight.baseAddress, factors, scales.baseAddress, outputChannels, columns)
    }

    /// Writes w′ in O×k×k×I order as multiples −127…127 of `scales`.
    func writeQuantizedWeights(to folded: UnsafeMutablePointer<Int8>, factors: [Float], scales: [Float]) {
        kernel_quantize_rows(weight.baseAddress, factors, scales, folded, outputChannels, columns)
    }

    /// The gradients of the parameters, where they are wanted.
    struct Gradients {
        let weight: UnsafeMutableBufferPointer<Float>
        let bias, scale, shift: UnsafeMutableBufferPointer<Float>?
    }

    /// Turns the gradients of w′ and t into those of the parameters.
    /// - Parameters:
    ///   - gradients: where they go; `weight` holds dw′ and becomes dw.
    ///   - foldedBias: dt.
    ///   - factors: f.
    ///   - dots: scratch for one float for each output channel.
    func unfold(
        _ gradients: Gradients, foldedBias: UnsafeMutableBufferPointer<Float>,
        factors: UnsafeMutableBufferPointer<Float>, dots: UnsafeMutableBufferPointer<Float>
    ) {
        guard let norm else {
            if let bias = gradients.bias { _ = bias.update(fromContentsOf: foldedBias) }
            return
        }
        kernel_row_dots(
            weight.baseAddress, gradients.weight.baseAddress, dots.baseAddress, outputChannels, columns)
        kernel_scale_rows(
            gradients.weight.baseAddress, factors.baseAddress, gradients.weight.baseAddress, outputChannels, columns,
            false)
        for channel in 0..<outputChannels {
            let offset = Double(bias?[channel] ?? 0) - Double(norm.mean[channel])
            gradients.scale?[channel] = Float(
                (Double(dots[channel]) + offset * Double(foldedBias[channel])) * inverseDeviation(norm, channel))
            gradients.shift?[channel] = foldedBias[channel]
            gradients.bias?[channel] = foldedBias[channel] * factors[channel]
        }
    }
}
