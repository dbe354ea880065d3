import Foundation
import Glibc
import Images
import Tensors

/// What each loading thread does: claim a position, decode, augment, deliver.
struct ImageWorker: Sendable {
    let samples: [Sample]
    /// The index of the sample at each position of the queue.
    let indices: [Int]
    let configuration: BatchLoader.Configuration
    let cache: ImageCache
    let queue: ImageQueue

    /// Works until there is nothing left to do.
    func run() {
        Thread.current.name = "image loader"
        // On Linux a priority belongs to a thread, and 0 is the calling one.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, configuration.niceness)
        while let position = queue.claim() {
            let index = indices[position]
            do {
                queue.deliver(.success(try image(at: index)), at: position)
            } catch {
                queue.deliver(.failure(UnreadableImage(samples[index], error)), at: position)
            }
        }
    }

    /// The image of a sample, decoded and augmented.
    func image(at index: Int) throws -> Image {
        let decoded = try cache.image(samples[index].content)
        if configuration.augmentations.isEmpty {
            return decoded.views(configuration.views, side: configuration.side, configuration.resize)
        }
        var stream = RandomStream(
            seed: configuration.seed, purpose: .augmentation, epoch: configuration.view ?? configuration.epoch,
            sample: index)
        return configuration.augmentations.applied(
            to: decoded, side: configuration.side, resize: configuration.resize, using: &stream)
    }
}
