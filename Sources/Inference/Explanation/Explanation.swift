import Images
import Metrics

/// What a prediction rests on.
package struct Explanation: Sendable {
    /// What each output says: the probability of its class, or a number.
    package let values: [Double]
    /// One for each class that was asked for, in that order.
    package let heatmaps: [Heatmap]

    /// The index of the most probable class, the first of several.
    package var predicted: Int { values.indexOfMaximum() }
}

/// How much each place of an image speaks for a class.
package struct Heatmap: Sendable {
    /// The index of the class.
    package let classIndex: Int
    /// 0...1, and 1 where it matters most; zeros where nothing speaks for the class.
    package let map: ScalarMap
    /// What a 1 of the map stands for: of Grad-CAM the largest weighted activation, of occlusion the largest drop in
    /// probability.
    package let peak: Float

    /// - Parameter map: of any scale; negative numbers speak against the class and are left out.
    init(classIndex: Int, map: ScalarMap) {
        self.classIndex = classIndex
        self.map = map.normalized
        peak = max(map.values.max() ?? 0, 0)
    }

    /// The image under the map, enlarged to it: dark where nothing matters, light yellow where all does.
    /// - Parameter image: as the network saw it, of any size.
    package func overlay(on image: Image) -> Image {
        image.overlaid(with: map.resized(width: image.width, height: image.height).picture, opacity: 0.5)
    }
}
