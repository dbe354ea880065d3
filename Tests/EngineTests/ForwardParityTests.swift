import Engine
import Foundation
import Networks
import TestSupport
import Testing

/// A network of the goldens: `resnet50-original`, `vgg16-fc`, ….
struct GoldenNetwork: CustomTestStringConvertible, Sendable {
    let name: String
    let architecture: Architecture
    let options: Architecture.Options

    /// Every architecture in every form.
    static let all: [GoldenNetwork] = Architecture.catalogue.flatMap { architecture in
        architecture.variants(classCount: 10).map { options in
            let marks = [
                options.form?.rawValue, options.fullyConnected ? "fc" : nil,
                options.head == Head() ? nil : "published",
            ].compactMap(\.self)
            return GoldenNetwork(
                name: ([architecture.rawValue] + marks).joined(separator: "-"), architecture: architecture,
                options: options)
        }
    }

    var testDescription: String { name }

    /// The tap that the goldens call features.
    var featureTap: String { options.fullyConnected ? "fc" : "pool" }

    /// The side of the single image; the batch of two is 64×64. The forms of SqueezeNet are the same at 224.
    var singleSide: Int { architecture == .squeezeNet11 ? 227 : architecture.publishedImageSize }

    /// The network and its formula weights.
    func build() -> (Network, ParameterStore) {
        let network = architecture.network(options)
        let store = ParameterStore(network)
        FormulaWeights.fill(store)
        return (network, store)
    }
}

/// Preprocessed images from the formula, within ±2.
func formulaImages(_ count: Int, side: Int) -> [Float] {
    var images = [Float](repeating: 0, count: count * side * side * 3)
    images.withUnsafeMutableBufferPointer { FormulaWeights.fill($0, name: "input", low: -2, high: 2) }
    return images
}

/// The largest difference over the largest reference magnitude.
func relativeDifference(_ values: some Collection<Float>, _ reference: some Collection<Float>) -> Double {
    guard values.count == reference.count else { return .infinity }
    var difference = 0.0
    var magnitude = 0.0
    for (value, expected) in zip(values, reference) {
        guard value.isFinite else { return .infinity }
        difference = max(difference, abs(Double(value) - Double(expected)))
        magnitude = max(magnitude, abs(Double(expected)))
    }
    return difference / magnitude
}

@Suite(.serialized) struct ForwardParityTests {
    /// What PyTorch's own bf16 loses against float64, `[batch of 64×64, single image]`.
    struct ReferenceLosses: Decodable {
        struct Losses: Decodable {
            let features: [Double]
            let logits: [Double]
        }
        let bfloat16: Losses
    }

    /// The differences of features and logits from the goldens, for the batch of two and for the single image.
    private func differences(
        _ golden: GoldenNetwork, _ precision: Precision
    ) throws -> (features: [Double], logits: [Double]) {
        let (network, store) = golden.build()
        let features = try readNPY(TestSupport.golden("networks/forward/\(golden.name).features.npy"))
        let logits = try readNPY(TestSupport.golden("networks/forward/\(golden.name).logits.npy"))
        let width = features.shape[1]
        var result = (features: [Double](), logits: [Double]())
        for (rows, side) in [(0..<2, 64), (2..<3, golden.singleSide)] {
            let plan = try Plan(
                network: network, parameters: store, preprocessing: .raw,
                configuration: .init(
                    batch: rows.count, height: side, width: side, precision: precision,
                    taps: [golden.featureTap, "logits"]))
            try plan.forward(preprocessed: formulaImages(rows.count, side: side))
            result.features.append(
                relativeDifference(
                    plan.output(golden.featureTap), features.values[rows.lowerBound * width..<rows.upperBound * width]))
            result.logits.append(
                relativeDifference(plan.output("logits"), logits.values[rows.lowerBound * 10..<rows.upperBound * 10]))
        }
        return result
    }

    @Test(arguments: GoldenNetwork.all) func f32EqualsPyTorch(_ golden: GoldenNetwork) throws {
        let (features, logits) = try differences(golden, .f32)
        for difference in features + logits { #expect(difference <= 1e-5, "\(features) \(logits)") }
    }

    private func rootMeanSquare(_ values: [Double]) -> Double {
        (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
    }

    @Test(
        .enabled(if: Precision.bf16.isSupported, "this processor cannot compute in bf16"), arguments: GoldenNetwork.all)
    func bf16LosesNoMoreThanPyTorch(_ golden: GoldenNetwork) throws {
        let data = try Data(
            contentsOf: URL(fileURLWithPath: TestSupport.golden("networks/forward/reference_losses.json")))
        let all = try JSONDecoder().decode([String: ReferenceLosses].self, from: data)
        let reference = try #require(all[golden.name]).bfloat16
        let (features, logits) = try differences(golden, .bf16)
        let losses = reference.features + reference.logits
        for (difference, loss) in zip(features + logits, losses) {
            #expect(difference <= 3e-2)
            // Its logits lose up to 1.6 times as much where the processor multiplies bf16 itself (seen on an Intel Xeon).
            withKnownIssue("MobileNetV2's logits in bf16", isIntermittent: true) {
                #expect(difference <= 1.5 * loss, "\(difference) against PyTorch's \(loss)")
            } when: {
                golden.name == "mobilenet_v2-keras"
            }
        }
        let (ours, theirs) = (rootMeanSquare(features + logits), rootMeanSquare(losses))
        #expect(ours <= 1.25 * theirs, "\(ours) against PyTorch's \(theirs) over all")
    }
}
