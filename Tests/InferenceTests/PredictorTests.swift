import Datasets
import Engine
import Files
import Foundation
import Images
import Inference
import Metrics
import Networks
import Pretrained
import SceneSupport
import Tasks
import TestSupport
import Testing

@Suite struct PredictorTests {
    private func areClose(_ a: some Sequence<Float>, _ b: some Sequence<Float>) -> Bool {
        zip(a, b).allSatisfy { abs($0 - $1) <= 1e-4 * max(1, abs($1)) }
    }

    @Test(arguments: [1, 3, 4, 7, 100]) func predictsInOrderWhateverTheBatch(_ batchSize: Int) throws {
        let scene = try Scene()
        let predictions = try scene.predictions(scene.predictor(batchSize: batchSize))
        #expect(predictions.map(\.file) == scene.samples.map(\.name))
        #expect(predictions.map(\.label) == scene.samples.map(\.label))
        let logits = try scene.reference("logits")
        #expect(Set(logits.map(\.description)).count == 7)
        for (prediction, logits) in zip(predictions, logits) {
            let expected = Prediction(file: "", label: prediction.label, logits: logits)
            #expect(areClose(prediction.probabilities.map(Float.init), expected.probabilities.map(Float.init)))
            #expect(abs(try #require(prediction.loss) - (try #require(expected.loss))) < 1e-4)
        }
    }

