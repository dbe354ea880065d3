import Datasets
import Images
import Metrics
import Pretrained

/// A method that tells what a model's predictions rest on.
///
/// An explainer is used from one thread at a time.
package protocol Explainer: AnyObject {
    var model: Model { get }
    /// How many images are computed together.
    var imagesAtOnce: Int { get }

    /// Explains images.
    ///
    /// - Parameters:
    ///   - images: as the network sees them: squares of the model's `imageSize`.
    ///   - classes: which classes to explain, given an image's index and what the outputs say of it.
    /// - Throws: `PredictionError` where the model yields no finite numbers; `EngineError`, `ImageSizeError`.
    func explain(_ images: [Image], classes: (Int, [Double]) -> [Int]) throws -> [Explanation]
}

extension Explainer {
    /// Explains for each image the class that is predicted.
    /// - Throws: as `explain(_:classes:)`.
    package func explain(_ images: [Image]) throws -> [Explanation] {
        try explain(images) { _, values in [values.indexOfMaximum()] }
    }

    /// Reads and explains images, some at a time.
    ///
    /// - Parameters:
    ///   - classes: which classes to explain, given the sample and what the outputs say of it.
    ///   - progress: told after every few images; what it throws ends the pass.
    ///   - body: called with each sample, its image as the network sees it and what there is to say, in order.
    /// - Throws: as `explain(_:classes:)`; whatever `body` throws. Images that cannot be read are in the result.
    package func explain(
        _ samples: [Sample], classes: (Sample, [Double]) -> [Int], progress: (PassProgress) throws -> Void = { _ in },
        _ body: (Sample, Image, Explanation) throws -> Void
    ) throws -> Pass {
        let start = ContinuousClock.now
        let side = model.imageSize
        let loader = BatchLoader(
            samples: samples, configuration: .init(batchSize: imagesAtOnce, side: side, resize: model.resize))
        var pass = Pass()
        while let batch = try loader.next() {
            let images = batch.indices.indices.map { row in
                let count = side * side * 3
                return Image(width: side, height: side, pixels: Array(batch.pixels[row * count..<(row + 1) * count]))
            }
            let explanations = try explain(images) { row, values in
                classes(samples[batch.indices[row]], values)
            }
            for (row, index) in batch.indices.enumerated() {
                try body(samples[index], images[row], explanations[row])
            }
            pass.imageCount += batch.count
            pass.seconds = start.duration(to: .now) / .seconds(1)
            try progress(PassProgress(done: batch.endPosition, total: samples.count, seconds: pass.seconds))
        }
        pass.badImages = loader.badImages
        pass.seconds = start.duration(to: .now) / .seconds(1)
        return pass
    }
}
