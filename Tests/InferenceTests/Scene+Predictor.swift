import Datasets
import Engine
import Images
import Inference
import Metrics
import SceneSupport
import TestSupport

extension Scene {
    func predictor(batchSize: Int = 4, badImages: BadImagePolicy = .skip) -> Predictor {
        var configuration = Predictor.Configuration()
        configuration.batchSize = batchSize
        configuration.precision = .f32
        configuration.badImages = badImages
        return Predictor(model, configuration)
    }

    func predictions(_ predictor: Predictor) throws -> [Prediction] {
        var result: [Prediction] = []
        try predictor.predict(samples) { result.append($0) }
        return result
    }

    /// The outputs of one tap for each image, each computed by itself.
    func reference(_ tap: String) throws -> [[Float]] {
        let plan = try Plan(
            network: model.network, parameters: model.parameters, preprocessing: model.preprocessing,
            configuration: .init(batch: 1, height: 32, width: 32, taps: [tap]))
        return try samples.map { sample in
            let image = try Image(contentsOf: sample.path).fitted(to: 32, .crop)
            _ = plan.pixels.update(fromContentsOf: image.pixels)
            try plan.forward()
            return Array(plan.output(tap))
        }
    }
}
