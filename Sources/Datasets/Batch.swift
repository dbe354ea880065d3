/// Some samples of an epoch, ready to be computed with.
package struct Batch: Sendable {
    /// Side × side × 3 bytes of RGB for each view of each image in turn, but for images whose pixels were not wanted.
    package internal(set) var pixels: [UInt8] = []
    /// Which of the batch's images have no pixels, in order.
    package internal(set) var withoutPixels: [Int] = []
    /// What is to be answered of each image; nil where nobody knows.
    package internal(set) var targets: [Target?] = []
    /// How much each image counts in the loss.
    package internal(set) var weights: [Double] = []
    /// Each image's index into the loader's samples.
    package internal(set) var indices: [Int] = []
    /// Images that would have been in this batch and could not be read.
    package internal(set) var bad: [BadImage] = []
    /// How many samples of the epoch's order, bad ones included, came up to the end of this batch: where a loader that
    /// is to go on after it starts.
    package internal(set) var endPosition: Int

    /// The number of images.
    package var count: Int { indices.count }

    /// What is to be answered, of images all of which have targets.
    package var answers: [Target] {
        targets.map { target in
            guard let target else { preconditionFailure("each image has a target") }
            return target
        }
    }

    /// The weights, where one differs from 1.
    package var lossWeights: [Double]? { weights.allSatisfy { $0 == 1 } ? nil : weights }

    mutating func append(_ index: Int, _ sample: Sample) {
        targets.append(sample.target)
        weights.append(sample.weight)
        indices.append(index)
    }
}
