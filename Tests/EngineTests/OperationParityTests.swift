import Engine
import Foundation
import Networks
import TestSupport
import Testing

/// Every operation, forward and backward, against PyTorch in float64.
@Suite(.serialized) struct OperationParityTests {
    /// The arrays of each case, as `Scripts/goldens/README.md` describes them.
    static let goldens: [String: [(name: String, values: [Float])]] = {
        do {
            let description = try Data(contentsOf: URL(fileURLWithPath: TestSupport.golden("networks/operations.json")))
            let numbers = try readNPY(TestSupport.golden("networks/operations.npy")).values
            var position = 0
            var goldens: [String: [(name: String, values: [Float])]] = [:]
            // The file is in the order of its lines.
            for line in String(decoding: description, as: UTF8.self).split(separator: "\n").dropFirst().dropLast() {
                let object = "{\(line.hasSuffix(",") ? line.dropLast() : line)}"
                for (name, arrays) in try JSONDecoder().decode([String: [Sized]].self, from: Data(object.utf8)) {
                    goldens[name] = arrays.map { array in
                        defer { position += array.count }
                        return (array.name, Array(numbers[position..<position + array.count]))
                    }
                }
            }
            return goldens
        } catch {
            preconditionFailure("\(error)")
        }
    }()

    private struct Sized: Decodable {
        let name: String
        let count: Int

        init(from decoder: any Decoder) throws {
            var values = try decoder.unkeyedContainer()
            name = try values.decode(String.self)
            count = try values.decode(Int.self)
        }
    }

    /// ‖a − b‖ / ‖b‖.
    private func distance(_ a: some Collection<Float>, _ b: [Float]) -> Double {
        let norm = b.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        let difference = zip(a, b).reduce(0) { $0 + pow(Double($1.0) - Double($1.1), 2) }.squareRoot()
        return a.count == b.count ? difference / max(norm, 1e-6) : .infinity
    }

    private func input() -> [Float] {
        numbers(
            "input", OperationCases.batch * OperationCases.height * OperationCases.width * OperationCases.channels, 2)
    }

    private func numbers(_ name: String, _ count: Int, _ limit: Double) -> [Float] {
        var values = [Float](repeating: 0, count: count)
        values.withUnsafeMutableBufferPointer { FormulaWeights.fill($0, name: name, low: -limit, high: limit) }
        return values
    }

    private func plan(
        _ network: Network, _ store: ParameterStore, _ change: (inout Plan.Configuration) -> Void
    ) throws -> Plan {
        var configuration = Plan.Configuration(
            batch: OperationCases.batch, height: OperationCases.height, width: OperationCases.width)
        change(&configuration)
        let ones = [Float](repeating: 1, count: OperationCases.channels)
        return try Plan(
            network: network, parameters: store,
            preprocessing: Preprocessing(channelOrder: .rgb, mean: ones, standardDeviation: ones),
            configuration: configuration)
    }

    /// bf16 keeps eight bits of each number; the distance of a whole array is less than that of a single one.
    private static let limits: [Precision: Double] = [.f32: 2e-6, .bf16: 2e-2]

    @Test(arguments: goldens.keys.sorted(), Precision.allCases)
    func equalsPyTorch(_ name: String, _ precision: Precision) throws {
        let adapts = name.hasSuffix("-adapt")
        let network = try OperationCases.network(adapts ? String(name.dropLast("-adapt".count)) : name)
        guard precision.isSupported || !network.nodes.contains(where: \.operation.isConvolution) else { return }
        let golden = try #require(Self.goldens[name])
        let expected = Dictionary(uniqueKeysWithValues: golden.map { ($0.name, $0.values) })
        let limit = try #require(Self.limits[precision])
        func expect(_ array: String, _ values: some Collection<Float>) throws {
            let difference = distance(values, try #require(expected[array]))
            #expect(difference <= limit, "\(array) of \(name) in \(precision): \(difference)")
        }
        let store = ParameterStore(network)
        FormulaWeights.fill(store)
        let upstream = numbers("upstream", OperationCases.batch * OperationCases.classes, 1)

        if !adapts {
            // For inference, and the gradient at one place.
            let watching = try plan(network, store) {
                $0.precision = precision
                $0.taps = ["body", "logits"]
                $0.tapPooling = .none
                $0.watchedMap = "stem.scale"
            }
            try watching.forward(preprocessed: input())
            try expect("body", watching.output("body"))
            try expect("logits", watching.output("logits"))
            try upstream.withUnsafeBufferPointer { try watching.backward($0) }
            try expect("stem gradient", watching.watchedMap.gradient)
        }

        let training = try plan(network, store) {
            $0.precision = precision
            $0.trainableStages = Set(network.trainableStageNames)
            $0.batchNorm = adapts ? .adapt : .frozen
        }
        try training.forward(preprocessed: input(), training: true)
        try expect("logits", training.output("logits"))
        try upstream.withUnsafeBufferPointer { try training.backward($0) }
        for gradient in training.gradients { try expect(gradient.name, gradient.values) }
        let statistics = network.parameters.filter(\.isStatistic)
        if adapts { for statistic in statistics { try expect(statistic.name, store[statistic.name]) } }
        #expect(training.gradients.count == network.parameters.count - statistics.count, "\(name)")
    }
}
