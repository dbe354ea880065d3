import Engine
import Images
import Networks
import Pretrained

/// Occlusion: by how much the probability of a class, or a number, drops when a plain patch covers a place (Zeiler and
/// Fergus 2014, “Visualizing and understanding convolutional networks”, section 4.2, arXiv:1311.2901).
///
/// It needs no gradient, sees through every kind of layer, and takes a forward pass for each place.
package final class Occlusion: Explainer {
    package let model: Model
    /// The side of the square patch, in pixels.
    package let patch: Int
    /// How far the patch moves.
    package let stride: Int
    package let imagesAtOnce = 1
    private let batchSize: Int
    private let precision: Precision
    private let compiled: CompiledNetwork

    /// - Parameters:
    ///   - patch: the side of the patch, at most that of the images; nil for a seventh of it.
    ///   - stride: how far it moves, at most its own side; nil for half of that.
    ///   - batchSize: how many places are computed at once, at most.
    package init(
        _ model: Model, patch: Int? = nil, stride: Int? = nil, batchSize: Int = 32, precision: Precision = .f32
    ) {
        self.model = model
        self.patch = patch ?? Self.standardPatch(for: model)
        self.stride = stride ?? max(self.patch / 2, 1)
        self.batchSize = batchSize
        self.precision = precision
        compiled = CompiledNetwork(model)
        precondition(batchSize > 0, "a batch holds at least one image")
        precondition((1...model.imageSize).contains(self.patch), "the patch lies in the image")
        precondition((1...self.patch).contains(self.stride), "the patch leaves no place out")
    }

    /// A seventh of the images' side, in pixels.
    package static func standardPatch(for model: Model) -> Int { max(model.imageSize / 7, 1) }

    package func explain(_ images: [Image], classes: (Int, [Double]) -> [Int]) throws -> [Explanation] {
        try images.enumerated().map { index, image in
            let places = places
            let all = try values(of: image, alsoCoveredAt: places)
            let heatmaps = classes(index, all[0]).map { label in
                let drops = all.dropFirst().map { all[0][label] - $0[label] }
                return Heatmap(classIndex: label, map: map(of: drops, at: places))
            }
            return Explanation(values: all[0], heatmaps: heatmaps)
        }
    }

    /// Where the patch lies along either side: every `stride` pixels, and at the far end.
    package var offsets: [Int] {
        let last = model.imageSize - patch
        return Array(Swift.stride(from: 0, to: last, by: stride)) + [last]
    }

    private var places: [(x: Int, y: Int)] { offsets.flatMap { y in offsets.map { (x: $0, y: y) } } }

    /// For each pixel the mean drop over the patches that covered it.
    private func map(of drops: [Double], at places: [(x: Int, y: Int)]) -> ScalarMap {
        let side = model.imageSize
        var sums = [Double](repeating: 0, count: side * side)
        var counts = [Double](repeating: 0, count: side * side)
        for (drop, place) in zip(drops, places) {
            for y in place.y..<place.y + patch {
                for index in y * side + place.x..<y * side + place.x + patch {
                    sums[index] += drop
                    counts[index] += 1
                }
            }
        }
        return ScalarMap(width: side, height: side, values: zip(sums, counts).map { Float($0 / $1) })
    }

    /// What the model says of the image as it is, and then of the image covered at each place.
    private func values(
        of image: Image, alsoCoveredAt places: [(x: Int, y: Int)]
    ) throws -> [[Double]] {
        let colour = model.preprocessing.neutralColour
        let plan = try compiled.plan(
            forAtLeast: Plan.Configuration(
                batch: min(batchSize, places.count + 1), height: model.imageSize, width: model.imageSize,
                precision: precision))
        let batch = plan.configuration.batch
        return try Swift.stride(from: 0, through: places.count, by: batch).flatMap { start in
            let rows = start..<min(start + batch, places.count + 1)
            for index in rows {
                var variant = image
                if index > 0 {
                    let place = places[index - 1]
                    variant.erase(
                        PixelRegion(x: place.x, y: place.y, width: patch, height: patch), fill: colour)
                }
                plan.setImage(variant, row: index - start)
            }
            try plan.forward()
            return try rows.map { try plan.values(row: $0 - start, of: model) }
        }
    }
}

extension Preprocessing {
    /// The colour that says least: the mean that is subtracted, or mid-grey where none is.
    fileprivate var neutralColour: RGB {
        guard mean.contains(where: { $0 != 0 }) else { return RGB(128, 128, 128) }
        let channels = (channelOrder == .bgr ? mean.reversed() : mean).map { UInt8(min(max($0, 0), 255).rounded()) }
        return RGB(channels[0], channels[1], channels[2])
    }
}
