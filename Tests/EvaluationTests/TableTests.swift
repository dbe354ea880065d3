import Evaluation
import Foundation
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

    @Test func featuresReadBackTheSame() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("features.csv")
        let features: [Float] = [0.1, 1 / 3, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -0.0, 16_777_215]
        let table = try FeatureTable(path, columns: features.indices.map { "f\($0)" })
        try table.write(file: "forest/ü, 1.jpg", label: "forest", features: features)
        try table.write(file: "b.png", label: nil, features: features.reversed())
        try table.finish()
        var reader = try CSVReader(contentsOf: path)
        let rows = try reader.rest().map(\.fields)
        #expect(rows[0] == ["filename", "label", "f0", "f1", "f2", "f3", "f4", "f5"])
        #expect(rows[1][...1] == ["forest/ü, 1.jpg", "forest"])
        #expect(rows[1][2...].map { Float($0) } == features)
        #expect(rows[2][1] == "")
        #expect(rows[2][2...].map { Float($0) } == features.reversed())
        #expect(rows[1][2] == "0.1")
    }

    @Test func tablesSayThatTheDiskIsFull() throws {
        let table = try FeatureTable("/dev/full", columns: (0..<2048).map { "f\($0)" })
        let features = [Float](repeating: 0.123456, count: 2048)
        let error = #expect(throws: OutputError.self) {
            for index in 0..<100 { try table.write(file: "\(index)", label: nil, features: features) }
        }
        #expect(error?.description.hasPrefix("cannot write /dev/full: No space left on device") == true)
        let predictions = try PredictionTable("/dev/full", classNames: ["a", "b"])
        #expect(throws: OutputError.self) { try predictions.finish() }
    }
}
