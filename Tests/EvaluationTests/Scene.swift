import Datasets
import Engine
import Evaluation
import Foundation
import Images
import Networks
import Pretrained
import Tensors
import TestSupport

/// A folder of small pictures of noise, and a small network with formula weights.
struct Scene {
    let folder: TemporaryDirectory
    let model: Model
    let samples: [Sample]

    init(images: Int = 7, classNames: [String]? = ["a", "b, c", "d"]) throws {
        folder = try TemporaryDirectory()
        model = Model(
            architecture: .resNet20, options: .init(classCount: 3), preprocessing: .torch, imageSize: 32,
            resize: .crop, classNames: classNames)
        FormulaWeights.fill(model.parameters)
        samples = try (0..<images).map { [folder] index in
            let path = folder.file("\(index), \"x\".png")
            try Data(Scene.noise(index).pngData()).write(to: URL(fileURLWithPath: path))
            return Sample(path: path, name: "\(index), \"x\".png", label: index % 3)
        }
    }

    /// A picture of noise, larger than the network's input.
    static func noise(_ index: Int) throws -> Image {
        var random = RandomStream(seed: 3, purpose: .resampling, sample: index)
        let pixels = (0..<48 * 40 * 3).map { _ in UInt8(truncatingIfNeeded: random.nextWord()) }
        return Image(width: 48, height: 40, pixels: pixels)
    }

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

    func breakImage(_ index: Int) throws {
        try Data("no image".utf8).write(to: URL(fileURLWithPath: samples[index].path))
    }
}
