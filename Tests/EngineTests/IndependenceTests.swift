import Engine
import Networks
import TestSupport
import Testing

/// What a network yields for an image depends neither on the images it shares a batch with nor on the number of threads, to
/// the last bit and on every processor.
@Suite(.serialized) struct IndependenceTests {
    struct Case: CustomStringConvertible {
        let description: String
        let network: @Sendable () throws -> Network
        let sides: [Int]
    }

    private static func network(
        _ architecture: Architecture, _ form: Architecture.Form? = nil, fullyConnected: Bool = false
    ) -> Network {
        var options = Architecture.Options(classCount: 10, fullyConnected: fullyConnected)
        if let form { options.form = form }
        return architecture.network(options)
    }

    /// What a VGG with its fully connected layers is made of, in a smaller size.
    private static func fullyConnected() throws -> Network {
        var net = NetworkBuilder(name: "small-vgg")
        net.beginStage("block1")
        var x = net.convolution("conv1", net.input, channels: 24, kernel: 3, padding: 1, bias: true)
        x = net.relu("relu1", x)
        x = net.convolution("conv2", x, channels: 40, kernel: 3, padding: 1, bias: true)
        x = net.relu("relu2", x)
        x = net.maxPool("pool", x, kernel: 2, stride: 2)
        net.beginStage("fc")
        x = net.adaptiveAveragePool("pool", x, side: 7)
        x = net.linear("linear1", x, inputs: 40 * 49, outputs: 333)
        x = net.relu("relu1", x)
        net.beginStage("head")
        _ = net.linear("linear", x, inputs: 333, outputs: 1000)
        return try net.network()
    }

    private static let cases = [
        Case(description: "CIFAR", network: { network(.resNet20) }, sides: [33]),
        Case(description: "basic, original", network: { network(.resNet18, .original) }, sides: [64]),
        Case(description: "basic, v1.5", network: { network(.resNet18, .revised) }, sides: [47]),
        Case(description: "bottleneck, original", network: { network(.resNet50, .original) }, sides: [64]),
        Case(description: "bottleneck, v1.5", network: { network(.resNet50, .revised) }, sides: [33]),
        Case(description: "VGG", network: { network(.vgg11) }, sides: [45]),
        Case(description: "VGG with batch norm", network: { network(.vgg11BN) }, sides: [33]),
        Case(description: "fire modules", network: { network(.squeezeNet11, .torch) }, sides: [47]),
        Case(description: "depthwise", network: { network(.mobileNetV2, .torch) }, sides: [33]),
        Case(description: "depthwise, keras", network: { network(.mobileNetV2, .keras) }, sides: [47]),
        Case(description: "fully connected", network: { try fullyConnected() }, sides: [15, 30]),
    ]

    private static let batchSizes = [1, 2, 3, 7, 16, 32]
    private static let imageCount = 32

    /// How a network is computed.
    enum Arithmetic: CaseIterable {
        case f32, bf16, int8

        var precision: Precision { self == .bf16 ? .bf16 : .f32 }
        var isSupported: Bool { precision.isSupported && (self != .int8 || Quantization.isSupported) }
    }

    private struct Computation {
        let network: Network
        let store: ParameterStore
        let side: Int
        let precision: Precision
        var quantization: Quantization?
        let pixels: [UInt8]
        let taps: [String]

        init(_ network: Network, _ store: ParameterStore, side: Int, _ precision: Precision) {
            self.network = network
            self.store = store
            self.side = side
            self.precision = precision
            taps = network.stages.map(\.name) + ["logits"]
            pixels = (0..<imageCount * side * side * 3).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 9) }
        }

        /// - Parameter partner: whose packed weights are taken where they are laid out alike.
        func plan(batch: Int, observing: Bool = false, like partner: Plan? = nil) throws -> Plan {
            var configuration = Plan.Configuration(
                batch: batch, height: side, width: side, precision: precision, taps: taps)
            configuration.quantization = quantization
            configuration.observesMagnitudes = observing
            return try Plan(
                network: network, parameters: store, preprocessing: .torch, configuration: configuration,
                sharingMemoryOf: partner)
        }

        /// The bits of what a batch yields, image by image.
        func outputs(_ plan: Plan, from first: Int) throws -> [[UInt32]] {
            let batch = plan.configuration.batch
            let size = side * side * 3
            _ = plan.pixels.update(fromContentsOf: pixels[first * size..<(first + batch) * size])
            try plan.forward()
            return (0..<batch).map { image in
                taps.flatMap { tap in
                    let width = plan.width(of: tap)
                    return plan.output(tap)[image * width..<(image + 1) * width].map(\.bitPattern)
                }
            }
        }
    }

    @Test(arguments: cases, Arithmetic.allCases.filter(\.isSupported))
    func imagesDependNeitherOnBatchesNorOnThreads(_ example: Case, _ arithmetic: Arithmetic) throws {
        defer { ComputeLibrary.useThreads(nil) }
        let network = try example.network()
        let store = ParameterStore(network)
        FormulaWeights.fill(store)
        for side in example.sides {
            var computation = Computation(network, store, side: side, arithmetic.precision)
            if arithmetic == .int8 {
                let observing = try computation.plan(batch: 8, observing: true)
                _ = try computation.outputs(observing, from: 0)
                computation.quantization = Quantization(largestMagnitudes: observing.largestMagnitudes)
            }
            ComputeLibrary.useThreads(1)
            let single = try computation.plan(batch: 1)
            let expected = try (0..<Self.imageCount).flatMap { try computation.outputs(single, from: $0) }
            #expect(Set(expected).count == Self.imageCount)
            for threads in [1, 2] {
                ComputeLibrary.useThreads(threads)
                for batch in Self.batchSizes {
                    // The last images, so that they lie in another place of each batch.
                    let first = Self.imageCount - batch
                    let outputs = try computation.outputs(
                        computation.plan(batch: batch, like: single), from: first)
                    #expect(
                        outputs.elementsEqual(expected[first...]),
                        "\(example) at \(side), \(batch) images on \(threads) threads")
                }
            }
        }
    }
}
