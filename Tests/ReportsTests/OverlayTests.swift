import Datasets
import Engine
import Foundation
import Images
import Inference
import Metrics
import Reports
import SceneSupport
import Tasks
import TestSupport
import Testing

@Suite struct OverlayTests {
    /// The report on a scene of whose images one is gone by the time that it is looked at again.
    private func report(_ scene: Scene) throws -> RunReport {
        var report = ReportSamples.evaluation(classNames: ["a", "b, c", "d"])
        var configuration = Predictor.Configuration()
        configuration.precision = .f32
        report.result = try Predictor(scene.model, configuration).evaluate(
            scene.samples, role: "test", folder: "photos")
        try scene.breakImage(3)
        return report
    }

    private func images(_ report: RunReport, _ kind: Gallery.Kind) -> [GalleryImage] {
        report.galleries.first { $0.kind == kind }?.images ?? []
    }

    @Test func mistakesAndDoubtsShowWhatTheAnswerWasSeenIn() throws {
        let scene = try Scene()
        var report = try report(scene)
        let explainer = GradCAM(scene.model, batchSize: 2)
        var progress: [Int] = []
        try report.addGalleries(explainedBy: explainer) { progress.append($0.done) }
        #expect(progress.last == 7)
        #expect(images(report, .leastCertain).count == 7 && !images(report, .worstMistakes).isEmpty)
        for image in images(report, .worstMistakes) + images(report, .leastCertain) {
            guard image.content != scene.samples[3].content else {
                #expect(image.overlay == nil && image.thumbnail == nil)
                continue
            }
            let seen = try image.content.image().fitted(to: 32, .crop)
            let heatmap = try explainer.explain([seen]) { _, _ in [image.output] }[0].heatmaps[0]
            guard heatmap.peak > 0 else {
                #expect(image.overlay == nil)
                continue
            }
            let overlay = try Image(decoding: try #require(image.overlay), name: "overlay")
            let expected = heatmap.overlay(on: seen)
            #expect(overlay.width == 32 && overlay.height == 32)
            let differences = zip(overlay.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }
            // JPEG blurs noise, most of all its colours.
            #expect(differences.reduce(0, +) / differences.count < 30)
        }
        #expect(images(report, .leastCertain).contains { $0.overlay != nil })
        #expect(images(report, .examples).allSatisfy { $0.overlay == nil })
        #expect(report.html.contains("<ul class=\"gallery pairs\">"))
        #expect(report.html.contains("what the answer was seen in (Grad-CAM)"))
    }

    /// An image that is shown for several classes has a picture for each of them.
    @Test func eachClassOfAnImageIsExplainedByItself() throws {
        let scene = try Scene()
        var tally = MultiLabelTally(thresholds: [0.5, 0.5, 0.5])
        let judged = scene.samples.prefix(4).map { sample in
            let prediction = MultiLabelPrediction(file: sample.name, labels: [0, 1, 2], views: [[-2, -1, 3]])
            tally.add(labels: [0, 1, 2], probabilities: prediction.probabilities)
            return MultiLabelResult.Judged(prediction: prediction, content: sample.content)
        }
        var report = RunReport(
            name: "several", task: .multiLabel, model: ReportSamples.model(), classNames: ["a", "b", "c"],
            result: MultiLabelResult(
                JudgedPass(role: "test", folder: "photos", seconds: 1), tally: tally, judged: judged))
        let explainer = GradCAM(scene.model)
        try report.addGalleries(explainedBy: explainer)
        let mistakes = images(report, .worstMistakes)
        #expect(mistakes.count == 8 && Set(mistakes.map(\.output)) == [0, 1])
        var different = 0
        for sample in scene.samples.prefix(4) {
            let seen = try sample.content.image().fitted(to: 32, .crop)
            let heatmaps = try explainer.explain([seen]) { _, _ in [0, 1, 2] }[0].heatmaps
            let shown = report.galleries.flatMap(\.images).filter { $0.content == sample.content }
            for image in shown { #expect((image.overlay != nil) == (heatmaps[image.output].peak > 0)) }
            let overlays = Dictionary(grouping: shown, by: \.output).mapValues { Set($0.map(\.overlay)) }
            #expect(overlays.values.allSatisfy { $0.count == 1 }, "one picture for a class")
            if overlays[0] != overlays[1] { different += 1 }
        }
        #expect(different > 0)
        #expect(images(report, .examples).contains { $0.overlay != nil })
    }

    @Test func withoutAnExplainerThereAreNoOverlays() throws {
        let scene = try Scene()
        var report = try report(scene)
        try report.addGalleries()
        #expect(images(report, .leastCertain).contains { $0.thumbnail != nil })
        #expect(report.galleries.flatMap(\.images).allSatisfy { $0.overlay == nil })
        #expect(!report.html.contains("Grad-CAM"))
    }

    @Test func theWorkCanBeEnded() throws {
        let scene = try Scene()
        var report = try report(scene)
        #expect(throws: CancellationError.self) {
            try report.addGalleries(explainedBy: GradCAM(scene.model)) { _ in throw CancellationError() }
        }
    }
}
