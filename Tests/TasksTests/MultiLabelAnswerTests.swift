import Datasets
import Foundation
import Metrics
import Tasks
import TestSupport
import Testing

/// Answers that name any number of classes.
@Suite struct MultiLabelAnswerTests {
    private let classNames = ["cat", "dog", "sea;side"]
    private let task = LearningTask.multiLabel.definition

    private func answer(
        _ views: [[Float]], _ labels: [Int]? = [0, 2], _ rules: AnswerRules = AnswerRules()
    ) -> any Answer {
        task.answer(file: "a,b.jpg", target: labels.map(Target.categories), views: views, rules: rules)
    }

    private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

    @Test func probabilitiesAreSigmoidsAndOfViewsTheMean() throws {
        let one = try #require(answer([[2, -1, 0]]) as? MultiLabelPrediction)
        #expect(zip(one.probabilities, [2, -1, 0].map(sigmoid)).allSatisfy { abs($0 - $1) < 1e-15 })
        #expect(one.named == [0, 2], "a half is named")
        let two = try #require(
            answer([[2, -1, 0], [4, 1, -2]], nil, AnswerRules(temperature: 2)) as? MultiLabelPrediction)
        let expected = [(1.0, 2.0), (-0.5, 0.5), (0, -1)].map { (sigmoid($0) + sigmoid($1)) / 2 }
        #expect(zip(two.probabilities, expected).allSatisfy { abs($0 - $1) < 1e-15 })
        #expect(two.labels == nil)
        let huge = try #require(answer([[1e30, -1e30, 0]]) as? MultiLabelPrediction)
        #expect(huge.probabilities == [1, 0, 0.5])
    }

    @Test func thresholdsDecideWhatIsNamed() throws {
        let rules = AnswerRules(thresholds: [0.9, 0.2, 0.5])
        let prediction = try #require(answer([[2, -1, -0.1]], [0], rules) as? MultiLabelPrediction)
        #expect(prediction.named == [1])
        #expect(task.explained(prediction.probabilities, rules: rules) == [1])
        #expect(task.explained([0.1, 0.1, 0.4], rules: rules) == [2], "the most probable where none is named")
    }

    @Test func withoutTemperatureTheSameClassesAreNamed() {
        let rules = AnswerRules(temperature: 2.5, thresholds: [0.3, 0.8, 0.999])
        #expect(AnswerRules(thresholds: [0.3]).uncalibrated == AnswerRules(thresholds: [0.3]))
        for outputs in stride(from: Float(-6), through: 6, by: 0.37).map({ [$0, $0 + 1, 50 * $0] }) {
            let named = [rules, rules.uncalibrated].map { rules in
                (answer([outputs], nil, rules) as? MultiLabelPrediction)?.named
            }
            #expect(named[0] == named[1] && named[0] != nil, "\(outputs)")
        }
        // 0.3 under the temperature is an output of 2.5 · log(0.3 / 0.7).
        let moved = rules.uncalibrated.thresholds ?? []
        #expect(abs(moved[0] - sigmoid(2.5 * log(0.3 / 0.7))) < 1e-15)
    }

    @Test func rowsStandUnderTheirColumns() {
        let prediction = answer([[2, -1, 0]])
        let row = prediction.row(classNames)
        #expect(task.tableColumns(classNames) == ["filename", "labels", "predicted", "cat", "dog", "sea;side"])
        #expect(row.count == 6 && Array(row.prefix(3)) == ["a,b.jpg", "cat;sea;side", "cat;sea;side"])
        #expect(row[5] == "0.5")
        for top in [1, 2, 3] {
            let words = prediction.words(classNames, top: top)
            #expect(words.fields.count == task.printedColumns(top: top).count)
        }
        let words = prediction.words(classNames, top: 1)
        #expect(words.text == ["cat;sea;side", "0.8808;0.5000"])
        #expect(words.members.map(\.key) == ["predicted", "probabilities"])
    }

    /// The temperature is that of the smallest loss, and thresholds are fitted under it.
    @Test func rulesAreFitted() throws {
        // Logits that are three times as sure as they should be.
        let count = 400
        let uniform = formula("uniform", count: count * 2, low: 0, high: 1)
        let truth = formula("truth", count: count * 2, low: -2, high: 2)
        let targets = (0..<count).map { row in
            Target.categories((0..<2).filter { Double(uniform[2 * row + $0]) < sigmoid(Double(truth[2 * row + $0])) })
        }
        let outputs = truth.map { 3 * $0 }
        let fit = task.fit(outputs: outputs, targets: targets)
        let temperature = try #require(fit.temperature)
        #expect(temperature.value > 2.4 && temperature.value < 3.8)
        #expect(temperature.imageCount == count && temperature.lossAfter < temperature.lossBefore)
        func loss(_ temperature: Double) -> Double {
            let scaled = outputs.map { Float(Double($0) / temperature) }
            return scaled.withUnsafeBufferPointer {
                task.loss(LossConfiguration(), training: [], outputCount: 2, rules: AnswerRules())(
                    outputs: $0, targets: targets, weights: nil, gradient: nil
                ).mean
            }
        }
        #expect(
            abs(loss(1) - temperature.lossBefore) < 1e-9 && abs(loss(temperature.value) - temperature.lossAfter) < 1e-6)
        #expect(loss(0.97 * temperature.value) > temperature.lossAfter)
        #expect(loss(1.03 * temperature.value) > temperature.lossAfter)
        #expect(fit.thresholds?.count == 2 && fit.thresholds?.allSatisfy { $0 > 0.1 && $0 < 0.9 } == true)
    }

    @Test func epochsAreJudgedAtOneHalf() {
        var judge = task.judge(outputCount: 2, rules: AnswerRules())
        for (outputs, labels) in [([1, -1], [0]), ([0.5, 2], [1]), ([-3, 0], [1]), ([2, -2], [0])] as [([Float], [Int])]
        {
            outputs.withUnsafeBufferPointer { judge.add($0, .categories(labels)) }
        }
        // scikit-learn: average_precision_score, f1_score(micro), f1_score(macro), accuracy_score.
        let expected: [Double] = [1, 8.0 / 9, 0.9, 0.75]
        #expect(zip(judge.values, expected).allSatisfy { abs($0 - $1) < 1e-12 }, "\(judge.values)")
    }

    @Test func examinationCounts() throws {
        var examiner = task.examiner(outputCount: 3)
        for (index, labels) in [[0], [], [1, 2]].enumerated() {
            let sample = Sample(.file("\(index)"), name: "\(index)", target: .categories(labels))
            examiner.add(
                task.answer(file: "\(index)", target: sample.target, views: [[1, -1, -2]], rules: AnswerRules()),
                to: sample)
        }
        let result = try #require(
            examiner.result(JudgedPass(role: "test", folder: "f", seconds: 1)) as? MultiLabelResult)
        #expect(result.imageCount == 3 && result.judged.count == 3)
        #expect(result.figures["subset_accuracy"] == 1 / 3.0)
        #expect(result.report.hammingLoss == 4 / 9.0)
        #expect(result.headline.hasPrefix("mean average precision 0."))
    }

    @Test func balancedWeightsArePositivesAgainstTheRest() {
        let samples = [[0], [0, 1], [0], []].map { Sample(.file(""), name: "", target: .categories($0)) }
        let loss = task.loss(
            LossConfiguration(positiveWeights: .balanced), training: samples, outputCount: 3, rules: AnswerRules())
        let given = task.loss(
            LossConfiguration(positiveWeights: .given([1 / 3.0, 3, 1])), training: samples, outputCount: 3,
            rules: AnswerRules())
        let outputs: [Float] = [0.3, -0.7, 2]
        outputs.withUnsafeBufferPointer { outputs in
            func value(_ loss: any Loss) -> Double {
                loss(outputs: outputs, targets: [.categories([0, 1])], weights: nil, gradient: nil).mean
            }
            #expect(value(loss) == value(given))
        }
    }

    @Test func everyTaskIsFoundByItsName() {
        #expect(LearningTask.catalogue.map(\.rawValue) == ["classification", "multi_label", "regression"])
        for task in LearningTask.catalogue {
            #expect(LearningTask(rawValue: task.rawValue) == task)
            #expect(task.monitors.count == Set(task.monitors.map(\.name)).count)
            #expect(task.columns.count == Set(task.columns).count)
        }
        #expect(LearningTask(rawValue: "miracles") == nil)
        #expect(
            LearningTask.classification.columns == [
                "epoch", "stage", "train_loss", "train_accuracy", "val_loss", "val_accuracy", "val_macro_f1", "lr",
                "seconds",
            ])
    }
}
