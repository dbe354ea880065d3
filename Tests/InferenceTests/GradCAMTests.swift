import Engine
import Images
import Inference
import Networks
import Pretrained
import Tasks
import TestSupport
import Testing

@Suite(.serialized) struct GradCAMTests {
    /// What `Scripts/goldens/gradcam.py` computes: for three images the maps of two classes each.
    private static let images = 3
    private static func classes(_ image: Int) -> [Int] { [image, image + 5] }

    private static func plan(_ architecture: Architecture, fullyConnected: Bool, side: Int, layer: String) throws
        -> Plan
    {
        let network = architecture.network(.init(classCount: 10, fullyConnected: fullyConnected))
        let store = ParameterStore(network)
        FormulaWeights.fill(store)
        var configuration = Plan.Configuration(batch: images, height: side, width: side)
        configuration.watchedMap = layer
        return try Plan(network: network, parameters: store, preprocessing: .raw, configuration: configuration)
    }

    /// The maps of all images and classes before their ReLU.
    private static func maps(_ plan: Plan) throws -> [ScalarMap] {
        let side = plan.configuration.height
        var input = [Float](repeating: 0, count: images * side * side * 3)
        input.withUnsafeMutableBufferPointer { FormulaWeights.fill($0, name: "input", low: -2, high: 2) }
        try plan.forward(preprocessed: input)
        let rounds = try (0..<2).map { round in
            var gradient = [Float](repeating: 0, count: images * 10)
            for image in 0..<images { gradient[image * 10 + classes(image)[round]] = 1 }
            try gradient.withUnsafeBufferPointer { try plan.backward($0) }
            return (0..<images).map { GradCAM.map(plan.watchedMap, row: $0) }
        }
        return (0..<images).flatMap { image in rounds.map { $0[image] } }
    }

    @Test(arguments: [
        ("resnet18", 96, "layer4"), ("resnet18", 96, "layer3"), ("resnet18", 96, "stem"), ("resnet50", 96, "layer4"),
        ("resnet50", 96, "layer4.block2.conv2"), ("resnet20", 32, "layer3"), ("resnet20", 32, "layer2.block1"),
        ("vgg11_bn", 96, "block5"), ("vgg11-fc", 96, "block5"), ("vgg11-fc", 96, "block4"),
    ])
    func mapsEqualPyTorchs(_ name: String, _ side: Int, _ layer: String) throws {
        let architecture = try #require(Architecture(rawValue: name.replacing("-fc", with: "")))
        let plan = try Self.plan(architecture, fullyConnected: name.hasSuffix("-fc"), side: side, layer: layer)
        let maps = try Self.maps(plan)
        let golden = try readNPY(TestSupport.golden("networks/gradcam/\(name).\(layer).npy"))
        #expect(golden.shape == [Self.images, 2, maps[0].height, maps[0].width])
        let count = maps[0].values.count
        for (index, map) in maps.enumerated() {
            let reference = golden.values[index * count..<(index + 1) * count]
            let largest = reference.map(abs).max() ?? 0
            let error = zip(map.values, reference).map { abs($0 - $1) }.max() ?? .infinity
            #expect(error <= 1e-4 * largest, "map \(index): \(error / largest)")
        }
    }

    @Test func mapsAreShownAsPyTorchInterpolatesThem() throws {
        let maps = try Self.maps(Self.plan(.resNet18, fullyConnected: false, side: 96, layer: "layer3"))
        let golden = try readNPY(TestSupport.golden("networks/gradcam/resnet18.layer3.shown.npy"))
        let side = golden.shape[1]
        for (index, map) in maps.enumerated() {
            let shown = map.normalized.resized(width: side, height: side).values
            let reference = golden.values[index * side * side..<(index + 1) * side * side]
            #expect(zip(shown, reference).allSatisfy { abs($0 - $1) <= 1e-4 }, "map \(index)")
        }
    }

    private struct SeveralLabels: Decodable {
        let temperature: Double
        let thresholds: [Double]
        /// The values of each image.
        let ranges: [[Double]]
        /// What each image is named.
        let classes: [[Int]]
        let probabilities: [[Double]]
    }

