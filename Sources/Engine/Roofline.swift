import COneDNN
import Dispatch
import Kernels
import Networks

/// What one step of a plan costs.
package struct StepProfile: Sendable {
    /// The layer, and what is done for it.
    package let name: String
    /// The median.
    package let seconds: Double
    /// How many products of two numbers it adds up.
    package let multiplyAdds: Int
    /// The bytes of what it reads and writes, each once.
    package let byteCount: Int

    package init(name: String, seconds: Double, multiplyAdds: Int, byteCount: Int) {
        self.name = name
        self.seconds = seconds
        self.multiplyAdds = multiplyAdds
        self.byteCount = byteCount
    }
}

/// What this machine could do at best, as measured: the two lines of the roofline model (Williams, Waterman and
/// Patterson 2009). Faster than both allow no step can be, unless its data lie in the caches already.
package struct Roofline: Sendable {
    /// In a large matrix product.
    package let multiplyAddsPerSecond: Double
    /// In a sum of two long vectors, what is read and written together.
    package let bytesPerSecond: Double

    /// Measures it, in about a second.
    /// - Parameter integers: whether most of the work is done in 8-bit integers.
    package init(_ precision: Precision, integers: Bool = false) throws {
        multiplyAddsPerSecond = try integers ? Self.integerSpeed() : Self.speed(precision)

        let count = 24 << 20
        let vectors = (0..<3).map { _ in Self.touched(count * 4) }
        let seconds = Self.fastest {
            kernel_add(vectors[0].pointer, vectors[1].pointer, vectors[2].pointer, count, .unlimited, false)
        }
        bytesPerSecond = Double(3 * 4 * count) / seconds
    }

    /// Products per second in a large matrix product.
    private static func speed(_ precision: Precision) throws -> Double {
        let side = 1536
        let storages = [side * side * precision.byteCount, side * side * precision.byteCount, side * side * 4]
            .map(touched)
        let product = try Primitive.product(
            rows: side, inner: side, columns: side, precision, result: .f32, for: "the roofline")
        let scratchpad = Storage(byteCount: product.scratchpadSize)
        for (slot, storage) in zip([DNN_A, DNN_B, DNN_C, DNN_SCRATCHPAD], storages + [scratchpad]) {
            product.bind(slot, storage.pointer)
        }
        return try withExtendedLifetime((storages, scratchpad)) {
            Double(product.multiplyAdds) / (try fastest { try product.execute(for: "the roofline") })
        }
    }

    /// Products per second in a large convolution of 1×1 in 8-bit integers.
    private static func integerSpeed() throws -> Double {
        let (side, channels) = (32, 1024)
        let map = FeatureShape(height: side, width: side, channels: channels)
        let geometry = dnn_geometry(batch: 2, map, map, Window(1))
        let ones = [Float](repeating: 1, count: channels)
        let product = try Primitive.quantizedConvolution(
            geometry, DNN_U8, scales: ones, biases: ones, residual: nil, relu: true, for: "the roofline")
        let sizes = [
            2 * side * side * channels, product.weightsSize, 2 * side * side * channels, product.scratchpadSize,
        ]
        let storages = sizes.map(touched)
        for (slot, storage) in zip([DNN_A, DNN_B, DNN_C, DNN_SCRATCHPAD], storages) {
            product.bind(slot, storage.pointer)
        }
        return try withExtendedLifetime(storages) {
            Double(product.multiplyAdds) / (try fastest { try product.execute(for: "the roofline") })
        }
    }

    /// Which share of the possible a step comes to, 0...1 and more for data in caches.
    package func share(_ step: StepProfile) -> Double {
        let atBest = max(
            Double(step.multiplyAdds) / multiplyAddsPerSecond, Double(step.byteCount) / bytesPerSecond)
        return step.seconds > 0 ? atBest / step.seconds : 0
    }

    /// Memory of its own: pages that nobody has written to are all the same one, which stays in the caches.
    private static func touched(_ byteCount: Int) -> Storage {
        let storage = Storage(byteCount: byteCount)
        storage.floats.update(repeating: 1)
        return storage
    }

    /// The time of the fastest of a few runs.
    private static func fastest(_ body: () throws -> Void) rethrows -> Double {
        var best = Double.infinity
        for _ in 0..<8 {
            let start = DispatchTime.now().uptimeNanoseconds
            try body()
            best = min(best, Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9)
        }
        return best
    }
}
