import COneDNN

/// A oneDNN primitive, owned.
final class Primitive {
    private let handle: OpaquePointer
    /// How many products of two numbers it adds up.
    let multiplyAdds: Int

    private init(_ handle: OpaquePointer?, multiplyAdds: Int = 0, for purpose: String) throws {
        guard let handle else { throw EngineError.library(purpose) }
        self.handle = handle
        self.multiplyAdds = multiplyAdds
    }

    deinit { dnn_destroy(handle) }

    /// The bytes of scratchpad it needs.
    var scratchpadSize: Int { dnn_scratchpad_size(handle) }
    /// The bytes of the weights, or weight gradients, in its layout.
    var weightsSize: Int { dnn_weights_size(handle) }
    /// The bytes of all operands, without the scratchpad.
    var operandsSize: Int { dnn_operands_size(handle) }
    var weightsArePlain: Bool { dnn_weights_are_plain(handle) }

    func sharesWeightsLayout(with other: Primitive) -> Bool { dnn_same_weights_layout(handle, other.handle) }

    func bind(_ slot: dnn_slot, _ memory: UnsafeMutableRawPointer) { dnn_bind(handle, slot, memory) }

    func execute(for purpose: String) throws {
        guard dnn_execute(handle) else { throw EngineError.library(purpose) }
    }
}

extension Primitive {
    static func convolution(
        _ geometry: dnn_geometry, _ precision: Precision, inference: Bool, accumulate: Bool,
        _ activation: dnn_activation, bias: Bool, for purpose: String
    ) throws -> Primitive {
        try withUnsafePointer(to: geometry) {
            try Primitive(
                dnn_convolution_forward($0, precision.type, inference, bias, accumulate, activation),
                multiplyAdds: geometry.multiplyAdds, for: purpose)
        }
    }

    /// A convolution of unsigned 8-bit integers with signed ones, yielding integers of type `result`.
    /// - Parameters:
    ///   - scales, biases: one for each output channel, in steps of the result.
    ///   - residual: the type of the integers that the result is added to, and what each of them counts.
    static func quantizedConvolution(
        _ geometry: dnn_geometry, _ result: dnn_type, scales: [Float], biases: [Float],
        residual: (type: dnn_type, scale: Float)?, relu: Bool, for purpose: String
    ) throws -> Primitive {
        try scales.withUnsafeBufferPointer { scales in
            try biases.withUnsafeBufferPointer { biases in
                var geometry = geometry
                var requantization = dnn_requantization(
                    scales: scales.baseAddress, biases: biases.baseAddress, residual_type: residual?.type ?? result,
                    residual_scale: residual?.scale ?? 0, relu: relu)
                return try Primitive(
                    dnn_quantized_convolution(&geometry, result, &requantization),
                    multiplyAdds: geometry.multiplyAdds, for: purpose)
            }
        }
    }

    static func inputGradient(
        _ geometry: dnn_geometry, _ precision: Precision, for purpose: String
    ) throws -> Primitive {
        try withUnsafePointer(to: geometry) {
            try Primitive(
                dnn_convolution_backward_data($0, precision.type), multiplyAdds: geometry.multiplyAdds, for: purpose)
        }
    }

    static func weightGradient(
        _ geometry: dnn_geometry, _ precision: Precision, for purpose: String
    ) throws -> Primitive {
        try withUnsafePointer(to: geometry) {
            try Primitive(
                dnn_convolution_backward_weights($0, precision.type), multiplyAdds: geometry.multiplyAdds, for: purpose)
        }
    }

    /// op(A)·B, with op(A) of `rows` × `inner` and B of `inner` × `columns`.
    static func product(
        rows: Int, inner: Int, columns: Int, transposeA: Bool = false, _ operands: Precision, result: Precision,
        for purpose: String
    ) throws -> Primitive {
        try Primitive(
            dnn_matmul(
                Int64(rows), Int64(inner), Int64(columns), transposeA, operands.type, result.type),
            multiplyAdds: rows * inner * columns, for: purpose)
    }

    /// Reorders plain weights into the layout that `user` wants.
    static func packing(for user: Primitive, from type: dnn_type) throws -> Primitive {
        try Primitive(dnn_pack_weights(user.handle, type), for: "packing weights")
    }

    /// Reorders the weight gradients that `maker` writes into plain ones.
    static func unpacking(from maker: Primitive) throws -> Primitive {
        try Primitive(dnn_unpack_weights(maker.handle), for: "unpacking weight gradients")
    }
}

extension dnn_geometry {
    /// Of a convolution with this geometry, and of either of its gradients; padding counts.
    fileprivate var multiplyAdds: Int {
        let positions = batch * output_height * output_width
        return Int(positions * output_channels * (input_channels / groups) * kernel_height * kernel_width)
    }
}
