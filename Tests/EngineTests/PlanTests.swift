import Engine
import Foundation
import Networks
import TestSupport
import Testing

@Suite(.serialized) struct PlanTests {
    private func resNet20(dropout: Double = 0) -> (Network, ParameterStore) {
        let network = Architecture.resNet20.network(.init(classCount: 10, dropout: dropout))
        let store = ParameterStore(network)
        FormulaWeights.fill(store)
        return (network, store)
    }

    private func plan(
        _ network: Network, _ store: ParameterStore, batch: Int = 4, stages: Set<String> = [],
        precision: Precision = .f32, taps: [String] = ["logits"], mode: BatchNormMode = .frozen
    ) throws -> Plan {
        try Plan(
            network: network, parameters: store, preprocessing: .torch,
            configuration: .init(
                batch: batch, height: 32, width: 32, precision: precision, trainableStages: stages, batchNorm: mode,
                taps: taps, seed: 3))
    }

    /// The memory of the process that is in use.
    private func residentBytes() throws -> Int {
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return try #require(Int(pages[1])) * 4096
    }

    @Test(arguments: BatchNormMode.allCases, Precision.allCases.filter(\.isSupported))
    func memoryIsGivenBack(_ mode: BatchNormMode, _ precision: Precision) throws {
        let (network, store) = resNet20()
        func train() throws -> Int {
            let plan = try plan(
                network, store, batch: 64, stages: ["layer1", "layer2", "layer3", "head"], precision: precision,
                mode: mode)
            try plan.forward(training: true)
            try plan.backward(plan.output("logits"))
            return plan.memoryBytes
        }
        _ = try train()
        let before = try residentBytes()
        var used = 0
        for _ in 0..<8 { used += try train() }
        #expect(try residentBytes() - before < used / 4)
    }

    @Test func pixelsPassThePreprocessing() throws {
        let (network, store) = resNet20()
        for preprocessing in [Preprocessing.torch, .caffe, .tf, .raw] {
            let plan = try Plan(
                network: network, parameters: store, preprocessing: preprocessing,
                configuration: .init(batch: 2, height: 32, width: 32))
            plan.fillPixels()
            try plan.forward()
            let fromPixels = Array(plan.output("logits"))
            let source = preprocessing.channelOrder == .bgr ? [2, 1, 0] : [0, 1, 2]
            let input = plan.pixels.indices.map { i in
                let c = i % 3
                return (Float(plan.pixels[i - c + source[c]]) - preprocessing.mean[c])
                    / preprocessing.standardDeviation[c]
            }
            try plan.forward(preprocessed: input)
            #expect(fromPixels == Array(plan.output("logits")))
        }
    }

