import Datasets
import Foundation
import Tasks
import TestSupport
import Testing

@Suite struct SoftmaxCrossEntropyTests {
    private struct Golden: Decodable {
        let labels: [Int]
        let correct: Int
        let cases: [Case]

        struct Case: Decodable {
            let labelSmoothing: Double
            let classWeights: [Double]?
            let imageWeights: [Double]?
            let loss: Double
            let gradient: [Double]
        }
    }

    private let golden: Golden
    private let logits: [Float]

    init() throws {
        golden = try readJSON("training/losses.json")
        logits = formula("logits", count: 30, low: -6, high: 6)
    }

    @Test func equalsPyTorch() {
        #expect(golden.cases.count == 8)
        for expected in golden.cases {
            let loss = SoftmaxCrossEntropy(
                classCount: 5, labelSmoothing: expected.labelSmoothing, classWeights: expected.classWeights)
            var gradient = [Float](repeating: .nan, count: 30)
            let result = evaluate(loss, logits, golden.labels, &gradient, weights: expected.imageWeights)
            #expect(abs(result.mean - expected.loss) <= 1e-12 * abs(expected.loss))
            #expect(result.correct == golden.correct)
            #expect(result.images == 6)
            #expect(largestDifference(gradient, expected.gradient) <= 1e-8)
        }
    }

    @Test func rowsBeyondTheLabelsGetNoGradient() {
        let loss = SoftmaxCrossEntropy(classCount: 5)
        var gradient = [Float](repeating: .nan, count: 30)
        let result = evaluate(loss, logits, Array(golden.labels.prefix(4)), &gradient)
        #expect(result.images == 4)
        #expect(gradient[20...].allSatisfy { $0 == 0 })
        #expect(gradient[..<20].allSatisfy { $0.isFinite })
    }

    @Test func largeLogitsStayFinite() {
        let loss = SoftmaxCrossEntropy(classCount: 2)
        var gradient: [Float] = [0, 0]
        let result = evaluate(loss, [1e30, -1e30], [1], &gradient)
        #expect(result.mean == Double(Float(1e30)) * 2)
        #expect(gradient == [1, -1])
    }

    @Test func lossOfAnEpochIsTheWeightedMeanOfItsBatches() {
        let loss = SoftmaxCrossEntropy(classCount: 5, labelSmoothing: 0.1, classWeights: [0.5, 2, 1, 0.25, 3])
        var gradient = [Float](repeating: 0, count: 30)
        for weights in [[1, 1, 1, 1, 1, 1], [1, 0.5, 2, 0, 3, 1.5]] as [[Double]] {
            let whole = evaluate(loss, logits, golden.labels, &gradient, weights: weights)
            var total = BatchLoss()
            total += evaluate(
                loss, Array(logits[..<10]), Array(golden.labels[..<2]), &gradient, weights: Array(weights[..<2]))
            total += evaluate(
                loss, Array(logits[10...]), Array(golden.labels[2...]), &gradient, weights: Array(weights[2...]))
            #expect(abs(total.mean - whole.mean) < 1e-12)
            #expect(total.correct == whole.correct)
        }
    }

    @Test func balancedWeightsAreInverseFrequencies() throws {
        let samples = [0, 1, 1, 1, 2, 2].map { Sample(path: "", name: "", label: $0) }
        let weights = try #require(ClassWeights.balanced.weights(samples, classCount: 3))
        #expect(largestDifference(weights.map { Float($0) }, [2, 2 / 3.0, 1]) < 1e-6)
        #expect(ClassWeights.equal.weights(samples, classCount: 3) == nil)
        #expect(ClassWeights.given([1, 2, 3]).weights(samples, classCount: 3) == [1, 2, 3])
    }

    private func evaluate(
        _ loss: SoftmaxCrossEntropy, _ logits: [Float], _ labels: [Int], _ gradient: inout [Float],
        weights: [Double]? = nil
    ) -> BatchLoss {
        logits.withUnsafeBufferPointer { logits in
            gradient.withUnsafeMutableBufferPointer {
                loss(logits: logits, labels: labels, imageWeights: weights, gradient: $0)
            }
        }
    }
}
