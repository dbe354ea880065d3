/// Some samples of an epoch, ready to be computed with.
package struct Batch: Sendable {
    /// Side × side × 3 bytes of RGB for each view of each image in turn, but for images whose pixels were not wanted.
    package internal(set) var pixels: [UInt8] = []
    /// Which of the batch's images have no pixels, in order.
    package internal(set) var withoutPixels: [Int] = []
    /// The class of each image; −1 where the sample has none.
    package internal(set) var labels: [Int] = []
    /// Each image's index into the loader's samples.
    package internal(set) var indices: [Int] = []
    /// Images that would have been in this batch and could not be read.
    package internal(set) var bad: [BadImage] = []
    /// How many samples of the epoch's order, bad ones included, came up to the end of this batch: where a loader that
    /// is to go on after it starts.
    package internal(set) var endPosition: Int

    /// The number of images.
    package var count: Int { indices.count }

    mutating func append(_ index: Int, _ sample: Sample) {
        labels.append(sample.label ?? -1)
        indices.append(index)
    }
}
