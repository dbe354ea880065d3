import Datasets
import Files
import Foundation
import Inference
import Metrics
import Reports
import Tasks
import Tensors
import TestSupport
import Testing

/// What grows with the square of the classes, or faster, does not end within these tests' time.
@Suite struct ManyClassesTests {
    private static let classCount = 5000
    private static let classNames = (0..<classCount).map { "species \($0)" }

    /// Predictions of a classifier that names the next class for one image in four.
    private func tally(images: Int, probabilityLimit: Int = ClassLimit.rankedProbabilities) -> ClassificationTally {
        var tally = ClassificationTally(classCount: Self.classCount, probabilityLimit: probabilityLimit)
        for image in 0..<images {
            var probabilities = [Double](repeating: 0.5 / Double(Self.classCount), count: Self.classCount)
            probabilities[(image + (image % 4 == 0 ? 1 : 0)) % Self.classCount] += 0.5
            tally.add(label: image % Self.classCount, probabilities: probabilities)
        }
        return tally
    }

    private func report(_ tally: ClassificationTally) -> RunReport {
        RunReport(
            name: "species", model: ReportSamples.model(), classNames: Self.classNames,
            result: ClassificationResult(
                JudgedPass(role: "test", folder: "species", seconds: 1), tally: tally))
    }

    @Test(.timeLimit(.minutes(1))) func aReportShowsTheWorstAndItsFilesHoldTheRest() throws {
        var report = report(tally(images: 100))
        report.data = [.init(role: "training", folder: "species", imagesPerClass: Array(1...Self.classCount))]
        let folder = try TemporaryDirectory()
        try report.write(to: folder.path)

        let page = try String(contentsOfFile: folder.file("report.html"), encoding: .utf8)
        #expect(page.contains("Shown are 1,000 of 5,000 classes, those with the lowest F1; report.json has all."))
        #expect(page.contains("Shown are 1,000 of 5,000 classes, those with the fewest images; report.json has all."))
        #expect(page.components(separatedBy: "<tr><th scope=\"row\">species ").count < 2100)
        for image in stride(from: 0, to: 100, by: 4) {
            #expect(page.contains("<tr><th scope=\"row\">species \(image)</th><td class=\"number\">0.0"), "\(image)")
        }

        let data = try Data(contentsOf: URL(fileURLWithPath: folder.file("report.json")))
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect((object["per_class"] as? [Any])?.count == Self.classCount)
        #expect(object["confusion_matrix"] is NSNull && object["confusion_matrix_normalized"] is NSNull)
        let cells = try #require(object["confusion_cells"] as? [[Int]])
        #expect(cells.count == 100 && cells.contains([4, 5, 1]) && cells.contains([5, 5, 1]))
        #expect(object["macro_roc_auc"] is Double && (object["omissions"] as? [String])?.isEmpty == true)

        var reader = try CSVReader(contentsOf: folder.file("confusion_matrix.csv"))
        let rows = try reader.rest().map(\.fields)
        #expect(rows[0] == ["actual", "predicted", "images"] && rows[1] == ["species 0", "species 1", "1"])
        #expect(rows.count == 101)
    }

    @Test(.timeLimit(.minutes(1))) func whatIsTooMuchToComputeIsSaid() throws {
        let report = report(tally(images: 100, probabilityLimit: 99 * Self.classCount))
        let metrics = report.classification.metrics
        #expect(metrics.values[.macroROCAUC] == nil && metrics.values[.weightedAveragePrecision] == nil)
        #expect(metrics.values[.accuracy] == 0.75 && metrics.intervals[.macroF1] != nil)
        #expect(report.json.compactText.contains(#""macro_roc_auc": null"#))
        #expect(report.json.compactText.contains(#""omissions": ["ROC-AUC and average precision are not computed: "#))
        #expect(report.html.contains("ROC-AUC and average precision are not computed: 100 images × 5,000 classes"))
    }
}
