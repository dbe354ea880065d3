import Datasets
import Tasks

extension Predictor {
    /// The features of labelled images at one tap; images that cannot be read are left out.
    /// - Parameters:
    ///   - samples: those without targets are left out.
    ///   - tap: the name of a stage (averaged over space), `pool` or `logits`.
    ///   - progress: told after every batch; what it throws ends the pass.
    /// - Throws: as `features`.
    package func labelledFeatures(
        of samples: [Sample], tap: String = "pool", progress: (PassProgress) throws -> Void = { _ in }
    ) throws -> (images: LabelledFeatures, badImages: [BadImage]) {
        var images = LabelledFeatures(featureCount: try shapes(of: [tap], for: samples)[0].count)
        let pass = try features(samples, taps: [tap], progress: progress) { sample, outputs in
            if let target = sample.target { images.append(file: sample.name, target: target, features: outputs[0]) }
        }
        return (images, pass.badImages)
    }
}
