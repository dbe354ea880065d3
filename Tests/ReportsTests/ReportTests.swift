import Datasets
import Files
import Foundation
import Images
import Inference
import Metrics
import Reports
import SceneSupport
import Tasks
import TestSupport
import Testing
import Training

@Suite struct ReportTests {
    private func object(_ report: RunReport) throws -> [String: Any] {
        let value = try JSONSerialization.jsonObject(with: Data(report.json.text.utf8))
        return try #require(value as? [String: Any])
    }

    /// The page as a tree. `XMLDocument` is no part of Foundation's core, so tags are matched by hand.
    private func unbalancedTag(in html: String) -> String? {
        let void: Set<Substring> = ["meta", "br", "img", "!DOCTYPE"]
        var open: [Substring] = []
        for piece in html.split(separator: "<").dropFirst() {
            guard let end = piece.firstIndex(of: ">") else { return String(piece) }
            let tag = piece[..<end]
            let name = tag.prefix { !" \n/".contains($0) || $0 == "/" && tag.first == "/" }
            if name.hasPrefix("/") {
                guard open.popLast() == name.dropFirst() else { return String(tag) }
            } else if !tag.hasSuffix("/"), !void.contains(name) {
                open.append(name)
            }
        }
        return open.last.map(String.init)
    }

    @Test func jsonHasThePromisedKeys() throws {
        let report = ReportSamples.run()
        let object = try object(report)
        let scores = report.classification.tally.report
        #expect(abs(try #require(object["accuracy"] as? Double) - scores.accuracy) < 1e-12)
        #expect(abs(try #require(object["macro_f1"] as? Double) - scores.macroAverage.f1) < 1e-12)
        #expect(object["classes"] as? [String] == ReportSamples.scenes)
        #expect(object["confusion_matrix"] as? [[Int]] == report.classification.tally.confusion.rows)
        #expect(object["images"] as? Int == 480)
        #expect(object["seconds"] as? Double == 12.34)
        let perClass = try #require(object["per_class"] as? [[String: Any]])
        #expect(perClass.map { $0["class"] as? String } == ReportSamples.scenes)
        for (row, scores) in zip(perClass, scores.perClass) {
            // Foundation's reader is not exact to the last digit.
            #expect(abs(try #require(row["f1"] as? Double) - scores.f1) < 1e-12)
        }
        #expect(perClass.map { $0["support"] as? Int } == scores.perClass.map(\.support))
        #expect((object["epochs"] as? [[String: Any]])?.count == 12)
        #expect((object["freeze_proof"] as? [[String: Any]])?.map { $0["holds"] as? Bool } == [true, true, true])
        #expect((object["bad_images"] as? [[String: String]])?.count == 1)
        #expect(object["recipe"] as? String == report.recipe)
        #expect(object["top5_accuracy"] is Double)
    }

