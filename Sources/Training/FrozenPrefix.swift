import Engine
import Networks
import Pretrained

/// The part of a network that a stage leaves alone, compiled on its own.
///
/// It is always computed in batches of one size, so what it yields for an image depends on nothing but the image.
package final class FrozenPrefix {
    package let cut: Cut
    let plan: Plan
    /// How many images have been computed, and in how many seconds.
    private(set) var imageCount = 0
    private(set) var seconds = 0.0

    /// - Parameter configuration: of the whole stage.
    /// - Returns: nil where the first layer is trained already.
    /// - Throws: `ImageSizeError` or `EngineError`.
    init?(of compiled: CompiledNetwork, configuration: Plan.Configuration) throws {
        guard
            let cut = try compiled.network.cut(
                height: configuration.height, width: configuration.width, precision: configuration.precision,
                trained: configuration.trainableStages)
        else { return nil }
        self.cut = cut
        var configuration = configuration
        configuration.trainableStages = []
        configuration.part = .prefix(cut)
        plan = try compiled.plan(configuration)
    }

    /// Nil where it is computed in floating point.
    var quantization: Quantization? { plan.configuration.quantization }

    /// The most images that are computed at once.
    var batch: Int { plan.configuration.batch }

    /// What it yields for some images, `cut.byteCount` bytes each; valid until any plan that shares its memory runs.
    /// - Parameter pixels: of at most `batch` images.
    package func activations(of pixels: UnsafeRawBufferPointer) throws -> UnsafeRawBufferPointer {
        let count = pixels.count / (plan.pixels.count / batch)
        let start = ContinuousClock.now
        plan.input.copyMemory(from: pixels)
        try plan.forward()
        seconds += start.duration(to: .now) / .seconds(1)
        imageCount += count
        return UnsafeRawBufferPointer(rebasing: plan.boundary[..<(count * cut.byteCount)])
    }
}
