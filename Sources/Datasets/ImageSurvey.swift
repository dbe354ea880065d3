import Images
import Synchronization
import Tensors

/// The width and height of an image in pixels, upright.
package struct ImageSize: Sendable, Hashable, Codable {
    package let width: Int
    package let height: Int
}

/// What a look at every image found, before anything is learned from them.
package struct ImageSurvey: Sendable {
    /// The sizes of the images that can be read, in the order of the samples.
    package let sizes: [ImageSize]
    /// The images that cannot be read, in the order of the samples.
    package let bad: [BadImage]

    /// Decodes every image wholly, on all cores, and keeps what fits into the cache.
    ///
    /// - Parameter shouldContinue: asked now and then, from any thread, with the number of images seen so far.
    /// - Throws: `CancellationError` where `shouldContinue` said no.
    package init(
        of samples: [Sample], cache: ImageCache = ImageCache(),
        shouldContinue: @escaping @Sendable (_ seen: Int) -> Bool = { _ in true }
    ) throws {
        let seen = Atomic(0)
        let isCancelled = Atomic(false)
        let outcomes: [Result<ImageSize, UnreadableImage>] = concurrentMap(samples.count) { index in
            let sample = samples[index]
            if isCancelled.load(ordering: .relaxed) { return .failure(UnreadableImage(sample, CancellationError())) }
            defer {
                let count = seen.add(1, ordering: .relaxed).newValue
                if !shouldContinue(count) { isCancelled.store(true, ordering: .relaxed) }
            }
            do {
                let size = try cache.image(sample.content).sizeInFile
                return .success(ImageSize(width: size.width, height: size.height))
            } catch {
                return .failure(UnreadableImage(sample, error))
            }
        }
        if isCancelled.load(ordering: .relaxed) { throw CancellationError() }
        sizes = outcomes.compactMap { try? $0.get() }
        bad = outcomes.compactMap { outcome in
            if case .failure(let failure) = outcome { failure.image } else { nil }
        }
    }
}

/// A bad image on its way through a `Result`.
struct UnreadableImage: Error {
    let image: BadImage

    /// The error's description without the path in front of it.
    init(_ sample: Sample, _ error: any Error) {
        let description = String(describing: error)
        let prefix = "\(sample.path): "
        let reason = description.hasPrefix(prefix) ? String(description.dropFirst(prefix.count)) : description
        image = BadImage(path: sample.path, reason: reason)
    }
}

extension Sample {
    /// Why the image cannot be read; nil where it can.
    package var fault: BadImage? {
        do {
            _ = try content.image()
            return nil
        } catch {
            return UnreadableImage(self, error).image
        }
    }
}