    @Test func anImagesLogitsDoNotDependOnItsBatch() throws {
        let (network, store) = resNet20()
        let wide = try plan(network, store, batch: 4)
        let narrow = try plan(network, store, batch: 1)
        wide.fillPixels()
        try wide.forward()
        let size = narrow.pixels.count
        for image in 0..<4 {
            _ = narrow.pixels.update(fromContentsOf: wide.pixels[image * size..<(image + 1) * size])
            try narrow.forward()
            #expect(
                relativeDifference(narrow.output("logits"), wide.output("logits")[image * 10..<image * 10 + 10]) < 1e-6)
        }
    }

    @Test func tapsAreSpatialMeansOfStages() throws {
        let (network, store) = resNet20()
        let plan = try plan(network, store, taps: ["layer1", "layer3", "pool", "logits"])
        plan.fillPixels()
        try plan.forward()
        #expect(plan.width(of: "layer1") == 16)
        #expect(plan.width(of: "layer3") == 64)
        #expect(plan.width(of: "logits") == 10)
        #expect(Array(plan.output("layer3")) == Array(plan.output("pool")))
        #expect(plan.output("layer1").count == 4 * 16)
        #expect(plan.output("layer1").contains { $0 != 0 })
    }

    /// More bytes than addresses.
    @Test func moreThanThereIsOfMemoryIsAnError() {
        let network = Architecture.resNet20.network(.init(classCount: 10))
        let error = #expect(throws: EngineError.self) {
            try Plan(
                network: network, parameters: ParameterStore(network), preprocessing: .torch,
                configuration: .init(batch: 1_000_000_000, height: 4096, width: 4096))
        }
        #expect(error?.description.hasSuffix("MiB of memory left; use a smaller batch or smaller images") == true)
        #expect(error?.kind == .failure)
    }

    @Test func unknownTapsAndTinyImagesAreErrors() throws {
        let (network, store) = resNet20()
        let error = #expect(throws: EngineError.self) { try plan(network, store, taps: ["layer9"]) }
        #expect(
            error?.description
                == "resnet20 has no stage or layer layer9; its stages are stem, layer1, layer2, layer3, pool, head and logits"
        )
        #expect(error?.network == "resnet20")
        let vgg = Architecture.vgg11.network(.init(classCount: 2))
        #expect(throws: ImageSizeError.self) {
            try Plan(
                network: vgg, parameters: ParameterStore(vgg), preprocessing: .torch,
                configuration: .init(batch: 1, height: 16, width: 31))
        }
    }

    @Test func changedParametersAreTakenOverWhenTold() throws {
        let (network, store) = resNet20()
        let plan = try plan(network, store)
        plan.fillPixels()
        try plan.forward()
        let before = Array(plan.output("logits"))
        for i in store["layer1.block1.conv1.weight"].indices { store["layer1.block1.conv1.weight"][i] *= 1.5 }
        try plan.forward()
        #expect(Array(plan.output("logits")) == before)
        try plan.parametersChanged(in: ["layer2"])
        try plan.forward()
        #expect(Array(plan.output("logits")) == before)
        try plan.parametersChanged(in: ["layer1"])
        try plan.forward()
        #expect(Array(plan.output("logits")) != before)
    }

    @Test(arguments: [BatchNormMode.frozen, .adapt]) func stepsAreReproducible(_ mode: BatchNormMode) throws {
        var results: [[[Float]]] = []
        for _ in 0..<2 {
            let (network, store) = resNet20(dropout: 0.5)
            let plan = try plan(network, store, stages: ["layer2", "layer3", "head"], mode: mode)
            plan.fillPixels()
            try plan.forward(training: true, step: 7)
            let (_, gradient) = crossEntropy(plan.output("logits"), classCount: 10)
            try gradient.withUnsafeBufferPointer { try plan.backward($0) }
            results.append([Array(plan.output("logits"))] + plan.gradients.map { Array($0.values) })
        }
        #expect(results[0] == results[1])
    }

    @Test func dropoutDropsWhileTrainingOnly() throws {
        let (network, store) = resNet20(dropout: 0.5)
        let plan = try plan(network, store, stages: ["head"])
        plan.fillPixels()
        try plan.forward()
        let plain = Array(plan.output("logits"))
        try plan.forward(training: true, step: 1)
        let first = Array(plan.output("logits"))
        try plan.forward(training: true, step: 2)
        #expect(first != plain)
        #expect(first != Array(plan.output("logits")))
        try plan.forward(training: true, step: 1)
        #expect(first == Array(plan.output("logits")))
    }

    /// The gradients of the fully connected layers, dropout included, against differences of the loss.
    @Test func fullyConnectedGradientsEqualDifferences() throws {
        let network = Architecture.vgg11.network(.init(classCount: 3, fullyConnected: true, dropout: 0.25))
        let store = ParameterStore(network)
        FormulaWeights.fill(store)
        let plan = try plan(network, store, batch: 2, stages: ["fc", "head"])
        plan.fillPixels()
        func loss() throws -> Double {
            try plan.parametersChanged()
            try plan.forward(training: true, step: 5)
            return crossEntropy(plan.output("logits"), classCount: 3).loss
        }
        _ = try loss()
        let (_, gradient) = crossEntropy(plan.output("logits"), classCount: 3)
        try gradient.withUnsafeBufferPointer { try plan.backward($0) }
        #expect(plan.gradients.map(\.name).count == 6)
        for gradient in plan.gradients {
            // Along the gradient itself the loss changes fastest, so differences rise above the rounding of f32.
            let values = Array(gradient.values)
            let squares = values.reduce(0.0) { $0 + Double($1) * Double($1) }
            try #require(squares > 0)
            let step = 0.02 / squares
            let parameter = store[gradient.name]
            let original = Array(parameter)
            var losses: [Double] = []
            for sign in [1.0, -1.0] {
                for i in parameter.indices { parameter[i] = original[i] + Float(sign * step) * values[i] }
                losses.append(try loss())
            }
            _ = parameter.update(fromContentsOf: original)
            let measured = (losses[0] - losses[1]) / (2 * step)
            #expect(abs(measured / squares - 1) < 0.02, "\(gradient.name): \(measured) against \(squares)")
        }
    }

    @Test(.enabled(if: Precision.bf16.isSupported, "this processor cannot compute in bf16"))
    func bf16GradientsPointWhereF32OnesDo() throws {
        for mode in BatchNormMode.allCases {
            let (network, store) = resNet20()
            var gradients: [[Float]] = []
            for precision in Precision.allCases {
                let plan = try plan(
                    network, store, batch: 8, stages: ["layer3", "head"], precision: precision, mode: mode)
                plan.fillPixels()
                try plan.forward(training: mode == .adapt)
                let (_, gradient) = crossEntropy(plan.output("logits"), classCount: 10)
                try gradient.withUnsafeBufferPointer { try plan.backward($0) }
                gradients.append(plan.gradients.flatMap { Array($0.values) })
            }
            func dot(_ a: [Float], _ b: [Float]) -> Double { zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
            let cosine =
                dot(gradients[0], gradients[1])
                / (dot(gradients[0], gradients[0]) * dot(gradients[1], gradients[1])).squareRoot()
            #expect(cosine > 0.99, "\(mode): \(cosine)")
        }
    }
}
