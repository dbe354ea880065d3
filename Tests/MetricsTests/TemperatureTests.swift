import Foundation
import Metrics
import TestSupport
import Testing

@Suite struct TemperatureTests {
    /// A case of `Scripts/goldens/metrics.py`: logits, and the temperature that SciPy finds.
    struct Case: Decodable {
        let labels: [Int]
        let logits: [[Float]]
        let temperature: Double?
        let lossBefore: Double?
        let lossAfter: Double?
        let eceBefore: Double?
        let eceAfter: Double?
    }

    static let cases: [String: Case] = {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let data = FileManager.default.contents(atPath: golden("metrics/temperatures.json")) else { return [:] }
        return (try? decoder.decode([String: Case].self, from: data)) ?? [:]
    }()

    @Test func goldensArePresent() { #expect(Self.cases.count == 6) }

    @Test(arguments: cases.keys.sorted()) func equalsTheReference(_ name: String) throws {
        let expected = try #require(Self.cases[name])
        let fit = Temperature(logits: Array(expected.logits.joined()), labels: expected.labels)
        guard let value = expected.temperature else {
            #expect(fit == nil)
            return
        }
        let found = try #require(fit)
        #expect(abs(found.value / value - 1) < 1e-9)
        #expect(found.imageCount == expected.labels.count)
        #expect(abs(found.lossBefore - (try #require(expected.lossBefore))) < 1e-9)
        #expect(abs(found.lossAfter - (try #require(expected.lossAfter))) < 1e-9)

        var tally = ClassificationTally(classCount: try #require(expected.logits.first?.count))
        for (label, logits) in zip(expected.labels, expected.logits) {
            tally.add(Prediction(file: "", label: label, logits: logits, temperature: found.value))
        }
        #expect(abs((tally.calibration.expectedError ?? -1) - (try #require(expected.eceAfter))) < 1e-9)
        #expect(abs((tally.uncalibrated?.expectedError ?? -1) - (try #require(expected.eceBefore))) < 1e-9)
        #expect(abs((tally.uncalibrated?.logLoss ?? -1) - found.lossBefore) < 1e-9)
        #expect(abs((tally.calibration.logLoss ?? -1) - found.lossAfter) < 1e-9)
    }

    /// With its class second of three, a single image has a best temperature of its own, which says nothing about others.
    @Test func oneImageHasNone() {
        let logits: [Float] = [2, 1.5, -4]
        #expect(Temperature(logits: logits, labels: [1]) == nil)
        #expect(Temperature(logits: logits + logits, labels: [1, 1]) != nil)
        #expect(Temperature(logits: [], labels: []) == nil)
    }

    @Test func neverChangesThePrediction() {
        // Divided by 20 these differ by less than a probability can tell.
        let near: [Float] = [0, 1e-15, -1]
        let hot = Prediction(file: "", label: 0, logits: near, temperature: 20)
        #expect(hot.probabilities[0] == hot.probabilities[1])
        #expect(hot.predicted == 1)
        #expect(Prediction(file: "", label: 0, logits: near).predicted == 1)
        var tally = ClassificationTally(classCount: 3)
        tally.add(hot)
        #expect(tally.confusion[actual: 0, predicted: 1] == 1)
    }

    @Test func neverChangesThePredictionOfSeveralViews() {
        // Divided by 0.05 two views outvote the third, which else is the surest.
        let views: [[Float]] = [[0.5, 0], [0.5, 0], [0, 2]]
        let cold = Prediction(file: "", label: nil, views: views, temperature: 0.05)
        #expect(cold.probabilities[0] > 0.6)
        #expect(cold.predicted == 1)
        #expect(Prediction(file: "", label: nil, views: views).predicted == 1)
    }

    @Test func dividesTheLogits() {
        let prediction = Prediction(file: "", label: 1, logits: [2, 6] as [Float], temperature: 4)
        #expect(abs(prediction.probability - 1 / (1 + exp(-1))) < 1e-15)
        #expect(abs((prediction.uncalibrated?[1] ?? 0) - 1 / (1 + exp(-4))) < 1e-15)
        #expect(abs((prediction.loss ?? 0) - log1p(exp(-1))) < 1e-15)
        #expect(Prediction(file: "", label: 1, logits: [2, 6] as [Float]).uncalibrated == nil)
    }

    @Test func needsImages() { #expect(Temperature(logits: [], labels: []) == nil) }
}
