/// Some samples of an epoch, ready to be computed with.
package struct Batch: Sendable {
    /// `count` × side × side × 3 bytes of RGB.
    package internal(set) var pixels: [UInt8] = []
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
}
