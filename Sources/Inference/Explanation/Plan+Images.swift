import Engine
import Images
import Metrics
import Pretrained
import Tasks

extension Plan {
    /// Puts an image into the input.
    func setImage(_ image: Image, row: Int) {
        precondition(
            image.width == configuration.width && image.height == configuration.height, "the network sees another size")
        let count = image.pixels.count
        _ = UnsafeMutableBufferPointer(rebasing: pixels[row * count..<(row + 1) * count])
            .update(fromContentsOf: image.pixels)
    }

    /// What the outputs in one row of the logits say, after `forward`.
    /// - Parameter model: whose rules are applied, and which the error names.
    /// - Throws: `PredictionError`.
    func values(row: Int, of model: Model) throws -> [Double] {
        let logits = output("logits")[row * classCount..<(row + 1) * classCount]
        guard logits.allSatisfy(\.isFinite) else { throw PredictionError.notFinite(model.network.name) }
        return model.task.definition.values(Array(logits), rules: model.rules)
    }
}
