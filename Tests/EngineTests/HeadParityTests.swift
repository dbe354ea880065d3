import Engine
import Networks
import TestSupport
import Testing

/// Heads with a global max pool, a flattened map and hidden layers against PyTorch in float64:
/// `Scripts/goldens/heads.py`.
@Suite struct HeadParityTests {
    static let heads: [(name: String, head: Head)] = [
        ("maximum", Head(pooling: .maximum)),
        ("flatten", Head(pooling: .flatten(height: 6, width: 5))),
        ("average-hidden", Head(hiddenLayers: [.init(units: 7, hasReLU: true)])),
        (
            "maximum-hidden",
            Head(pooling: .maximum, hiddenLayers: [.init(units: 7, hasReLU: true), .init(units: 6, hasReLU: false)])
        ),
        (
            "flatten-hidden",
            Head(
                pooling: .flatten(height: 6, width: 5),
                hiddenLayers: [.init(units: 7, hasReLU: true), .init(units: 6, hasReLU: true)])
        ),
    ]

    private func network(_ head: Head) throws -> Network {
        var net = NetworkBuilder(name: "test")
        net.beginStage("stem")
        var x = net.convolution("conv", net.input, channels: 9, kernel: 3, padding: 1, bias: true)
        x = net.relu("relu", x)
        return try net.finish(x, .init(classCount: 5, head: head))
    }

    private func plan(
        _ network: Network, _ store: ParameterStore, precision: Precision = .f32, stages: Set<String>
    ) throws -> Plan {
        let plan = try Plan(
            network: network, parameters: store, preprocessing: .raw,
            configuration: .init(batch: 4, height: 6, width: 5, precision: precision, trainableStages: stages))
        var images = [Float](repeating: 0, count: 4 * 6 * 5 * 3)
        images.withUnsafeMutableBufferPointer { FormulaWeights.fill($0, name: "input", low: -2, high: 2) }
        try plan.forward(preprocessed: images, training: true)
        return plan
    }

    /// ‖a − b‖ / ‖b‖.
    private func distance(_ values: some Sequence<Float>, _ reference: ArraySlice<Float>) -> Double {
        let difference = zip(values, reference).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
        return (difference / reference.reduce(0.0) { $0 + Double($1) * Double($1) }).squareRoot()
    }

    @Test(arguments: heads.indices, Precision.allCases.filter(\.isSupported))
    func oneStepIsThatOfPyTorch(_ index: Int, _ precision: Precision) throws {
        let (name, head) = Self.heads[index]
        let network = try network(head)
        let store = ParameterStore(network)
        FormulaWeights.fill(store)
        let plan = try plan(network, store, precision: precision, stages: ["stem", "head"])
        let golden = try readNPY(golden("networks/heads/\(name).npy")).values
        let tolerance = precision == .f32 ? 1e-5 : 5e-2

        let (loss, gradient) = crossEntropy(plan.output("logits"), classCount: 5)
        #expect(abs(loss - Double(golden[0])) <= tolerance * loss)
        #expect(distance(plan.output("logits"), golden[1..<21]) <= tolerance)
        try gradient.withUnsafeBufferPointer { try plan.backward($0) }
        #expect(plan.gradients.map(\.name) == network.parameters.map(\.name))
        var offset = 21
        for gradient in plan.gradients {
            let reference = golden[offset..<offset + gradient.values.count]
            #expect(distance(gradient.values, reference) <= tolerance, "\(gradient.name)")
            offset += gradient.values.count
        }
        #expect(offset == golden.count)
    }

    /// Below a trained head nothing has a gradient, and a frozen one passes gradients on.
    @Test(arguments: heads.indices) func stagesAreFrozenAlone(_ index: Int) throws {
        let (name, head) = Self.heads[index]
        let network = try network(head)
        let store = ParameterStore(network)
        FormulaWeights.fill(store)
        let golden = try readNPY(golden("networks/heads/\(name).npy")).values
        for stage in ["stem", "head"] {
            let plan = try plan(network, store, stages: [stage])
            let (_, gradient) = crossEntropy(plan.output("logits"), classCount: 5)
            try gradient.withUnsafeBufferPointer { try plan.backward($0) }
            #expect(plan.gradients.map(\.name) == network.parameters.filter { $0.stage == stage }.map(\.name))
            var offset = stage == "stem" ? 21 : 21 + 9 * 27 + 9
            for gradient in plan.gradients {
                #expect(distance(gradient.values, golden[offset..<offset + gradient.values.count]) <= 1e-5)
                offset += gradient.values.count
            }
        }
    }

    /// What Grad-CAM asks for: the gradient of the last map under a frozen head.
    @Test func aMapUnderAMaxPoolHasItsGradient() throws {
        let network = try network(Head(pooling: .maximum))
        let store = ParameterStore(network)
        FormulaWeights.fill(store)
        var configuration = Plan.Configuration(batch: 1, height: 6, width: 5)
        configuration.watchedMap = "stem"
        let plan = try Plan(network: network, parameters: store, preprocessing: .raw, configuration: configuration)
        plan.fillPixels()
        try plan.forward()
        let logitGradient: [Float] = [0, 1, 0, 0, 0]
        try logitGradient.withUnsafeBufferPointer { try plan.backward($0) }
        let map = plan.watchedMap
        for channel in 0..<9 {
            let positions = (0..<30).filter { map.gradient[$0 * 9 + channel] != 0 }
            let largest = (0..<30).map { map.values[$0 * 9 + channel] }.max() ?? 0
            #expect(positions.count == 1)
            #expect(positions.allSatisfy { map.values[$0 * 9 + channel] == largest })
            #expect(positions.allSatisfy { map.gradient[$0 * 9 + channel] == store["head.linear.weight"][9 + channel] })
        }
    }
}
