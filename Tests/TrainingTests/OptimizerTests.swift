import Kernels
import Networks
import TestSupport
import Testing
import Training

@Suite struct OptimizerTests {
    private struct Golden: Decodable {
        let name: String
        let momentum: Double?
        let nesterov: Bool?
        let betas: [Double]?
        let epsilon: Double?
        let learningRate, weightDecay: Double
        let gradientClip: Double?
        let norms: [Double]
        let weights: [String: [Double]]

        var configuration: OptimizerConfiguration {
            let beta1 = betas?[0] ?? 0
            let beta2 = betas?[1] ?? 0
            let method: OptimizerConfiguration.Method =
                switch name {
                case "adam": .adam(beta1: beta1, beta2: beta2, epsilon: epsilon ?? 0)
                case "adamw": .adamW(beta1: beta1, beta2: beta2, epsilon: epsilon ?? 0)
                default: .sgd(momentum: momentum ?? 0, nesterov: nesterov ?? false)
                }
            return OptimizerConfiguration(method, weightDecay: weightDecay, gradientClip: gradientClip)
        }
    }

    /// What `Scripts/goldens/training.py` moves: a convolution of seven channels and a linear layer of five classes.
    private static func makeStore() throws -> ParameterStore {
        var net = NetworkBuilder(name: "test")
        net.beginStage("stem")
        let x = net.convolution("conv", net.input, channels: 7, kernel: 3, padding: 1, bias: true)
        let normed = net.batchNorm("norm", x, epsilon: 1e-5)
        net.beginStage("head")
        _ = net.linear("linear", net.globalAveragePool("mean", normed), inputs: 7, outputs: 5)
        let store = ParameterStore(try net.network())
        for description in store.descriptions {
            store.assign(
                .init(
                    shape: description.shape,
                    values: formula(description.name, count: description.shape.reduce(1, *), low: -1, high: 1)),
                to: description.name)
        }
        return store
    }

    private static let names = ["stem.conv.weight", "stem.conv.bias", "head.linear.weight", "head.linear.bias"]

    /// One step with the golden's gradients.
    @discardableResult
    private static func step(
        _ optimizer: Optimizer, _ number: Int, _ store: ParameterStore, learningRate: Double
    ) -> Double? {
        let arrays = names.map { formula("gradient\(number).\($0)", count: store[$0].count, low: -0.2, high: 0.2) }
        return withGradients(names, arrays) {
            optimizer.step($0, learningRates: ["stem": learningRate, "head": 2 * learningRate])
        }
    }

    private static func withGradients<R>(
        _ names: [String], _ arrays: [[Float]], _ body: ([ParameterGradient]) -> R
    ) -> R {
        let flat = UnsafeMutableBufferPointer<Float>.allocate(capacity: arrays.map(\.count).reduce(0, +))
        defer { flat.deallocate() }
        _ = flat.initialize(from: arrays.joined())
        var start = 0
        let gradients = zip(names, arrays).map { name, array in
            defer { start += array.count }
            return ParameterGradient(
                name: name, values: UnsafeBufferPointer(rebasing: flat[start..<start + array.count]))
        }
        return body(gradients)
    }

    @Test func tenStepsEqualPyTorch() throws {
        let goldens: [Golden] = try readJSON("training/optimizers.json")
        #expect(goldens.count == 7)
        for golden in goldens {
            let store = try Self.makeStore()
            let optimizer = Optimizer(golden.configuration, store: store, stages: ["stem", "head"])
            for number in 0..<10 {
                let norm = Self.step(optimizer, number, store, learningRate: golden.learningRate)
                #expect((norm == nil) == (golden.gradientClip == nil))
                if let norm { #expect(abs(norm - golden.norms[number]) <= 1e-6 * norm) }
            }
            for name in Self.names {
                let expected = try #require(golden.weights[name])
                // Relative to the weights' range of ±1.
                #expect(largestDifference(store[name], expected) <= 1e-6, "\(golden.configuration) \(name)")
            }
        }
    }

    @Test func parametersWithoutGradientAndStatisticsStay() throws {
        let store = try Self.makeStore()
        let before = store.descriptions.map { Array(store[$0.name]) }
        let optimizer = Optimizer(.init(.adamW(), weightDecay: 0.5), store: store, stages: ["stem", "head"])
        Self.step(optimizer, 0, store, learningRate: 0.1)
        for (description, old) in zip(store.descriptions, before) {
            #expect((Array(store[description.name]) == old) == !Self.names.contains(description.name))
        }
    }

    @Test(arguments: [OptimizerConfiguration.Method.sgd(), .sgd(momentum: 0), .adam(), .adamW()])
    func restoredStateGoesOnBitForBit(method: OptimizerConfiguration.Method) throws {
        let configuration = OptimizerConfiguration(method, weightDecay: 0.1, gradientClip: 1)
        let store = try Self.makeStore()
        let optimizer = Optimizer(configuration, store: store, stages: ["stem", "head"])
        for number in 0..<3 { Self.step(optimizer, number, store, learningRate: 0.05) }

        let copy = try Self.makeStore()
        for name in Self.names { copy.assign(.init(shape: [store[name].count], values: Array(store[name])), to: name) }
        let resumed = Optimizer(configuration, store: copy, stages: ["stem", "head"])
        let saved = Dictionary(uniqueKeysWithValues: optimizer.moments.map { ($0.name, $0.values) })
        try resumed.restore(stepCount: optimizer.stepCount) { name, _ in try #require(saved[name]) }

        for number in 3..<6 {
            Self.step(optimizer, number, store, learningRate: 0.05)
            Self.step(resumed, number, copy, learningRate: 0.05)
        }
        for name in Self.names { #expect(Array(store[name]) == Array(copy[name])) }
    }

    @Test(arguments: [OptimizerConfiguration.Method.sgd(), .adamW()])
    func resultsDoNotDependOnThreads(method: OptimizerConfiguration.Method) throws {
        defer { parallel_set_threads(0) }
        let results = try [Int32(1), 2, 3].map { threads in
            parallel_set_threads(threads)
            return try Self.movedHead(inputs: 20_013, method)
        }
        #expect(results[0] == results[1])
        #expect(results[0] == results[2])
    }

    /// The weights of a large linear layer after two steps.
    private static func movedHead(inputs: Int, _ method: OptimizerConfiguration.Method) throws -> [Float] {
        var net = NetworkBuilder(name: "large")
        net.beginStage("head")
        _ = net.linear("linear", net.input, inputs: inputs, outputs: 5)
        let store = ParameterStore(try net.network())
        store.initialize(stages: ["head"], seed: 7)
        let optimizer = Optimizer(.init(method, weightDecay: 0.1, gradientClip: 1), store: store, stages: ["head"])
        for number in 0..<2 {
            let gradient = formula("large\(number)", count: 5 * inputs, low: -1, high: 1)
            withGradients(["head.linear.weight"], [gradient]) {
                _ = optimizer.step($0, learningRates: ["head": 0.1])
            }
        }
        return Array(store["head.linear.weight"])
    }

    @Test(arguments: [0, 1, 15, 16, 17, 100, 100_003])
    func sumOfSquaresIsExactEnough(count: Int) {
        let values = formula("squares", count: count, low: -3, high: 3)
        let expected = values.reduce(0.0) { $0 + Double($1) * Double($1) }
        #expect(abs(kernel_sum_of_squares(values, count) - expected) <= 1e-12 * expected)
    }
}
