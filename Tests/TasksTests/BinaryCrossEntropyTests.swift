import Tasks
import TestSupport
import Testing

@Suite struct BinaryCrossEntropyTests {
    private struct Golden: Decodable {
        let answers: [[Int]]
        let correct: Int
        let cases: [Case]

        struct Case: Decodable {
            let labelSmoothing: Double
            let positiveWeights: [Double]?
            let imageWeights: [Double]?
            let loss: Double
            let gradient: [Double]
        }
    }

    private let golden: Golden
    private let logits: [Float]

    init() throws {
        golden = try readJSON("training/binary_losses.json")
        logits = formula("logits", count: 30, low: -6, high: 6)
    }

    @Test func equalsPyTorch() {
        #expect(golden.cases.count == 8)
        for expected in golden.cases {
            let loss = BinaryCrossEntropy(
                classCount: 5, labelSmoothing: expected.labelSmoothing, positiveWeights: expected.positiveWeights)
            var gradient = [Float](repeating: .nan, count: 30)
            let result = evaluate(loss, logits, golden.answers, expected.imageWeights, &gradient)
            #expect(abs(result.mean - expected.loss) <= 1e-12 * abs(expected.loss))
            #expect(abs(result.weight - (expected.imageWeights?.reduce(0, +) ?? 6)) <= 1e-12)
            #expect(result.correct == golden.correct)
            #expect(result.images == 6)
            #expect(largestDifference(gradient, expected.gradient) <= 1e-8)
        }
    }

    @Test func theGradientMayBeLeftOut() {
        let loss = BinaryCrossEntropy(classCount: 5)
        var gradient = [Float](repeating: .nan, count: 30)
        let result = logits.withUnsafeBufferPointer { loss(logits: $0, answers: golden.answers) }
        #expect(result == evaluate(loss, logits, golden.answers, nil, &gradient))
    }

    @Test func rowsBeyondTheAnswersGetNoGradient() {
        let loss = BinaryCrossEntropy(classCount: 5)
        var gradient = [Float](repeating: .nan, count: 30)
        let result = evaluate(loss, logits, Array(golden.answers.prefix(4)), nil, &gradient)
        #expect(result.images == 4)
        #expect(result.weight == 4)
        #expect(gradient[20...].allSatisfy { $0 == 0 })
        #expect(gradient[..<20].allSatisfy { $0.isFinite && $0 != 0 })
    }

    @Test func anImageWithoutWeightCountsForNothing() {
        let loss = BinaryCrossEntropy(classCount: 5)
        var gradient = [Float](repeating: .nan, count: 30)
        let result = evaluate(loss, logits, golden.answers, [1, 1, 1, 1, 0, 0], &gradient)
        #expect(gradient[20...].allSatisfy { $0 == 0 })
        #expect(gradient[..<20].allSatisfy { $0.isFinite && $0 != 0 })
        let first = evaluate(loss, logits, Array(golden.answers.prefix(4)), nil, &gradient)
        #expect(result.sum == first.sum)
        #expect(result.weight == 4)
        #expect(result.images == 6)
    }

    @Test func largeLogitsStayFinite() {
        let large = Double(Float(1e30))
        let loss = BinaryCrossEntropy(classCount: 2, positiveWeights: [1, 3])
        var gradient: [Float] = [.nan, .nan]
        var result = evaluate(loss, [1e30, -1e30], [[1]], nil, &gradient)
        #expect(result.mean == large * 2)
        #expect(result.correct == 0)
        #expect(gradient == [0.5, -1.5])
        result = evaluate(loss, [1e30, -1e30], [[0]], nil, &gradient)
        #expect(result.mean == 0)
        #expect(result.correct == 1)
        #expect(gradient == [0, 0])
        // A softened target is missed by half of ε.
        let softened = BinaryCrossEntropy(classCount: 2, labelSmoothing: 0.5)
        result = evaluate(softened, [1e30, -1e30], [[0]], nil, &gradient)
        #expect(result.mean == large / 4)
        #expect(gradient == [0.125, -0.125])
    }

    /// Where a difference of 1 and the sigmoid would be zero.
    @Test func smallLossesKeepTheirDigits() {
        let loss = BinaryCrossEntropy(classCount: 2)
        var gradient: [Float] = [.nan, .nan]
        let result = evaluate(loss, [50, -50], [[0]], nil, &gradient)
        let expected = 1.928749847963918e-22  // e⁻⁵⁰
        #expect(abs(result.mean - expected) <= 1e-12 * expected)
        #expect(gradient == [-Float(expected / 2), Float(expected / 2)])
    }

    @Test func lossOfAnEpochIsTheWeightedMeanOfItsBatches() {
        let loss = BinaryCrossEntropy(classCount: 5, labelSmoothing: 0.1, positiveWeights: [0.5, 2, 1, 0.25, 3])
        let weights = [1, 0.5, 2, 0.25, 3, 1.5]
        var gradient = [Float](repeating: 0, count: 30)
        let whole = evaluate(loss, logits, golden.answers, weights, &gradient)
        var total = BatchLoss()
        total += evaluate(loss, Array(logits[..<10]), Array(golden.answers[..<2]), Array(weights[..<2]), &gradient)
        total += evaluate(loss, Array(logits[10...]), Array(golden.answers[2...]), Array(weights[2...]), &gradient)
        #expect(abs(total.mean - whole.mean) < 1e-12)
        #expect(total.correct == whole.correct)
        #expect(total.images == whole.images)
    }

    private func evaluate(
        _ loss: BinaryCrossEntropy, _ logits: [Float], _ answers: [[Int]], _ weights: [Double]?,
        _ gradient: inout [Float]
    ) -> BatchLoss {
        logits.withUnsafeBufferPointer { logits in
            gradient.withUnsafeMutableBufferPointer {
                loss(logits: logits, answers: answers, weights: weights, gradient: $0)
            }
        }
    }
}
