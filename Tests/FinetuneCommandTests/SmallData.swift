import Foundation
import Networks
import Pretrained
import TestSupport

/// A folder with pictures of three colours under `data`, and a small recipe for them, `small.yaml`.
func smallData() throws -> TemporaryDirectory {
    let folder = try TemporaryDirectory()
    try writePictures(in: folder.file("data"))
    let recipe = """
        model: {architecture: resnet20, weights: none}
        data: {train: data/train, validation: 0.25, test: data/test, image_size: 16}
        stages:
          - {name: head, train: [head], epochs: 1, lr: 1e-2}
          - {name: all, train: [all], epochs: 2, lr: 1e-2, batch_norm: adapt}
        batch_size: 8
        precision: f32

        """
    try Data(recipe.utf8).write(to: URL(fileURLWithPath: folder.file("small.yaml")))
    return folder
}

/// Writes a ResNet-20 for images of 16×16, with weights drawn by `seed`.
func writeSmallModel(
    to path: String, classCount: Int = 3, classNames: [String]? = nil, seed: UInt64 = 1
) throws {
    let model = Model(
        architecture: .resNet20, options: .init(classCount: classCount), preprocessing: .torch, imageSize: 16,
        resize: .squash, classNames: classNames)
    model.initialize(seed: seed)
    try model.write(to: path)
}
