import Datasets
import Inference

extension [Gallery] {
    /// Shows for mistakes and doubts what the model saw its answer in; where nothing speaks for the answer, or the image
    /// cannot be read any more, there is nothing to show.
    /// - Parameter progress: told after every few images; what it throws ends the work.
    /// - Throws: as `Explainer.explain`.
    package mutating func addOverlays(
        by explainer: any Explainer, progress: (PassProgress) throws -> Void = { _ in }
    ) throws {
        let explained = indices.filter { self[$0].kind != .examples }
        let answers = Dictionary(
            explained.flatMap { self[$0].images.map { ($0.content, $0.predicted) } },
            uniquingKeysWith: { first, _ in first })
        let samples = answers.keys.map { Sample($0, name: $0.path) }.sorted { $0.name < $1.name }
        var overlays: [ImageContent: [UInt8]] = [:]
        func answer(_ sample: Sample, _ probabilities: [Double]) -> [Int] {
            answers[sample.content].map { [$0] } ?? []
        }
        _ = try explainer.explain(samples, classes: answer, progress: progress) { sample, image, explanation in
            guard let heatmap = explanation.heatmaps.first, heatmap.peak > 0 else { return }
            overlays[sample.content] = Thumbnail.jpeg(of: heatmap.overlay(on: image))
        }
        for gallery in explained {
            for image in self[gallery].images.indices {
                self[gallery].images[image].overlay = overlays[self[gallery].images[image].content]
            }
        }
    }
}