    @Test func evaluationHasNoTraining() throws {
        let report = ReportSamples.evaluation(classNames: ["a", "b"])
        let object = try object(report)
        for key in ["epochs", "freeze_proof", "best_epoch", "top5_accuracy"] { #expect(object[key] == nil) }
        #expect(!report.html.contains("How it learnt"))
        #expect(!report.html.contains("stayed frozen"))
        #expect(report.html.contains("<svg class=\"matrix"))
        #expect(unbalancedTag(in: report.html) == nil)
    }

    @Test func htmlHasEverything() {
        let html = ReportSamples.run().html
        for heading in [
            "In numbers", "How it learnt", "Class by class", "What was taken for what",
            "Can the probabilities be believed?", "1 image could not be read", "Data", "Model",
            "What was frozen stayed frozen", "Time and machine", "Recipe",
        ] { #expect(html.contains("\">\(heading)</h2>")) }
        #expect(html.components(separatedBy: "<svg").count == 6)
        #expect(html.contains("✓ unchanged"))
        #expect(html.contains("width 110 to 150, half up to 150; height 150"))
        #expect(html.contains("2 identical files are in training and test"))
        #expect(!html.contains("✗ changed"))
        #expect(html.contains("<li>the head is new: 2 tensors were initialised</li>"))
        // Nothing of our own was taken for a stranger's text.
        for trace in ["&lt;", "&quot;", "HTML("] { #expect(!html.contains(trace)) }
        #expect(unbalancedTag(in: html) == nil)
        for reference in ["http:", "https:", "src=", "@import", "url("] { #expect(!html.contains(reference)) }
        #expect(html.components(separatedBy: "<script>").count == 2, "one that sorts tables")
    }

    @Test func baselinesStandBesideTheModel() throws {
        // Two classes, told apart by one number, and one image among the others'.
        var known = LabelledFeatures(featureCount: 2)
        for index in 0..<40 {
            let isSecond = index % 2 == 1
            known.append(
                file: index == 7 ? "<b>odd.jpg" : "\(index).jpg", target: .category(isSecond && index != 7 ? 1 : 0),
                features: [isSecond ? 1 : -1, Float(index % 5)])
        }
        var report = ReportSamples.evaluation(classNames: ["day", "night"])
        report.probe = try ClassificationProbe(training: known, test: nil, classCount: 2, seed: 1)
        #expect(report.html.contains("\">What are its features worth?</h2>"))
        #expect(!report.html.contains("training has not paid"))
        report.epochs = ReportSamples.run(classNames: ["day", "night"]).epochs
        let html = report.html
        #expect(html.contains("\">Did training pay?</h2>"))
        #expect(html.contains("<th scope=\"row\">&lt;b&gt;odd.jpg</th><td class=\"text\">day</td>"))
        #expect(html.contains("points better: training has not paid so far."))
        #expect(unbalancedTag(in: html) == nil)
        let baselines = try #require(try object(report)["baselines"] as? [String: Any])
        let regression = try #require(baselines["logistic_regression"] as? [String: Any])
        #expect(regression["accuracy"] as? Double == 0.975 && regression["images"] as? Int == 40)
        let doubtful = try #require(baselines["doubtful_labels"] as? [[String: Any]])
        #expect(doubtful.map { $0["file"] as? String } == ["<b>odd.jpg"])
        #expect(try object(ReportSamples.evaluation(classNames: ["day", "night"]))["baselines"] == nil)
    }

    @Test func htmlEscapesStrangers() {
        let evil = "</title></svg><script>alert('1')</script>\"&\u{202E}\u{7}\0"
        var report = ReportSamples.run(classNames: [evil, "b", "c"])
        report.name = evil
        report.recipe = evil
        report.monitor = evil
        report.model.weights = evil
        report.model.preprocessing = evil
        report.result.role = evil
        report.result.badImages = [BadImage(path: evil, reason: evil)]
        report.weightLoading = [evil]
        report.dataWarnings = [evil]
        report.versions = [.init(evil, evil)]
        report.timings = [.init(evil, seconds: 1)]
        report.machine?.processor = evil
        report.galleries = [Gallery]([
            JudgedImage(
                file: evil, content: .file(evil), actual: 0, actualProbability: 0.1, predicted: 1, probability: 0.9)
        ])
        report.data[0].folder = evil
        report.data[0].role = evil
        report.epochs = report.epochs.map {
            var epoch = $0
            epoch.stage = evil
            return epoch
        }
        report.freezeProofs = [FreezeProof(stage: evil, tensors: 1, hashBefore: evil, hashAfter: evil)]
        let html = report.html
        #expect(html.components(separatedBy: "<script").count == 2, "our own")
        #expect(!html.contains("alert('1')"))
        #expect(html.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;&amp;\\u{202e}\\x07\\x00"))
        #expect(unbalancedTag(in: html) == nil)
    }

    /// Answers that name several classes, or none, of images that have several, or none.
    @Test(arguments: [0, 1, 40]) func severalClassesAreReported(_ count: Int) throws {
        let evil = "<b>&\"'"
        var tally = MultiLabelTally(thresholds: [0.5, 0.25, 0.5])
        let judged = (0..<count).map { index in
            let prediction = MultiLabelPrediction(
                file: "\(evil)\(index)", labels: index % 5 == 0 ? [] : [index % 2],
                views: [[Float(index % 7) - 3, Float(index % 4) - 2, -1]], thresholds: tally.thresholds)
            tally.add(labels: prediction.labels ?? [], probabilities: prediction.probabilities)
            return MultiLabelResult.Judged(prediction: prediction, content: .file(evil))
        }
        var report = RunReport(
            name: evil, task: .multiLabel, model: ReportSamples.model(), classNames: [evil, "b", "c"],
            result: MultiLabelResult(
                JudgedPass(role: "test", folder: evil, seconds: 1), tally: tally, judged: judged))
        try report.addGalleries()
        #expect(unbalancedTag(in: report.html) == nil)
        #expect(!report.html.contains("<b>"))
        let object = try object(report)
        #expect(object["task"] as? String == "multi_label" && object["images"] as? Int == count)
        for metric in MultiLabelMetric.allCases { #expect(object[metric.rawValue] != nil, "\(metric)") }
        let perClass = try #require(object["per_class"] as? [[String: Any]])
        #expect(perClass.map { $0["threshold"] as? Double } == [0.5, 0.25, 0.5])
        #expect(perClass[2]["average_precision"] is NSNull)
        if count == 40 {
            #expect(report.galleries.map(\.kind) == [.worstMistakes, .leastCertain, .examples])
            #expect(report.galleries.allSatisfy { $0.images.count <= 24 })
            #expect(report.galleries[0].images.allSatisfy { !$0.isCorrect })
            #expect(report.galleries[2].images.map(\.group) == [0, 0, 0, 0, 1, 1, 1, 1])
        }
    }

    @Test func failedFreezeProofIsSeen() throws {
        var report = ReportSamples.run()
        report.freezeProofs = [FreezeProof(stage: "head", tensors: 3, hashBefore: "aa", hashAfter: "ab")]
        #expect(report.html.contains("✗ changed"))
        #expect((try object(report)["freeze_proof"] as? [[String: Any]])?.first?["holds"] as? Bool == false)
    }

    @Test func oneEpochWithoutValidation() {
        var report = ReportSamples.run(epochsPerStage: [1])
        report.epochs[0].valLoss = nil
        report.epochs[0].figures["val_accuracy"] = nil
        report.epochs[0].figures["val_macro_f1"] = nil
        #expect(report.html.contains("Loss over 1 epoch: training from 1.7 to 1.7."))
        #expect(!report.html.contains("NaN") && !report.html.contains("nan"))
        #expect(unbalancedTag(in: report.html) == nil)
    }

    @Test func lossesThatAreNotFinite() throws {
        var report = ReportSamples.run(epochsPerStage: [3])
        for index in report.epochs.indices {
            report.epochs[index].trainLoss = .nan
            report.epochs[index].valLoss = index == 0 ? .infinity : nil
        }
        #expect(report.html.components(separatedBy: "<svg").count == 5)
        let epochs = try #require(try object(report)["epochs"] as? [[String: Any]])
        #expect(epochs[0]["train_loss"] is NSNull)
    }

    @Test func absentClassesAndNoImages() throws {
        let absent = ReportSamples.evaluation(classNames: ReportSamples.scenes, absent: 2)
        #expect(try #require(try object(absent)["per_class"] as? [[String: Any]])[2]["support"] as? Int == 0)
        #expect(unbalancedTag(in: absent.html) == nil)

        let empty = ReportSamples.evaluation(classNames: ReportSamples.scenes, images: 0)
        #expect(try object(empty)["accuracy"] as? Double == 0)
        #expect(try object(empty)["log_loss"] is NSNull)
        #expect(empty.html.contains("There was no image to judge the model by."))
        #expect(unbalancedTag(in: empty.html) == nil)
    }

    @Test(arguments: [1, 2, 31, 100, 101, 1000]) func anyNumberOfClasses(_ count: Int) {
        let html = ReportSamples.evaluation(classNames: (0..<count).map { "class \($0)" }).html
        #expect(html.contains("<svg class=\"matrix") == (count <= 100))
        #expect(html.utf8.count < 1_000_000)
        #expect(unbalancedTag(in: html) == nil)
    }

    @Test func describesADataset() throws {
        let folder = try TemporaryDirectory()
        let picture = try Data(Image(width: 4, height: 3, pixels: [UInt8](repeating: 9, count: 36)).pngData())
        for name in ["train/a/1.png", "train/a/2.png", "train/b/3.png", "test/a/4.png", "test/b/5.png"] {
            let url = URL(fileURLWithPath: folder.file(name))
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try picture.write(to: url)
        }
        try Data().write(to: URL(fileURLWithPath: folder.file("train/notes.txt")))
        var dataset = try Dataset(train: folder.file("train"), test: folder.file("test"), seed: 1)
        let survey = try dataset.survey(.skip)
        var report = ReportSamples.evaluation(classNames: ["a", "b"])
        report.describe(DataSummary(dataset, survey: survey))
        #expect(report.data.map(\.role) == ["training", "test"])
        #expect(report.data.map(\.imagesPerClass) == [[2, 1], [1, 1]])
        #expect(report.data.map(\.ignoredFiles) == [1, 0])
        #expect(report.heights?.median == 3)
        #expect(!report.dataWarnings.isEmpty)
    }

    @Test func badImagesAreListedOnce() {
        var report = ReportSamples.run()
        report.result.badImages = report.data[0].badImages
        #expect(report.badImages.count == 1)
        report.result.badImages = (0..<150).map { BadImage(path: "\($0).png", reason: "empty file") }
        #expect(report.html.contains("\">151 images could not be read</h2>"))
        #expect(report.html.contains("<p>51 more are listed in report.json."))
    }

    @Test func writesItsFiles() throws {
        let folder = try TemporaryDirectory()
        let report = ReportSamples.run(classNames: ["a, b", "c"])
        try report.write(to: folder.path)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(names == ["confusion_matrix.csv", "report.html", "report.json"])
        var reader = try CSVReader(contentsOf: folder.file("confusion_matrix.csv"))
        let matrix = report.classification.tally.confusion
        let rows = [0, 1].map { actual in [0, 1].map { String(matrix[actual: actual, predicted: $0]) } }
        let expected = [["actual\\predicted", "a, b", "c"], ["a, b"] + rows[0], ["c"] + rows[1]]
        #expect(try reader.rest().map(\.fields) == expected)
    }

    @Test func saysWhereItCannotWrite() throws {
        let folder = try TemporaryDirectory()
        try OutputFile.write("", to: folder.file("file"))
        for place in [folder.file("file"), folder.file("missing"), "/proc"] {
            let error = #expect(throws: OutputError.self) { try ReportSamples.run().write(to: place) }
            #expect(error?.description.hasPrefix("cannot write \(place)/report.json: ") == true)
            #expect(error?.kind == .failure)
        }
    }

    @Test func reportKnowsTheModel() throws {
        let scene = try Scene(images: 1)
        let model = RunReport.Model(scene.model, precision: .f32, weights: nil)
        #expect(model.architecture == "resnet20")
        #expect(model.imageSize == 32)
        #expect(model.preprocessing == "torch")
        #expect(model.precision == "f32")
        // The published network has 269,722 parameters with ten classes; each takes 64 weights and a bias.
        #expect(model.parameterCount == 269_722 - 7 * 65)
    }
}