    /// Of a model that names any number of classes the map of each that it names an image.
    @Test(arguments: [1, 2, 8]) func eachNamedClassHasPyTorchsMap(_ batchSize: Int) throws {
        let expected: SeveralLabels = try readJSON("networks/gradcam/several-labels.json")
        let golden = try readNPY(TestSupport.golden("networks/gradcam/several-labels.npy"))
        var model = Model(
            architecture: .resNet20, options: .init(classCount: 10), preprocessing: .torch, imageSize: 32, resize: .crop
        )
        FormulaWeights.fill(model.parameters)
        model.task = .multiLabel
        (model.temperature, model.thresholds) = (expected.temperature, expected.thresholds)
        let rules = AnswerRules(temperature: model.temperature, thresholds: model.thresholds)
        let images = expected.ranges.enumerated().map { index, range in
            let values = formula("pixels\(index)", count: 32 * 32 * 3, low: range[0], high: range[1])
            return Image(width: 32, height: 32, pixels: values.map { UInt8($0) })
        }
        let explanations = try GradCAM(model, layer: "layer2", batchSize: batchSize).explain(images) {
            _, probabilities in
            model.task.definition.explained(probabilities, rules: rules)
        }
        #expect(explanations.map { $0.heatmaps.map(\.classIndex) } == expected.classes)
        for (explanation, probabilities) in zip(explanations, expected.probabilities) {
            #expect(largestDifference(explanation.values.map { Float($0) }, probabilities) <= 1e-5)
        }
        let heatmaps = explanations.flatMap(\.heatmaps)
        #expect(golden.shape == [heatmaps.count, 16, 16])
        for (index, heatmap) in heatmaps.enumerated() {
            let reference = golden.values[index * 256..<(index + 1) * 256]
            let largest = reference.map(abs).max() ?? 0
            let map = heatmap.map.values.map { $0 * heatmap.peak }
            let error = largestDifference(map, reference.map { Double(max($0, 0)) })
            #expect(error <= 1e-4 * Double(largest), "map \(index): \(error / Double(largest))")
        }
    }

    /// In the deepest layers little can go wrong; from the stem on, all kinds of backward steps run again.
    @Test(arguments: Precision.allCases) func gradientsMayBeTakenAgainAndAgain(_ precision: Precision) throws {
        guard precision.isSupported else { return }
        let network = Architecture.resNet18.network(.init(classCount: 10))
        let store = ParameterStore(network)
        FormulaWeights.fill(store)
        var configuration = Plan.Configuration(batch: 2, height: 64, width: 64, precision: precision)
        configuration.watchedMap = "stem"
        let plan = try Plan(network: network, parameters: store, preprocessing: .torch, configuration: configuration)
        for i in plan.pixels.indices { plan.pixels[i] = UInt8(truncatingIfNeeded: (i &* 2_654_435_761) >> 9) }
        func gradient(_ label: Int) throws -> [Float] {
            let seed = (0..<20).map { Float($0 % 10 == label ? 1 : 0) }
            try seed.withUnsafeBufferPointer { try plan.backward($0) }
            return Array(plan.watchedMap.gradient)
        }
        try plan.forward()
        let values = Array(plan.watchedMap.values)
        let first = try gradient(3)
        #expect(try gradient(4) != first)
        #expect(try gradient(3) == first)
        #expect(Array(plan.watchedMap.values) == values)
        #expect(first.contains { $0 != 0 })
    }

    @Test func aMapIsTheSameWithoutTheLayersBehindIt() throws {
        let network = Architecture.vgg11BN.network(.init(classCount: 10))
        let store = ParameterStore(network)
        FormulaWeights.fill(store)
        func map(taps: [String]) throws -> ([Float], Int) {
            var configuration = Plan.Configuration(batch: 1, height: 32, width: 32, taps: taps)
            configuration.watchedMap = "block2"
            let plan = try Plan(
                network: network, parameters: store, preprocessing: .torch, configuration: configuration)
            for i in plan.pixels.indices { plan.pixels[i] = UInt8(truncatingIfNeeded: (i &* 2_654_435_761) >> 9) }
            try plan.forward()
            return (Array(plan.watchedMap.values), plan.memoryBytes)
        }
        let (alone, whole) = (try map(taps: []), try map(taps: ["logits"]))
        #expect(alone.0 == whole.0)
        #expect(alone.0.count == 16 * 16 * 128, "before the pooling that closes the block")
        #expect(alone.1 < whole.1 / 4)
    }

    @Test func namesTheUnknownLayer() throws {
        let error = #expect(throws: EngineError.self) {
            try Self.plan(.resNet20, fullyConnected: false, side: 32, layer: "layer9")
        }
        #expect(error?.description.contains("stem, layer1, layer2, layer3") == true)
    }
}
