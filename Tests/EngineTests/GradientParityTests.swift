import Engine
import Foundation
import Networks
import TestSupport
import Testing

/// One training step of the goldens: what PyTorch computes in float64. `Scripts/goldens/README.md` describes the files.
struct GoldenStep: Decodable {
    let architecture: String
    /// Whether the head is the one that the network was published with; nil for no.
    let hasPublishedHead: Bool?
    let batchNorm: String
    let stages: [String]
    let input: String
    let side: Int
    let loss: Double
    /// The parameters whose values, concatenated in `<run>.shifts.npy`, replace the formula's.
    let shifts: [String]
    let parameters: [String]
    let statistics: [String]

    static let batch = 4

    static func load(_ run: String) throws -> GoldenStep {
        let path = TestSupport.golden("networks/gradients/\(run).json")
        return try JSONDecoder().decode(GoldenStep.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }
}

/// Mean cross-entropy and its gradient for labels `i % 10`, both in float64 but for the last rounding.
func crossEntropy(_ logits: UnsafeBufferPointer<Float>, classCount: Int) -> (loss: Double, gradient: [Float]) {
    let batch = logits.count / classCount
    var loss = 0.0
    var gradient: [Float] = []
    for row in 0..<batch {
        let values = (0..<classCount).map { Double(logits[row * classCount + $0]) }
        let largest = values.max() ?? 0
        let exponentials = values.map { exp($0 - largest) }
        let sum = exponentials.reduce(0, +)
        let label = row % 10
        loss -= values[label] - largest - log(sum)
        for c in 0..<classCount {
            gradient.append(Float((exponentials[c] / sum - (c == label ? 1 : 0)) / Double(batch)))
        }
    }
    return (loss / Double(batch), gradient)
}

/// Norm, eight sign probes and samples of an array: enough to estimate its distance from another.
struct Digest {
    static let probeCount = 8
    static let sampleCount = 256

    let count: Int
    let norm: Double
    let probes: [Double]
    let samples: [Double]

    /// How many numbers the digest of `count` elements takes in a golden file.
    static func length(_ count: Int) -> Int { 1 + probeCount + min(count, sampleCount) }

    /// Reads one from a golden file.
    init(count: Int, stored: some Collection<Float>) {
        let values = stored.map(Double.init)
        self.count = count
        norm = values[0]
        probes = Array(values[1...Self.probeCount])
        samples = Array(values[(1 + Self.probeCount)...])
    }

    init(_ values: some Collection<Float>, name: String) {
        let values = Array(values)
        count = values.count
        norm = values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        var bits = [Float](repeating: 0, count: count)
        bits.withUnsafeMutableBufferPointer { FormulaWeights.fill($0, name: "probe.\(name)", low: 0, high: 0x1p24) }
        var probes = [Double](repeating: 0, count: Self.probeCount)
        for (value, bits) in zip(values, bits) {
            let bits = UInt32(bits)
            for k in 0..<Self.probeCount { probes[k] += bits >> k & 1 == 1 ? Double(value) : -Double(value) }
        }
        self.probes = probes
        if count <= Self.sampleCount {
            samples = values.map(Double.init)
        } else {
            samples = (0..<UInt64(Self.sampleCount)).map { j in
                Double(values[Int(((j &* 0x9E37_79B1 & 0xFFFF_FFFF) &* UInt64(values.count)) >> 32)])
            }
        }
    }

    /// ‖a − b‖ / ‖b‖: exact where all elements were kept, else the larger of two estimates, from the probes (the mean
    /// square of a random sign sum is the squared norm) and from the samples.
    func distance(from reference: Digest) -> Double {
        func squares(_ a: [Double], _ b: [Double]) -> Double {
            zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        }
        let sampled = squares(samples, reference.samples) * Double(count) / Double(samples.count)
        if count <= Self.sampleCount { return sampled.squareRoot() / reference.norm }
        let probed = squares(probes, reference.probes) / Double(probes.count)
        return max(sampled, probed).squareRoot() / reference.norm
    }
}

@Suite(.serialized) struct GradientParityTests {
    static let runs =
        ["resnet18", "resnet50", "vgg11_bn", "resnet20", "resnet18-odd", "vgg11_bn-odd", "mobilenet_v2"].flatMap {
            network in
            ["all", "some"].flatMap { part in ["frozen", "adapt"].map { "\(network)-\(part)-\($0)" } }
        }
        // These have no batch norm.
        + ["alexnet", "squeezenet1_1", "squeezenet1_1-published"].flatMap { network in
            ["all", "some"].map { "\(network)-\($0)-frozen" }
        }

