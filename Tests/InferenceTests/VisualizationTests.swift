import Datasets
import Engine
import Foundation
import Images
import Inference
import Networks
import Pretrained
import Tensors
import TestSupport
import Testing

@Suite(.serialized) struct VisualizationTests {
    private func model(_ preprocessing: Preprocessing = .torch) -> Model {
        let model = Model(
            architecture: .resNet20, options: .init(classCount: 3), preprocessing: preprocessing, imageSize: 24,
            resize: .crop)
        FormulaWeights.fill(model.parameters)
        return model
    }

    private static func noise(_ index: Int) -> Image {
        var random = RandomStream(seed: 9, purpose: .resampling, sample: index)
        return Image(
            width: 24, height: 24, pixels: (0..<24 * 24 * 3).map { _ in UInt8(truncatingIfNeeded: random.nextWord()) })
    }

    @Test(arguments: [(Preprocessing.torch, [0, 1, 2]), (.caffe, [2, 1, 0])])
    func filtersAreTheWeightsInRGB(_ preprocessing: Preprocessing, _ order: [Int]) {
        let model = model(preprocessing)
        model.parameters["stem.conv.weight"][27..<54].update(repeating: 0)
        let filters = StemFilters(of: model)
        let weights = model.parameters["stem.conv.weight"]
        #expect(filters.pictures.count == 16)
        for (filter, picture) in filters.pictures.enumerated() {
            let own = Array(weights[filter * 27..<(filter + 1) * 27])
            let peak = own.map(abs).max() ?? 0
            #expect(filters.peaks[filter] == peak)
            for position in 0..<9 {
                for channel in 0..<3 {
                    let share = peak > 0 ? own[3 * position + order[channel]] / peak : 0
                    let expected = 127.5 + 127.5 * share
                    #expect(abs(Float(picture.pixels[3 * position + channel]) - expected) <= 0.501)
                }
            }
        }
        #expect(filters.figure.width == 4 * 50 + 2 && filters.figure.height == 4 * 50 + 2)
        // The second filter is zero: grey, enlarged and in its place.
        #expect(filters.figure.pixels[3 * (10 * 202 + 60)] == 128)
    }

    /// The stem written out: convolution, batch norm, ReLU.
    @Test func channelsAreWhatTheLayersCompute() throws {
        let (model, image) = (model(), Self.noise(0))
        let maps = try ChannelMaps(of: image, in: model, layer: "stem")
        func parameter(_ name: String) -> [Double] { model.parameters["stem.\(name)"].map(Double.init) }
        let weights = parameter("conv.weight")
        let (scale, shift) = (parameter("norm.scale"), parameter("norm.shift"))
        let (mean, variance) = (parameter("norm.mean"), parameter("norm.variance"))
        func input(_ y: Int, _ x: Int, _ c: Int) -> Double {
            guard (0..<24).contains(y), (0..<24).contains(x) else { return 0 }
            return (Double(image.pixels[3 * (24 * y + x) + c]) - Double(Preprocessing.torch.mean[c]))
                / Double(Preprocessing.torch.standardDeviation[c])
        }
        #expect(maps.channels.count == 16)
        #expect(Set(maps.channels.map(\.index)) == Set(0..<16))
        for channel in maps.channels {
            let k = channel.index
            for (y, x) in [(0, 0), (5, 11), (23, 23), (0, 17)] {
                var sum = 0.0
                for i in 0..<27 {
                    sum += weights[27 * k + i] * input(y + i / 9 - 1, x + i / 3 % 3 - 1, i % 3)
                }
                let expected = max((sum - mean[k]) / (variance[k] + 1e-5).squareRoot() * scale[k] + shift[k], 0)
                #expect(abs(Double(channel.map.values[24 * y + x]) - expected) < 1e-4)
            }
            let average = channel.map.values.reduce(0, +) / 576
            #expect(abs(channel.mean - average) < 1e-4)
        }
        let means = maps.channels.map(\.mean)
        #expect(means == means.sorted(by: >) && means[0] > means[15])
    }

    @Test func theStrongestChannelIsFirstInTheFigure() throws {
        let maps = try ChannelMaps(of: Self.noise(0), in: model(), layer: "layer2.block1")
        let figure = maps.figure(count: 3)
        // Cells of 12 × 12 positions, 8 times as large, two in a row.
        #expect(figure.width == 2 * 98 + 2 && figure.height == 2 * 98 + 2)
        for (place, channel) in maps.channels.prefix(3).enumerated() {
            let expected = channel.map.normalized.picture
            for position in [0, 13, 143] {
                let (x, y) = (2 + place % 2 * 98 + position % 12 * 8, 2 + place / 2 * 98 + position / 12 * 8)
                for corner in [0, 7] {
                    let at = 3 * ((y + corner) * figure.width + x + corner)
                    #expect(
                        Array(figure.pixels[at..<at + 3]) == Array(expected.pixels[3 * position..<3 * position + 3]))
                }
            }
        }
    }

    @Test func distancesAreThoseOfTheirNames() {
        let (a, b): ([Float], [Float]) = ([3, 0, 4], [0, 5, 0])
        #expect(FeatureDistance.euclidean(a, b) == 50.0.squareRoot())
        #expect(FeatureDistance.cosine(a, b) == 1)
        #expect(FeatureDistance.cosine(a, [6, 0, 8]) == 0)
        #expect(abs(FeatureDistance.cosine(a, [3, 0, 0]) - 0.4) < 1e-12)
        #expect(FeatureDistance.cosine(a, [0, 0, 0]) == 1)
    }

    @Test(arguments: FeatureDistance.allCases)
    func nearestImagesAreInOrder(_ distance: FeatureDistance) throws {
        let (folder, model) = (try TemporaryDirectory(), model())
        let samples = try (0..<9).map { index in
            let path = folder.file("\(index).png")
            try Data(Self.noise(index).pngData()).write(to: URL(fileURLWithPath: path))
            return Sample(path: path, name: "\(index)")
        }
        try Data("no image".utf8).write(to: URL(fileURLWithPath: samples[4].path))
        var configuration = Predictor.Configuration()
        configuration.precision = .f32
        configuration.batchSize = 4
        let predictor = Predictor(model, configuration)
        let found = try NearestImages(
            to: samples[2], among: samples, by: predictor, tap: "pool", distance: distance, count: 5)

        var features: [String: [Float]] = [:]
        try predictor.features(samples) { features[$0.name] = Array($1[0]) }
        let own = try #require(features["2"])
        let expected = features.map { (name: $0.key, distance: distance(own, $0.value)) }
            .sorted { $0.distance < $1.distance }
        #expect(found.neighbours.map(\.sample.name) == expected.prefix(5).map(\.name))
        #expect(found.neighbours[0].sample.name == "2" && found.neighbours[0].distance < 1e-6)
        for (neighbour, expected) in zip(found.neighbours, expected) {
            #expect(abs(neighbour.distance - expected.distance) < 1e-5)
        }
        #expect(found.pass.badImages.map(\.path) == [samples[4].path])
        let figure = try found.figure(of: model, side: 24, columns: 4)
        #expect(figure.width == 4 * 28 + 4 && figure.height == 2 * 28 + 4)
        #expect(throws: DatasetError.self) {
            try NearestImages(
                to: samples[4], among: samples, by: predictor, tap: "pool", distance: distance, count: 5)
        }
    }
}
