import Datasets
import Foundation
import Tasks
import TestSupport
import Testing

@Suite struct RegressionTests {
    private let task = LearningTask.regression.definition

    private func samples(_ numbers: [Double]) -> [Sample] {
        numbers.enumerated().map { Sample(.file("\($0)"), name: "\($0)", target: .number($1)) }
    }

    @Test func outputsCountStandardDeviationsFromTheMean() throws {
        let rules = task.rules(training: samples([10, 14, 10, 14]))
        #expect(rules == AnswerRules(scale: OutputScale(offset: 12, unit: 2)))
        #expect(task.values([-1, 0, 1.5], rules: rules) == [10, 12, 15])
        #expect(task.rules(training: samples([7, 7, 7])).scale == OutputScale(offset: 7, unit: 1))
        #expect(task.rules(training: samples([0, 1e-120])).scale == OutputScale(offset: 0, unit: 1))
        #expect(task.rules(training: samples([1e15, 1e15 + 2])).scale == OutputScale(offset: 1e15 + 1, unit: 1))
        #expect(task.rules(training: samples([-1e100, 1e100])).scale == OutputScale(offset: 0, unit: 1e100))
        let answer = try #require(
            task.answer(file: "a.png", target: .number(11), views: [[1], [-2]], rules: rules) as? NumberPrediction)
        #expect(answer.predicted == 11 && answer.actual == 11, "the mean of the views")
        #expect(answer.row(["age"]) == ["a.png", "11.0", "11.0"])
    }

    /// What `Scripts/goldens/training.py` stores.
    private struct SquaredErrors: Decodable {
        struct Case: Decodable {
            let imageWeights: [Double]?
            let loss: Double
            let gradient: [Float]
        }
        let outputs: [Float]
        let targets: [Double]
        let offset, unit: Double
        let cases: [Case]
    }

    @Test func lossAndGradientEqualPyTorchs() throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: golden("training/squared_errors.json")))
        let expected = try JSONDecoder().decode(SquaredErrors.self, from: data)
        let rules = AnswerRules(scale: OutputScale(offset: expected.offset, unit: expected.unit))
        let loss = task.loss(LossConfiguration(), training: [], outputCount: 1, rules: rules)
        #expect(expected.cases.count == 2)
        for golden in expected.cases {
            // One row more than there are images, as in a batch that is not full.
            var gradient = [Float](repeating: 9, count: expected.outputs.count + 1)
            let result = expected.outputs.withUnsafeBufferPointer { outputs in
                gradient.withUnsafeMutableBufferPointer {
                    loss(
                        outputs: outputs, targets: expected.targets.map(Target.number), weights: golden.imageWeights,
                        gradient: $0)
                }
            }
            #expect(abs(result.mean - golden.loss) < 1e-12)
            #expect(zip(gradient, golden.gradient).allSatisfy { abs($0 - $1) <= 1e-7 } && gradient.last == 0)
        }
    }

    /// What `Scripts/goldens/metrics.py` stores.
    private struct Judged: Decodable {
        let numbers, predictions: [Double]
        let values: [String: Double]
    }

    @Test func metricsEqualScikitLearns() throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: golden("metrics/regression.json")))
        let cases = try JSONDecoder().decode([Judged].self, from: data)
        #expect(cases.count == 5)
        for expected in cases {
            let tally = RegressionTally(numbers: expected.numbers, predictions: expected.predictions)
            let values = tally.values
            #expect(Set(values.keys.map(\.rawValue)) == Set(expected.values.keys))
            for (metric, value) in values {
                let other = expected.values[metric.rawValue] ?? .nan
                #expect(abs(value - other) <= 1e-9 * max(1, abs(other)), "\(metric)")
            }
        }
    }

    @Test func epochsAndExaminationsAreJudgedInTheNumbersUnit() throws {
        let rules = AnswerRules(scale: OutputScale(offset: 100, unit: 10))
        var judge = task.judge(outputCount: 1, rules: rules)
        var examiner = task.examiner(outputCount: 1)
        for (output, number) in [(0, 103), (1, 110), (-1, 89)] as [(Float, Double)] {
            [output].withUnsafeBufferPointer { judge.add($0, .number(number)) }
            let sample = Sample(.file("a"), name: "\(number)", target: .number(number))
            examiner.add(
                task.answer(file: sample.name, target: sample.target, views: [[output]], rules: rules), to: sample)
        }
        #expect(abs(judge.values[0] - 4 / 3.0) < 1e-12 && abs(judge.values[1] - (10 / 3.0).squareRoot()) < 1e-12)
        let result = examiner.result(JudgedPass(role: "test", folder: "f", seconds: 1))
        #expect(result.imageCount == 3 && result.figures["mean_absolute_error"] == judge.values[0])
        #expect(result.figures["r2"] == judge.values[2])
        #expect(result.headline.hasPrefix("mean absolute error 1.33 ("))
    }

    /// Points whose number is a sum of their features.
    private func cloud(_ name: String, count: Int) -> LabelledFeatures {
        var values = [Float](repeating: 0, count: count * 5)
        values.withUnsafeMutableBufferPointer { FormulaWeights.fill($0, name: name, low: -1, high: 1) }
        var images = LabelledFeatures(featureCount: 5)
        for index in 0..<count {
            let row = values[index * 5..<(index + 1) * 5]
            let number = 40 + row.enumerated().reduce(0) { $0 + Double($1.offset) * Double($1.element) }
            images.append(file: "\(index)", target: .number(number), features: row)
        }
        return images
    }

    @Test func simpleModelsAreJudgedByWhatTheyExplain() throws {
        let crossed = try #require(RegressionProbe(training: cloud("known", count: 80), test: nil, seed: 1))
        #expect(!crossed.hasTestImages && crossed.judgedCount == 80 && crossed.featureCount == 5)
        let tested = try #require(
            RegressionProbe(training: cloud("known", count: 80), test: cloud("others", count: 30), seed: 1))
        #expect(tested.hasTestImages && tested.judgedCount == 30 && tested.strength == 1)
        for probe in [crossed, tested] {
            #expect(
                probe.figure.name == "r2"
                    && probe.scores.map(\.key) == ["mean", "nearest_neighbours", "ridge_regression"])
            #expect(probe.scores[0].value < 0 && probe.scores[1].value > 0.4 && probe.scores[2].value > 0.99)
        }
        var same = LabelledFeatures(featureCount: 1)
        for index in 0..<4 { same.append(file: "\(index)", target: .number(3), features: [Float(index)]) }
        #expect(RegressionProbe(training: same, test: nil, seed: 1) == nil)
    }

    @Test func trialsAreJudgedByWhatALinearModelExplains() throws {
        let (known, others) = (cloud("known", count: 80), cloud("others", count: 30))
        let score = try task.linearScore(
            training: known.features, known.targets, validation: others.features, others.targets, outputCount: 1)
        #expect(score > 0.99 && score <= 1)
    }
}
