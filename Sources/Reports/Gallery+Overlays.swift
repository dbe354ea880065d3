import Datasets
import Inference

extension [Gallery] {
    /// Shows beside images what the model saw the class in that they are shown for; where nothing speaks for it, or the
    /// image cannot be read any more, there is nothing to show.
    /// - Parameter progress: told after every few images; what it throws ends the work.
    /// - Throws: as `Explainer.explain`.
    package mutating func addOverlays(
        by explainer: any Explainer, progress: (PassProgress) throws -> Void = { _ in }
    ) throws {
        let explained = indices.filter { self[$0].isExplained }
        let shown = explained.flatMap { self[$0].images.map(Subject.init) }
        let classes = Dictionary(grouping: Set(shown), by: \.content).mapValues { $0.map(\.label).sorted() }
        let samples = classes.keys.map { Sample($0, name: $0.path) }.sorted { $0.name < $1.name }
        var overlays: [Subject: [UInt8]] = [:]
        func wanted(_ sample: Sample, _ values: [Double]) -> [Int] { classes[sample.content] ?? [] }
        _ = try explainer.explain(samples, classes: wanted, progress: progress) { sample, image, explanation in
            for heatmap in explanation.heatmaps where heatmap.peak > 0 {
                let subject = Subject(content: sample.content, label: heatmap.classIndex)
                overlays[subject] = Thumbnail.jpeg(of: heatmap.overlay(on: image))
            }
        }
        for gallery in explained {
            for image in self[gallery].images.indices {
                self[gallery].images[image].overlay = overlays[Subject(self[gallery].images[image])]
            }
        }
    }
}

/// What is explained: a class of an image.
private struct Subject: Hashable {
    let content: ImageContent
    let label: Int

    init(content: ImageContent, label: Int) {
        self.content = content
        self.label = label
    }

    init(_ image: GalleryImage) { self.init(content: image.content, label: image.output) }
}
