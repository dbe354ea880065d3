import Archives
import Exports
import Files
import Images
import Networks
import Pretrained
import TestSupport
import Testing

@Suite struct KerasFileTests {
    @Test func namesAndOrderAreThoseOfKeras() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("model.h5")
        let model = formulaModel(.resNet50, .init(classCount: 2, form: .original))
        _ = try Export(model, name: "x").write(as: .keras, to: path)
        let archive = try openArchive(path)
        let layers = try #require(try archive.strings("layer_names"))
        // As `[layer.name for layer in keras.applications.ResNet50().layers if layer.weights]` has them.
        #expect(
            layers.prefix(10) == [
                "conv1_conv", "conv1_bn", "conv2_block1_1_conv", "conv2_block1_1_bn", "conv2_block1_2_conv",
                "conv2_block1_2_bn", "conv2_block1_0_conv", "conv2_block1_3_conv", "conv2_block1_0_bn",
                "conv2_block1_3_bn",
            ])
        #expect(layers.last == "predictions")
        #expect(
            try archive.strings("weight_names", of: "conv1_bn") == [
                "conv1_bn/gamma:0", "conv1_bn/beta:0", "conv1_bn/moving_mean:0", "conv1_bn/moving_variance:0",
            ])
        #expect(archive.entries.first { $0.name == "conv1_conv/conv1_conv/kernel:0" }?.shape == [7, 7, 3, 64])
    }

    @Test(arguments: [
        (Architecture.mobileNetV2, Architecture.Options(classCount: 3, form: .keras)),
        (.vgg16, .init(classCount: 3)),
    ])
    func ourReaderGetsTheSameBits(_ architecture: Architecture, _ options: Architecture.Options) throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("model.h5")
        let model = formulaModel(architecture, options)
        _ = try Export(model, name: "x").write(as: .keras, to: path)
        let read = try Model.importing(path, ImportOptions(architecture: architecture)).model
        for parameter in model.network.parameters {
            #expect(
                read.parameters.tensor(parameter.name) == model.parameters.tensor(parameter.name), "\(parameter.name)")
        }
    }

    @Test func aGridThatKerasHasNotIsRefused() throws {
        let model = formulaModel(.vgg16, .init(classCount: 2, fullyConnected: true), imageSize: 64)
        let error = #expect(throws: ExportError.self) { _ = try exported(Export(model, name: "x"), as: .keras) }
        #expect(error?.description.contains("they yield a map of 2×2×512, not of 7×7") == true)
    }

    @Test func namesThatOtherProgramsWouldNotKnow() {
        #expect(ExportTarget.keras.problem(withName: "a.weights.h5")?.contains("newer format") == true)
        #expect(ExportTarget.onnx.problem(withName: "a.h5")?.hasPrefix("onnx is known by a name") == true)
        #expect(ExportTarget.torch.problem(withName: "a.pt") == nil)
    }
}
