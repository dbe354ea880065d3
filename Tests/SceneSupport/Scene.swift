import Datasets
import Foundation
import Images
import Networks
import Pretrained
import Tensors
import TestSupport

/// A folder of small pictures of noise, and a small network with formula weights.
package struct Scene {
    package let folder: TemporaryDirectory
    package let model: Model
    package let samples: [Sample]

    package init(images: Int = 7, classNames: [String]? = ["a", "b, c", "d"]) throws {
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
    package static func noise(_ index: Int) throws -> Image {
        var random = RandomStream(seed: 3, purpose: .resampling, sample: index)
        let pixels = (0..<48 * 40 * 3).map { _ in UInt8(truncatingIfNeeded: random.nextWord()) }
        return Image(width: 48, height: 40, pixels: pixels)
    }

    package func breakImage(_ index: Int) throws {
        try Data("no image".utf8).write(to: URL(fileURLWithPath: samples[index].path))
    }
}
