import Engine
import Images
import Metrics
import Pretrained

/// What the channels of a feature map say of one image (Zeiler and Fergus 2014, “Visualizing and understanding
/// convolutional networks”, arXiv:1311.2901).
package struct ChannelMaps {
    package struct Channel: Sendable {
        /// The index among the channels of the layer.
        package let index: Int
        /// The mean over all positions.
        package let mean: Float
        /// The activations as they are.
        package let map: ScalarMap
    }

    /// Those with the largest mean first; of equal ones the lower index.
    package let channels: [Channel]

    /// Computes a feature map.
    /// - Parameters:
    ///   - image: as the network sees it.
    ///   - layer: the feature map, as `Network.featureMap(named:)` has it.
    /// - Throws: `EngineError` where the network has no such layer; `ImageSizeError`; `PredictionError`.
    package init(of image: Image, in model: Model, layer: String, precision: Precision = .f32) throws {
        var configuration = Plan.Configuration(
            batch: 1, height: image.height, width: image.width, precision: precision, taps: [])
        configuration.watchedMap = layer
        let plan = try CompiledNetwork(model).plan(configuration)
        plan.setImage(image, row: 0)
        try plan.forward()
        let (shape, values) = (plan.watchedMap.shape, plan.watchedMap.values)
        guard values.allSatisfy(\.isFinite) else { throw PredictionError.notFinite(model.network.name) }
        let positions = shape.height * shape.width
        channels = (0..<shape.channels).map { channel in
            let own = (0..<positions).map { values[$0 * shape.channels + channel] }
            let sum = own.reduce(0.0) { $0 + Double($1) }
            return Channel(
                index: channel, mean: Float(sum / Double(positions)),
                map: ScalarMap(width: shape.width, height: shape.height, values: own))
        }
        .sorted { ($1.mean, $0.index) < ($0.mean, $1.index) }
    }

    /// The first `count` channels in a square of rows, each from 0, black, to its own maximum, light yellow.
    package func figure(count: Int) -> Image {
        let shown = channels.prefix(count)
        let side = shown.map { max($0.map.width, $0.map.height) }.max() ?? 1
        return .grid(
            shown.map { $0.map.normalized.picture.enlarged(by: max(96 / side, 1)) },
            columns: squareColumns(shown.count))
    }
}