    @Test(arguments: runs) func everyParametersGradientEqualsPyTorchs(_ run: String) throws {
        let golden = try GoldenStep.load(run)
        let architecture = try #require(Architecture(rawValue: golden.architecture))
        let network = architecture.network(
            .init(classCount: 10, head: golden.hasPublishedHead == true ? architecture.head : Head()))
        let store = ParameterStore(network)
        FormulaWeights.fill(store)
        let shifts =
            golden.shifts.isEmpty ? [] : try readNPY(TestSupport.golden("networks/gradients/\(run).shifts.npy")).values
        var position = 0
        for name in golden.shifts {
            position += store[name].update(fromContentsOf: shifts[position..<position + store[name].count])
        }

        let plan = try Plan(
            network: network, parameters: store, preprocessing: .raw,
            configuration: .init(
                batch: GoldenStep.batch, height: golden.side, width: golden.side,
                trainableStages: Set(golden.stages), batchNorm: try #require(BatchNormMode(rawValue: golden.batchNorm)))
        )
        var images = [Float](repeating: 0, count: GoldenStep.batch * golden.side * golden.side * 3)
        images.withUnsafeMutableBufferPointer { FormulaWeights.fill($0, name: golden.input, low: -2, high: 2) }
        try plan.forward(preprocessed: images, training: true)
        let (loss, gradient) = crossEntropy(plan.output("logits"), classCount: 10)
        #expect(abs(loss - golden.loss) <= 1e-5 * golden.loss)
        try gradient.withUnsafeBufferPointer { try plan.backward($0) }

        #expect(Set(plan.gradients.map(\.name)) == Set(golden.parameters), "each trained parameter has one gradient")
        let stored = try readNPY(TestSupport.golden("networks/gradients/\(run).npy")).values
        var offset = 0
        func nextDigest(_ count: Int) -> Digest {
            defer { offset += Digest.length(count) }
            return Digest(count: count, stored: stored[offset..<offset + Digest.length(count)])
        }
        let computed = Dictionary(uniqueKeysWithValues: plan.gradients.map { ($0.name, $0.values) })
        let references = golden.parameters.map { ($0, nextDigest(store[$0].count)) }
        let largest = references.map(\.1.norm).max() ?? 0
        for (name, reference) in references {
            let values = try #require(computed[name])
            let digest = Digest(values, name: name)
            if reference.norm <= 1e-9 * largest {
                #expect(digest.norm <= 1e-6 * largest, "\(name) should have no gradient")
            } else {
                let distance = digest.distance(from: reference)
                #expect(distance <= 1e-4, "\(name): \(distance)")
            }
        }
        for name in golden.statistics {
            let distance = Digest(store[name], name: name).distance(from: nextDigest(store[name].count))
            #expect(distance <= 1e-5, "\(name): \(distance)")
        }
    }

    /// Statistics of frozen stages and of `batch_norm: frozen` do not move, and no frozen stage has a gradient.
    @Test(arguments: [BatchNormMode.frozen, .adapt]) func frozenIsFrozen(_ mode: BatchNormMode) throws {
        let network = Architecture.resNet18.network(.init(classCount: 10))
        let store = ParameterStore(network)
        FormulaWeights.fill(store)
        let before = Dictionary(uniqueKeysWithValues: store.descriptions.map { ($0.name, Array(store[$0.name])) })
        let trained: Set = ["layer3", "head"]
        let plan = try Plan(
            network: network, parameters: store, preprocessing: .raw,
            configuration: .init(batch: 4, height: 32, width: 32, trainableStages: trained, batchNorm: mode))
        try plan.forward(preprocessed: formulaImages(4, side: 32), training: true)
        let (_, gradient) = crossEntropy(plan.output("logits"), classCount: 10)
        try gradient.withUnsafeBufferPointer { try plan.backward($0) }

        for gradient in plan.gradients { #expect(trained.contains { gradient.name.hasPrefix("\($0).") }) }
        for description in store.descriptions {
            let moved = before[description.name] != Array(store[description.name])
            let mayMove = description.isStatistic && trained.contains(description.stage) && mode == .adapt
            #expect(moved == mayMove, "\(description.name)")
        }
    }
}
