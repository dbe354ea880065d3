import Foundation
import TestSupport
import Testing
import Training

@Suite struct ScheduleTests {
    private struct Golden: Decodable {
        let cosine: [Cosine]
        let oneCycle: [OneCycle]
        let step: [Double]

        struct Cosine: Decodable {
            let stepsPerEpoch, epochs: Int
            let minimum: Double
            let factors: [Double]
        }

        struct OneCycle: Decodable {
            let stepsPerEpoch, epochs: Int
            let rise, initialDivisor, finalDivisor: Double
            let factors: [Double]
        }
    }

    private let golden: Golden

    init() throws { golden = try readJSON("training/schedules.json") }

    @Test func cosineEqualsPyTorch() {
        #expect(golden.cosine.count == 2)
        for expected in golden.cosine {
            let factors = factors(.init(.cosine(minimum: expected.minimum)), expected.stepsPerEpoch, expected.epochs)
            #expect(distance(factors, expected.factors) < 1e-12)
        }
    }

    @Test func oneCycleEqualsPyTorch() {
        #expect(golden.oneCycle.count == 3)
        for expected in golden.oneCycle {
            let shape = ScheduleConfiguration.Shape.oneCycle(
                rise: expected.rise, initialDivisor: expected.initialDivisor, finalDivisor: expected.finalDivisor)
            let factors = factors(.init(shape), expected.stepsPerEpoch, expected.epochs)
            #expect(distance(factors, expected.factors) < 1e-12, "\(expected)")
        }
    }

    @Test func stepEqualsPyTorch() {
        #expect(distance(factors(.init(.step(epochs: 2, factor: 0.1)), 4, 5), golden.step) < 1e-12)
    }

    @Test func warmUpRisesInEqualStepsToTheSchedule() {
        #expect(factors(.init(.constant, warmUpEpochs: 1), 4, 2) == [0.25, 0.5, 0.75, 1, 1, 1, 1, 1])
        // Half an epoch of five steps, rounded: 2.5 becomes 3; the cosine has the remaining seven to itself.
        let warmed = factors(.init(.cosine(), warmUpEpochs: 0.5), 5, 2)
        let cosine = factors(.init(.cosine()), 7, 1)
        #expect(distance(warmed, [1 / 3.0, 2 / 3.0, 1] + cosine) < 1e-12)
    }

    @Test func warmUpLongerThanTheStageStaysWithinIt() {
        #expect(factors(.init(.cosine(), warmUpEpochs: 9), 2, 1) == [0.5, 1])
    }

    @Test func extremesAreFinite() {
        for shape in [
            ScheduleConfiguration.Shape.oneCycle(), .oneCycle(rise: 0), .oneCycle(rise: 1), .cosine(), .constant,
        ] {
            for (perEpoch, epochs) in [(1, 1), (2, 1), (3, 2)] {
                for factor in factors(.init(shape, warmUpEpochs: 0.4), perEpoch, epochs) {
                    #expect(factor.isFinite && factor >= 0 && factor <= 1, "\(shape) \(perEpoch) \(epochs)")
                }
            }
        }
    }

    private func factors(_ schedule: ScheduleConfiguration, _ stepsPerEpoch: Int, _ epochs: Int) -> [Double] {
        (0..<stepsPerEpoch * epochs).map { schedule.factor(step: $0, stepsPerEpoch: stepsPerEpoch, epochs: epochs) }
    }

    private func distance(_ a: [Double], _ b: [Double]) -> Double {
        a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? 0 : .infinity
    }
}
