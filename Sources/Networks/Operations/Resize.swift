/// The same feature map in another size.
package struct Resize: OperationTraits {
    package enum Size: Hashable, Sendable {
        /// So many times as high and wide.
        case factor(Extent)
        /// As high and wide as this.
        case exactly(Extent)
    }

    /// Where an output position takes its values from, by PyTorch's rules.
    package enum Sampling: Hashable, Sendable {
        /// The position floor(i · in / out).
        case nearest
        /// Between four neighbours. Where `alignsCorners`, the first and last positions of both maps coincide; else their
        /// outer edges do.
        case bilinear(alignsCorners: Bool)
    }

    package var size: Size
    package var sampling: Sampling

    package init(_ size: Size, _ sampling: Sampling) {
        self.size = size
        self.sampling = sampling
    }

    package var words: String {
        let target =
            switch size {
            case .factor(let factor): factor.isSquare ? "×\(factor.height)" : "×\(factor.words)"
            case .exactly(let size): "to \(size.words)"
            }
        return (sampling == .nearest ? "nearest resize " : "bilinear resize ") + target
    }

    package func outputChannels(of inputs: [Int]) throws(DescriptionProblem) -> Int {
        let extent =
            switch size {
            case .factor(let factor): factor
            case .exactly(let size): size
            }
        guard extent.height > 0, extent.width > 0 else { throw .impossible }
        return inputs[0]
    }

    package func outputShape(of inputs: [FeatureShape]) throws(ShapeProblem) -> FeatureShape {
        let input = inputs[0]
        switch size {
        case .factor(let factor):
            return FeatureShape(
                height: input.height * factor.height, width: input.width * factor.width, channels: input.channels)
        case .exactly(let size):
            return FeatureShape(height: size.height, width: size.width, channels: input.channels)
        }
    }

    package var reach: Reach { sampling == .nearest ? .window(1, stride: 1) : .window(2, stride: 1) }
}
