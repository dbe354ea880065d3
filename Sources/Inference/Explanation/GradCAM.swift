import Engine
import Images
import Networks
import Pretrained

/// Grad-CAM: which places of a feature map speak for a class (Selvaraju et al. 2017, “Grad-CAM: visual explanations from
/// deep networks via gradient-based localization”, arXiv:1610.02391).
package final class GradCAM: Explainer {
    package let model: Model
    /// The feature map looked at, as `Network.featureMap(named:)` has it.
    package let layer: String
    package let imagesAtOnce: Int
    private let precision: Precision
    private let compiled: CompiledNetwork

    /// - Parameters:
    ///   - layer: the feature map to look at; nil for the last one, where features mean most: `layer4` of a ResNet, the
    ///     last convolution of a VGG.
    ///   - batchSize: how many images are computed at once, at most.
    ///   - compiled: the model's network, where others run it too.
    package init(
        _ model: Model, layer: String? = nil, batchSize: Int = 8, precision: Precision = .f32,
        on compiled: CompiledNetwork? = nil
    ) {
        precondition(batchSize > 0, "a batch holds at least one image")
        guard let last = model.network.featureMapStages.last else { preconditionFailure("a network has convolutions") }
        self.model = model
        self.layer = layer ?? last
        self.precision = precision
        imagesAtOnce = batchSize
        self.compiled = compiled ?? CompiledNetwork(model)
    }

    /// Explains images: one forward pass for all, and one pass back from the logits for each class of an image.
    /// - Throws: `EngineError` where the network has no such layer; as `Explainer`.
    package func explain(_ images: [Image], classes: (Int, [Double]) -> [Int]) throws -> [Explanation] {
        guard !images.isEmpty else { return [] }
        let plan = try plan(for: images.count)
        let batch = plan.configuration.batch
        return try stride(from: 0, to: images.count, by: batch).flatMap { start in
            let rows = Array(images[start..<min(start + batch, images.count)])
            return try explain(rows, on: plan) { row, values in classes(start + row, values) }
        }
    }

    private func explain(
        _ images: [Image], on plan: Plan, classes: (Int, [Double]) -> [Int]
    ) throws -> [Explanation] {
        for (row, image) in images.enumerated() { plan.setImage(image, row: row) }
        try plan.forward()
        let values = try images.indices.map { try plan.values(row: $0, of: model) }
        let chosen = values.enumerated().map { classes($0, $1) }
        var heatmaps = [[Heatmap]](repeating: [], count: images.count)
        for round in 0..<(chosen.map(\.count).max() ?? 0) {
            var gradient = [Float](repeating: 0, count: plan.configuration.batch * plan.classCount)
            for (row, classes) in chosen.enumerated() where round < classes.count {
                gradient[row * plan.classCount + classes[round]] = 1
            }
            try gradient.withUnsafeBufferPointer { try plan.backward($0) }
            for (row, classes) in chosen.enumerated() where round < classes.count {
                let map = Self.map(plan.watchedMap, row: row)
                heatmaps[row].append(Heatmap(classIndex: classes[round], map: map))
            }
        }
        return zip(values, heatmaps).map { Explanation(values: $0, heatmaps: $1) }
    }

    /// Σₖ αₖ·Aᵏ of one image, where Aᵏ is channel k of the feature map and αₖ the mean over all positions of the gradient
    /// with respect to it: equations 1 and 2 of the paper, but for the ReLU.
    package static func map(_ watched: Plan.WatchedMap, row: Int) -> ScalarMap {
        let shape = watched.shape
        let positions = shape.height * shape.width
        let start = row * shape.count
        var weights = [Double](repeating: 0, count: shape.channels)
        for position in 0..<positions {
            for channel in 0..<shape.channels {
                weights[channel] += Double(watched.gradient[start + position * shape.channels + channel])
            }
        }
        let values = (0..<positions).map { position in
            var sum = 0.0
            for channel in 0..<shape.channels {
                sum += weights[channel] * Double(watched.values[start + position * shape.channels + channel])
            }
            return Float(sum / Double(positions))
        }
        return ScalarMap(width: shape.width, height: shape.height, values: values)
    }

    private func plan(for count: Int) throws -> Plan {
        var configuration = Plan.Configuration(
            batch: min(imagesAtOnce, count), height: model.imageSize, width: model.imageSize, precision: precision)
        configuration.watchedMap = layer
        return try compiled.plan(forAtLeast: configuration)
    }
}
