import Foundation
import Images
import Kernels
import Tensors

/// Hands out the images of one epoch in batches, decoded and augmented ahead of time by threads of its own.
///
/// What comes out is a function of samples and configuration alone: the order belongs to (seed, epoch), the augmentation
/// of an image to (seed, view or epoch, index of its sample). Neither threads nor the position from which an epoch was resumed
/// change it. An image that cannot be read is left out and the next one of the order moves up, so that every batch but
/// the last is full.
///
/// The threads have a low priority: decoding fills the gaps that computing leaves, and has all cores where computing
/// waits for it. They end when the loader is released. A loader is used from one thread at a time.
package final class BatchLoader {
    /// What to load, in which order, and how.
    package struct Configuration: Sendable {
        package var batchSize: Int
        /// Width and height of the images that come out, in pixels.
        package var side: Int
        package var resize: ResizeMode
        /// Applied in order to each image; none for plain resizing.
        package var augmentations: [Augmentation]
        /// The views of each image that come out in its place, where there are no augmentations.
        package var views = TestTimeAugmentation.none
        /// Whether the samples come in the epoch's random order; in their own otherwise.
        package var shuffles: Bool
        package var seed: UInt64
        package var epoch: Int
        /// What the augmentation of an image is drawn from in place of the epoch.
        package var view: Int?
        /// Where in the epoch's order to start: `Batch.endPosition`, or k · `batchSize` for batch `k` where no image is
        /// bad.
        package var startPosition = 0
        package var badImages = BadImagePolicy.skip
        /// How many threads load: as many as compute.
        package var threadCount = Int(parallel_threads())
        /// How many batches are prepared ahead of the one that is handed out.
        package var prefetchedBatches = 3
        /// How much the threads stand back, 0...19 (see `setpriority(2)`).
        package var niceness: Int32 = 10

        package init(
            batchSize: Int, side: Int, resize: ResizeMode = .crop, augmentations: [Augmentation] = [],
            shuffles: Bool = false, seed: UInt64 = 0, epoch: Int = 0
        ) {
            self.batchSize = batchSize
            self.side = side
            self.resize = resize
            self.augmentations = augmentations
            self.shuffles = shuffles
            self.seed = seed
            self.epoch = epoch
        }
    }

    package let configuration: Configuration
    /// The images that could not be read so far.
    package private(set) var badImages: [BadImage] = []

    private let samples: [Sample]
    private let order: [Int]
    /// Of each sample.
    private let wantsPixels: [Bool]
    private let queue: ImageQueue
    private let worker: ImageWorker
    private var position: Int

    /// Starts loading at once.
    /// - Parameter wantsPixels: asked with the index of each sample, at once. Images without are not looked at, and taken
    ///   to be readable.
    package init(
        samples: [Sample], configuration: Configuration, cache: ImageCache = ImageCache(),
        wantsPixels: (Int) -> Bool = { _ in true }
    ) {
        precondition(configuration.batchSize > 0 && configuration.side > 0, "a batch has images, and they have pixels")
        self.samples = samples
        self.configuration = configuration
        order =
            configuration.shuffles
            ? RandomStream.order(count: samples.count, seed: configuration.seed, epoch: configuration.epoch)
            : Array(samples.indices)
        position = min(max(configuration.startPosition, 0), samples.count)
        let wants = samples.indices.map(wantsPixels)
        self.wantsPixels = wants
        let wanted = order[position...].filter { wants[$0] }
        queue = ImageQueue(
            count: wanted.count, capacity: configuration.batchSize * (configuration.prefetchedBatches + 1))
        let worker = ImageWorker(
            samples: samples, indices: wanted, configuration: configuration, cache: cache, queue: queue)
        self.worker = worker
        for _ in 0..<min(max(configuration.threadCount, 1), wanted.count) {
            Thread { worker.run() }.start()
        }
    }

    deinit { queue.cancel() }

    /// The next batch; `nil` at the end of the epoch.
    ///
    /// - Throws: `DatasetError.badImages` at the first image that cannot be read, where the policy is to fail; the epoch
    ///   is over then.
    package func next() throws -> Batch? {
        var batch = Batch(endPosition: position)
        let imageBytes = configuration.side * configuration.side * 3 * configuration.views.viewCount
        while batch.count < configuration.batchSize, position < order.count {
            let index = order[position]
            if !wantsPixels[index] {
                batch.withoutPixels.append(batch.count)
                batch.append(index, samples[index])
                position += 1
                continue
            }
            guard let outcome = queue.take() else { break }
            position += 1
            switch outcome {
            case .success(let image):
                if batch.pixels.isEmpty { batch.pixels.reserveCapacity(configuration.batchSize * imageBytes) }
                batch.pixels.append(contentsOf: image.pixels)
                batch.append(index, samples[index])
            case .failure(let failure):
                badImages.append(failure.image)
                batch.bad.append(failure.image)
                if configuration.badImages == .fail {
                    queue.cancel()
                    position = order.count
                    throw DatasetError.badImages([failure.image])
                }
            }
        }
        batch.endPosition = position
        return batch.count == 0 ? nil : batch
    }

    /// The pixels of one image, decoded and augmented now, after all.
    ///
    /// - Throws: `DatasetError.badImages`.
    package func pixels(of sample: Int) throws -> [UInt8] {
        do {
            return try worker.image(at: sample).pixels
        } catch {
            throw DatasetError.badImages([UnreadableImage(samples[sample], error).image])
        }
    }
}
