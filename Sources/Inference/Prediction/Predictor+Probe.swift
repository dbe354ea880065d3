import Datasets

extension Predictor {
    /// The features of labelled images at one tap; images that cannot be read are left out.
    /// - Parameters:
    ///   - samples: labels are indices of classes.
    ///   - tap: the name of a stage (averaged over space), `pool` or `logits`.
    ///   - progress: told after every batch; what it throws ends the pass.
    /// - Throws: as `features`.
    package func labelledFeatures(
        of samples: [Sample], tap: String = "pool", progress: (PassProgress) throws -> Void = { _ in }
    ) throws -> (images: Probe.Images, badImages: [BadImage]) {
        var images = Probe.Images(featureCount: try shapes(of: [tap], for: samples)[0].count)
        let pass = try features(samples, taps: [tap], progress: progress) { sample, outputs in
            if let label = sample.label { images.append(file: sample.name, label: label, features: outputs[0]) }
        }
        return (images, pass.badImages)
    }
}
