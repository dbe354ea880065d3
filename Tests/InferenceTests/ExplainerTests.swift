import Datasets
import Engine
import Foundation
import Images
import Inference
import Metrics
import Networks
import Pretrained
import Tensors
import TestSupport
import Testing

@Suite(.serialized) struct ExplainerTests {
    private let model: Model
    private let images: [Image]

    init() {
        // Caffe's, but scaled, so that no probability is almost 1.
        let preprocessing = Preprocessing(
            channelOrder: .bgr, mean: Preprocessing.caffe.mean, standardDeviation: [60, 60, 60])
        model = Model(
            architecture: .resNet20, options: .init(classCount: 5), preprocessing: preprocessing, imageSize: 24,
            resize: .crop)
        FormulaWeights.fill(model.parameters)
        images = (0..<5).map { index in
            var random = RandomStream(seed: 5, purpose: .resampling, sample: index)
            return Image(
                width: 24, height: 24,
                pixels: (0..<24 * 24 * 3).map { _ in UInt8(truncatingIfNeeded: random.nextWord()) }
            )
        }
    }

    /// The model's probabilities for one image.
    private func probabilities(_ image: Image) throws -> [Double] {
        let plan = try Plan(
            network: model.network, parameters: model.parameters, preprocessing: model.preprocessing,
            configuration: .init(batch: 1, height: 24, width: 24))
        _ = plan.pixels.update(fromContentsOf: image.pixels)
        try plan.forward()
        return Softmax.probabilities(Array(plan.output("logits")))
    }

    private func areClose(_ a: some Sequence<Float>, _ b: some Sequence<Float>) -> Bool {
        zip(a, b).allSatisfy { abs($0 - $1) <= 1e-4 }
    }

