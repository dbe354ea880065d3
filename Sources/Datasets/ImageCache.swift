import Images
import Synchronization

/// Decoded images in memory, so that later epochs need not decode them again.
///
/// An image is kept as it came from its file (width × height × 3 bytes) until the budget is used up; none is ever thrown
/// out, because every epoch looks at each image once and would throw out the next one it needs. Files are taken not to
/// change during a run.
package final class ImageCache: Sendable {
    private struct Contents {
        var images: [ImageContent: Image] = [:]
        var bytes = 0
    }

    private let budget: Int
    /// What the shorter side of an image may shrink to in decoding; nil for images as they are.
    package let minimumSide: Int?
    private let contents = Mutex(Contents())

    /// - Parameters:
    ///   - budgetBytes: how many bytes of pixels may be kept; 0 keeps nothing.
    ///   - minimumSide: lets JPEG files be decoded at a fraction of their size that leaves the shorter side as many pixels.
    package init(budgetBytes: Int = 0, minimumSide: Int? = nil) {
        budget = budgetBytes
        self.minimumSide = minimumSide
    }

    /// How many bytes of pixels are kept.
    package var byteCount: Int { contents.withLock { $0.bytes } }

    /// An image, from memory or decoded.
    ///
    /// - Throws: `ImageError`.
    package func image(_ content: ImageContent) throws -> Image {
        guard budget > 0, !content.isDecoded else { return try content.image(minimumSide: minimumSide) }
        if let image = contents.withLock({ $0.images[content] }) { return image }
        let image = try content.image(minimumSide: minimumSide)
        contents.withLock { contents in
            guard contents.bytes + image.pixels.count <= budget, contents.images[content] == nil else { return }
            contents.images[content] = image
            contents.bytes += image.pixels.count
        }
        return image
    }
}