    @Test(arguments: TestTimeAugmentation.allCases) func averagesViews(_ augmentation: TestTimeAugmentation) throws {
        let scene = try Scene()
        try scene.breakImage(3)
        let plan = try Plan(
            network: scene.model.network, parameters: scene.model.parameters,
            preprocessing: scene.model.preprocessing,
            configuration: .init(batch: augmentation.viewCount, height: 32, width: 32))
        var readable = scene.samples
        readable.remove(at: 3)
        let expected = try readable.map { sample in
            let image = try Image(contentsOf: sample.path).views(augmentation, side: 32, .crop)
            _ = plan.pixels.update(fromContentsOf: image.pixels)
            try plan.forward()
            let logits = Array(plan.output("logits"))
            return Prediction(
                file: sample.name, label: sample.label,
                views: (0..<augmentation.viewCount).map { Array(logits[3 * $0..<3 * $0 + 3]) })
        }
        var configuration = Predictor.Configuration()
        configuration.precision = .f32
        configuration.testTimeAugmentation = augmentation
        for batchSize in [1, 25, 100] {
            configuration.batchSize = batchSize
            let predictor = Predictor(scene.model, configuration)
            #expect(try scene.predictions(predictor) == expected, "\(batchSize) at once")
            let result = try #require(
                predictor.evaluate(scene.samples, role: "test", folder: "photos") as? ClassificationResult)
            #expect(result.testTimeAugmentation == augmentation)
        }
    }

    /// To the last bit, as are the metrics made of them.
    @Test(arguments: [Precision.f32, .bf16].filter(\.isSupported)) func nothingDependsOnBatchesOrThreads(
        _ precision: Precision
    ) throws {
        defer { ComputeLibrary.useThreads(nil) }
        let scene = try Scene()
        var configuration = Predictor.Configuration()
        configuration.precision = precision
        var predictions: Set<[Prediction]> = []
        var metrics: Set<[Metric: Double]> = []
        for threads in [1, 2, 3] {
            ComputeLibrary.useThreads(threads)
            for batchSize in [1, 2, 3, 7, 32] {
                configuration.batchSize = batchSize
                let predictor = Predictor(scene.model, configuration)
                predictions.insert(try scene.predictions(predictor))
                let result = try predictor.evaluate(scene.samples, role: "test", folder: "photos")
                metrics.insert(try #require(result as? ClassificationResult).metrics.values)
            }
        }
        #expect(predictions.count == 1 && metrics.count == 1)
    }

    @Test func samePredictionsAgain() throws {
        let scene = try Scene()
        let predictor = scene.predictor()
        #expect(try scene.predictions(predictor) == scene.predictions(predictor))
    }

    @Test func followsChangedParameters() throws {
        let scene = try Scene()
        let predictor = scene.predictor()
        let before = try scene.predictions(predictor)
        let bias = scene.model.parameters["head.linear.bias"]
        bias[1] += 5
        predictor.parametersChanged()
        let after = try scene.predictions(predictor)
        for (before, after) in zip(before, after) { #expect(after.probabilities[1] > before.probabilities[1]) }
    }

    @Test func skipsAndListsBadImages() throws {
        let scene = try Scene()
        let whole = try scene.predictions(scene.predictor())
        try scene.breakImage(2)
        var predictions: [Prediction] = []
        var progress: [Int] = []
        let pass = try scene.predictor().predict(
            scene.samples, progress: { progress.append($0.done) }, { predictions.append($0) })
        for (prediction, expected) in zip(predictions, whole[..<2] + whole[3...]) {
            #expect(areClose(prediction.probabilities.map(Float.init), expected.probabilities.map(Float.init)))
        }
        #expect(predictions.map(\.file) == scene.samples.indices.filter { $0 != 2 }.map { scene.samples[$0].name })
        #expect(pass.badImages.map(\.path) == [scene.samples[2].path])
        #expect(pass.imageCount == 6)
        #expect(progress.last == 7)
    }

    @Test func stopsAtABadImageWhereAsked() throws {
        let scene = try Scene()
        try scene.breakImage(5)
        let error = #expect(throws: DatasetError.self) {
            try scene.predictions(scene.predictor(badImages: .fail))
        }
        #expect(error?.description.contains(scene.samples[5].path) == true)
        #expect(error?.kind == .data)
    }

    @Test func noSamplesNoPredictions() throws {
        let scene = try Scene(images: 0)
        #expect(try scene.predictions(scene.predictor()).isEmpty)
    }

    @Test func reportsNumbersThatAreNotFinite() throws {
        let scene = try Scene()
        scene.model.parameters["head.linear.bias"][0] = .nan
        let error = #expect(throws: PredictionError.self) { try scene.predictions(scene.predictor()) }
        #expect(error == .notFinite(scene.samples[0].path))
        #expect(error?.kind == .failure)
    }

    @Test func judges() throws {
        let scene = try Scene()
        try scene.breakImage(6)
        let path = scene.folder.file("predictions.csv")
        let table = try PredictionTable(path, classNames: scene.model.displayedClassNames)
        let judged = try scene.predictor().evaluate(
            scene.samples, role: "test", folder: "photos", predictions: table)
        let result = try #require(judged as? ClassificationResult)
        try table.finish()
        #expect(result.tally.report.perClass.map(\.support) == [2, 2, 2])
        #expect(result.badImages.count == 1)
        #expect(result.seconds > 0)

        var reader = try CSVReader(contentsOf: path)
        let rows = try reader.rest().map(\.fields)
        #expect(rows.map { $0[0] } == ["filename"] + scene.samples.dropLast().map(\.name))
        #expect(rows[2][1] == "b, c")
        let right = rows.dropFirst().count { $0[1] == $0[2] }
        #expect(Double(right) / 6 == result.tally.report.accuracy)
    }

    @Test func refusesToJudgeWithoutLabelsOrImages() throws {
        let scene = try Scene(images: 2)
        let unlabelled = scene.samples.map { Sample(path: $0.path, name: $0.name) }
        let first = #expect(throws: PredictionError.self) {
            try scene.predictor().evaluate(unlabelled, role: "test", folder: "photos")
        }
        #expect(first == .unlabelled("photos"))
        try scene.breakImage(0)
        try scene.breakImage(1)
        let second = #expect(throws: PredictionError.self) {
            try scene.predictor().evaluate(scene.samples, role: "test", folder: "photos")
        }
        #expect(second == .nothingToJudge("photos"))
        #expect(second?.kind == .data)
    }

    @Test func fullDiskStopsPredictions() throws {
        let scene = try Scene()
        #expect(throws: OutputError.self) {
            try scene.predictor().writePredictions(of: scene.samples, to: "/dev/full")
        }
    }

    @Test func classesWithoutNamesHaveNumbers() throws {
        let scene = try Scene(images: 1, classNames: nil)
        let path = scene.folder.file("predictions.csv")
        try scene.predictor().writePredictions(of: scene.samples, to: path)
        var reader = try CSVReader(contentsOf: path)
        #expect(try reader.next()?.fields == ["filename", "label", "predicted", "probability", "0", "1", "2"])
    }
}
