import COneDNN
import Kernels
import Networks

/// How a convolution, or the gradient of its input, is computed. Each method wants the weights in a layout of its own.
enum ConvolutionMethod {
    /// By oneDNN.
    case library(Primitive)
    /// By `kernel_winograd`. The gradient of an input is itself a convolution, of the output's gradient with the weights
    /// turned around: that is what `isGradient` says.
    case winograd(convolution_shape, isGradient: Bool)
    /// By `kernel_pointwise`.
    case pointwise(convolution_shape)

    /// Whether it adds to what its output holds, and not to a buffer of its own.
    var accumulates: Bool {
        if case .library = self { return true }
        return false
    }

    /// The bytes of the weights in its layout.
    var weightsSize: Int {
        switch self {
        case .library(let primitive): return primitive.weightsSize
        case .winograd(var shape, _): return kernel_winograd_weights_size(&shape)
        case .pointwise(var shape): return kernel_pointwise_weights_size(&shape)
        }
    }

    /// Whether another method for the same layer wants the weights alike.
    func sharesWeightsLayout(with other: ConvolutionMethod) -> Bool {
        switch (self, other) {
        case (.library(let mine), .library(let other)): return mine.sharesWeightsLayout(with: other)
        case (.winograd(_, let mine), .winograd(_, let other)): return mine == other
        case (.pointwise, .pointwise): return true
        default: return false
        }
    }

    /// The type of the plain weights that it packs.
    func plainPrecision(_ precision: Precision) -> Precision {
        if case .winograd = self { return .f32 }
        return precision
    }

    /// What packs plain weights, in O×k×k×I order, into `storage`.
    func packing(from precision: Precision, to storage: Storage) throws -> WeightPacking {
        switch self {
        case .library(let primitive):
            let packing = try Primitive.packing(for: primitive, from: precision.type)
            packing.bind(DNN_C, storage.pointer)
            return .library(packing)
        case .winograd(var shape, let isGradient):
            return .kernel { plain in
                kernel_winograd_pack(&shape, plain.floats.baseAddress, isGradient, storage.pointer)
            }
        case .pointwise(var shape):
            return .kernel { plain in kernel_pointwise_pack(&shape, plain.pointer, storage.pointer) }
        }
    }
}

/// What brings plain weights into the layout of a method.
enum WeightPacking {
    case library(Primitive)
    case kernel((_ plain: Storage) -> Void)

    /// The primitive that is to be told where the plain weights lie.
    var primitive: Primitive? {
        if case .library(let primitive) = self { return primitive }
        return nil
    }

    func execute(for purpose: String, _ plain: Storage) throws {
        switch self {
        case .library(let primitive): try primitive.execute(for: purpose)
        case .kernel(let pack): pack(plain)
        }
    }
}

extension Layer {
    /// The method for the layer's output.
    func forwardMethod(
        _ convolution: Convolution, batch: Int, _ precision: Precision, inference: Bool, accumulate: Bool,
        _ activation: dnn_activation
    ) throws -> ConvolutionMethod {
        // Our own kernels know no activation but ReLU.
        if activation != DNN_RELU6 {
            if let shape = winogradShape(convolution, batch: batch, precision) {
                return .winograd(shape, isGradient: false)
            }
            // Elsewhere the library's 1×1 convolutions were measured to be as fast or faster.
            if accumulate, var shape = vectorShape(convolution, batch: batch, precision), kernel_pointwise_fits(&shape)
            {
                return .pointwise(shape)
            }
        }
        return .library(
            try Primitive.convolution(
                geometry(convolution, batch: batch), precision, inference: inference, accumulate: accumulate,
                activation, bias: true, for: name))
    }

    /// The method for the gradient of the layer's input.
    func inputGradientMethod(
        _ convolution: Convolution, batch: Int, _ precision: Precision
    ) throws -> ConvolutionMethod {
        if var shape = winogradShape(convolution, batch: batch, precision) {
            swap(&shape.input_channels, &shape.output_channels)
            return .winograd(shape, isGradient: true)
        }
        return .library(
            try Primitive.inputGradient(
                geometry(convolution, batch: batch), precision, for: "\(name) input gradient"))
    }

    private func winogradShape(_ convolution: Convolution, batch: Int, _ precision: Precision) -> convolution_shape? {
        guard var shape = vectorShape(convolution, batch: batch, precision), kernel_winograd_fits(&shape) else {
            return nil
        }
        // Else the larger weights outweigh what is saved. Which images share a batch is to make no difference.
        let tilesOfImage = (outputShape.height + 1) / 2 * ((outputShape.width + 1) / 2)
        return max(inputShape.channels, outputShape.channels) <= 32 * tilesOfImage ? shape : nil
    }

    /// The shape of the layer's convolution for our own kernels; nil where they know none of its kind, or oneDNN's are the
    /// better ones: in bf16 with AMX.
    func vectorShape(_ convolution: Convolution, batch: Int, _ precision: Precision) -> convolution_shape? {
        guard precision == .f32 || dnn_has_bf16_vectors_only() else { return nil }
        let (window, insets) = (convolution.window, convolution.window.insets(around: inputShape))
        guard convolution.groups == 1, window.kernel.isSquare, window.stride.isSquare, window.dilation == 1,
            insets.isEven
        else { return nil }
        return convolution_shape(
            batch: batch, input_channels: inputShape.channels, input_height: inputShape.height,
            input_width: inputShape.width, output_channels: outputShape.channels, output_height: outputShape.height,
            output_width: outputShape.width, kernel: window.kernel.height, stride: window.stride.height,
            padding: insets.top, workers: ComputeLibrary.threadCount, is_bf16: precision == .bf16,
            vector_bits: dnn_vector_bits())
    }
}

extension convolution_shape {
    /// How many products of two numbers a convolution, or either of its gradients, adds up; padding counts.
    var multiplyAdds: Int { batch * output_height * output_width * weightCount }

    var weightCount: Int { output_channels * input_channels * kernel * kernel }

    /// The bytes of its weights and `biasCount` biases as the network has them: Winograd's method reads more, as it adds up
    /// fewer products.
    func parameterBytes(biasCount: Int = 0) -> Int {
        weightCount * (is_bf16 ? Precision.bf16 : .f32).byteCount + biasCount * Precision.f32.byteCount
    }
}
