import Files
import Foundation
import Inference
import Metrics
import TestSupport
import Testing

@Suite struct TableTests {
    @Test func predictionsHaveTheseColumns() throws {
        let folder = try TemporaryDirectory()
        let table = try PredictionTable(folder.file("predictions.csv"), classNames: ["cat", "a, b"])
        try table.write(Prediction(file: "cat/\"1\".jpg", label: 0, logits: [0, 0] as [Float]))
        try table.write(Prediction(file: "two\nlines.png", label: nil, logits: [0, Float(log(3.0))]))
        try table.finish()
        var reader = try CSVReader(contentsOf: folder.file("predictions.csv"))
        let rows = try reader.rest().map(\.fields)
        #expect(rows[0] == ["filename", "label", "predicted", "probability", "cat", "a, b"])
        #expect(rows[1] == ["cat/\"1\".jpg", "cat", "cat", "0.5", "0.5", "0.5"])
        #expect(Array(rows[2][...2]) == ["two\nlines.png", "", "a, b"])
        #expect(abs(try #require(Double(rows[2][3])) - 0.75) < 1e-7)
        #expect(rows[2][3] == rows[2][5])
    }

    @Test func predictionOfALabelledImage() throws {
        let prediction = Prediction(file: "a", label: 2, logits: [1, 2, 2] as [Float])
        #expect(prediction.predicted == 1)
        #expect(prediction.probability == prediction.probabilities[1])
        #expect(abs(try #require(prediction.loss) + log(prediction.probabilities[2])) < 1e-12)
        #expect(Prediction(file: "a", label: nil, logits: [1, 2] as [Float]).loss == nil)
    }

    @Test func predictionOfSeveralViews() throws {
        let views: [[Float]] = [[2, 0, 1], [0, 3, 0], [1, 1, 1]]
        let prediction = Prediction(file: "a", label: 2, views: views, temperature: 2)
        let means = (0..<3).map { index in
            views.reduce(0) { $0 + Softmax.probabilities($1, temperature: 2)[index] } / 3
        }
        #expect(zip(prediction.probabilities, means).allSatisfy { abs($0 - $1) < 1e-15 })
        #expect(prediction.predicted == 1)
        #expect(prediction.ranking == [1, 0, 2])
        #expect(abs(try #require(prediction.loss) + log(means[2])) < 1e-12)
        #expect(try #require(prediction.uncalibrated) != prediction.probabilities)
        // Where the probability itself is zero, the loss is not infinite.
        let sure = Prediction(file: "a", label: 0, views: [[0, 1000], [0, 1002]] as [[Float]])
        #expect(sure.probabilities[0] == 0)
        #expect(abs(try #require(sure.loss) - (1000 + log(2 / (1 + exp(-2.0))))) < 1e-9)
        let one = Prediction(file: "a", label: 0, views: [[1, 2]] as [[Float]], temperature: 3)
        #expect(one == Prediction(file: "a", label: 0, logits: [1, 2] as [Float], temperature: 3))
        #expect(Prediction(file: "a", label: nil, logits: [1, 2, 2, 1] as [Float]).ranking == [1, 2, 0, 3])
    }

    @Test func tablesSayThatTheDiskIsFull() throws {
        let predictions = try PredictionTable("/dev/full", classNames: ["a", "b"])
        let error = #expect(throws: OutputError.self) { try predictions.finish() }
        #expect(error?.description.hasPrefix("cannot write /dev/full: No space left on device") == true)
    }

    @Test func predictionsOfManyClassesHoldTheMostProbable() throws {
        let folder = try TemporaryDirectory()
        let names = (0...ClassLimit.square).map { "c\($0)" }
        var logits = [Float](repeating: 0, count: names.count)
        for (rank, index) in [30, 20, 900, 7, 1].enumerated() { logits[index] = Float(9 - rank) }
        let prediction = Prediction(file: "a.jpg", label: 900, logits: logits)
        let table = try PredictionTable(folder.file("p.csv"), classNames: names)
        try table.write(prediction)
        try table.write(Prediction(file: "b.jpg", label: nil, logits: logits))
        try table.finish()
        var reader = try CSVReader(contentsOf: folder.file("p.csv"))
        let rows = try reader.rest().map(\.fields)
        #expect(
            rows[0] == [
                "filename", "label", "predicted", "probability", "label_probability", "predicted_2", "probability_2",
                "predicted_3", "probability_3", "predicted_4", "probability_4", "predicted_5", "probability_5",
            ])
        let ranked = [20, 900, 7, 1].flatMap { ["c\($0)", prediction.probabilities[$0].description] }
        #expect(
            rows[1] == [
                "a.jpg", "c900", "c30", prediction.probabilities[30].description,
                prediction.probabilities[900].description,
            ] + ranked)
        #expect(rows[2].prefix(2) == ["b.jpg", ""] && rows[2][4].isEmpty)
    }
}