    @Test(arguments: [1, 2, 8]) func eachImageHasTheMapsOfItsClassesWhateverTheBatch(_ batchSize: Int) throws {
        let wanted = [[0, 4], [], [1], [4, 0], [2, 2, 3]]
        let explanations = try GradCAM(model, batchSize: batchSize).explain(images) { index, _ in wanted[index] }
        #expect(explanations.map { $0.heatmaps.map(\.classIndex) } == wanted)
        let alone = GradCAM(model, batchSize: 1)
        for (index, explanation) in explanations.enumerated() {
            #expect(
                areClose(explanation.values.map(Float.init), try probabilities(images[index]).map(Float.init)))
            for heatmap in explanation.heatmaps {
                let expected = try alone.explain([images[index]]) { _, _ in [heatmap.classIndex] }[0].heatmaps[0]
                #expect(areClose(heatmap.map.values, expected.map.values))
                #expect(heatmap.map.width == 6)
            }
        }
        #expect(explanations[0].heatmaps[0].map != explanations[0].heatmaps[1].map)
    }

    @Test func explainsWhatIsPredictedUnlessAsked() throws {
        for explanation in try GradCAM(model).explain(images) {
            #expect(explanation.heatmaps.map(\.classIndex) == [explanation.predicted])
        }
        #expect(try GradCAM(model).explain([]).isEmpty)
    }

    @Test func mapsGoFromNothingToOne() throws {
        let explanations = try GradCAM(model).explain(images) { _, _ in Array(0..<5) }
        for heatmap in explanations.flatMap(\.heatmaps) {
            #expect(heatmap.map.values.allSatisfy { (0...1).contains($0) })
            #expect(heatmap.map.values.max() == (heatmap.peak > 0 ? 1 : 0))
        }
    }

    /// Occlusion, written out: each pixel has the mean drop over the patches on it.
    @Test func occlusionIsTheDropInProbability() throws {
        let occlusion = Occlusion(model, patch: 7, stride: 5, batchSize: 4)
        #expect(occlusion.offsets == [0, 5, 10, 15, 17])
        let explanation = try occlusion.explain([images[1]]) { _, _ in [3, 0, 1] }[0]
        let whole = try probabilities(images[1])
        var drops: [[Double]] = []
        for y in occlusion.offsets {
            for x in occlusion.offsets {
                var covered = images[1]
                for row in y..<y + 7 {
                    // The mean is BGR 103.939, 116.779, 123.68.
                    for column in x..<x + 7 {
                        covered.pixels.replaceSubrange(
                            3 * (row * 24 + column)..<3 * (row * 24 + column) + 3, with: [124, 117, 104])
                    }
                }
                let now = try probabilities(covered)
                drops.append(zip(whole, now).map { $0 - $1 })
            }
        }
        for heatmap in explanation.heatmaps {
            let values = (0..<24 * 24).map { index in
                let over = drops.indices.filter { place in
                    let (x, y) = (occlusion.offsets[place % 5], occlusion.offsets[place / 5])
                    return (x..<x + 7).contains(index % 24) && (y..<y + 7).contains(index / 24)
                }
                return Float(over.map { drops[$0][heatmap.classIndex] }.reduce(0, +) / Double(over.count))
            }
            let expected = ScalarMap(width: 24, height: 24, values: values)
            #expect(abs(heatmap.peak - max(values.max() ?? 0, 0)) < 1e-5)
            #expect(zip(heatmap.map.values, expected.normalized.values).allSatisfy { abs($0 - $1) < 1e-3 })
        }
        #expect((explanation.heatmaps.map(\.peak).max() ?? 0) > 1e-3)
    }

    @Test(arguments: [(24, 24, [0]), (8, 8, [0, 8, 16]), (10, 7, [0, 7, 14]), (1, 1, Array(0..<24))])
    func thePatchReachesAllPlaces(_ patch: Int, _ stride: Int, _ offsets: [Int]) {
        #expect(Occlusion(model, patch: patch, stride: stride).offsets == offsets)
    }

    @Test func passesReadFilesAndListBadOnes() throws {
        let folder = try TemporaryDirectory()
        let samples = try images.indices.map { index in
            let path = folder.file("\(index).png")
            try Data(images[index].pngData()).write(to: URL(fileURLWithPath: path))
            return Sample(path: path, name: "\(index)")
        }
        try Data("no image".utf8).write(to: URL(fileURLWithPath: samples[3].path))
        var seen: [String] = []
        var progress: [Int] = []
        func see(_ sample: Sample, _ image: Image, _ explanation: Explanation) {
            seen.append(sample.name)
            #expect(image == images[Int(sample.name) ?? 0])
            #expect(explanation.heatmaps.map(\.classIndex) == [1])
        }
        let pass = try GradCAM(model, batchSize: 2).explain(
            samples, classes: { _, _ in [1] }, progress: { progress.append($0.done) }, see)
        #expect(seen == ["0", "1", "2", "4"])
        #expect(pass.imageCount == 4)
        #expect(pass.badImages.map(\.path) == [samples[3].path])
        #expect(progress.last == 5)
    }

    @Test func numbersThatAreNotFiniteAreAnError() throws {
        model.parameters["head.linear.bias"][0] = .nan
        for explainer in [GradCAM(model), Occlusion(model, patch: 12)] as [any Explainer] {
            #expect(throws: PredictionError.notFinite("resnet20")) { try explainer.explain([images[0]]) }
        }
    }

    @Test func overlaysAreLightWhereItMatters() throws {
        let grey = Image(width: 40, height: 40, filledWith: RGB(100, 100, 100))
        let heatmap = try #require(
            try GradCAM(model).explain(images) { _, _ in Array(0..<5) }.flatMap(\.heatmaps).first { $0.peak > 0 })
        let overlay = heatmap.overlay(on: grey)
        #expect(overlay.width == 40 && overlay.height == 40)
        let map = heatmap.map.resized(width: 40, height: 40).values
        func brightness(_ index: Int?) -> Int {
            overlay.pixels[3 * (index ?? 0)..<3 * (index ?? 0) + 3].map(Int.init).reduce(0, +)
        }
        let (low, high) = (map.indices.min { map[$0] < map[$1] }, map.indices.max { map[$0] < map[$1] })
        #expect(brightness(high) > brightness(low) + 100)
    }
}
