import Datasets
import Tasks
import Tensors

/// Images of an evaluation that are worth a look.
package struct Gallery: Sendable {
    /// What they are shown for. Raw values are the keys of `report.json`.
    package enum Kind: String, CaseIterable, Sendable {
        /// Wrong with the highest confidence.
        case worstMistakes = "worst_mistakes"
        /// Of the lowest confidence, right or wrong.
        case leastCertain = "least_certain"
        /// Some of each class, from those best recognised to those least.
        case examples
    }

    package let kind: Kind
    /// Whether it is shown what the model saw its answers in.
    let isExplained: Bool
    package var images: [GalleryImage]

    init(kind: Kind, isExplained: Bool = true, images: [GalleryImage]) {
        self.kind = kind
        self.isExplained = isExplained
        self.images = images
    }

    /// How many images a report shows for mistakes, and for uncertainty.
    static let imageLimit = 24
    /// For how many classes it shows examples, and how many of each.
    static let classLimit = 30
    static let examplesPerClass = 4
}

/// An image in a gallery.
package struct GalleryImage: Sendable {
    /// Its path relative to the data folder.
    package let file: String
    /// Where it is.
    package let content: ImageContent
    /// What it is labelled with.
    package let target: Target
    /// The index of the class that it is shown for, the one named or asked about, and its probability; or the number said,
    /// and the index of the output that said it.
    package let output: Int
    package let value: Double
    /// Whether what was said is right.
    package let isCorrect: Bool
    /// The class under which it stands among examples.
    package let group: Int
    /// A small JPEG file of the image; nil where it cannot be read any more.
    package var thumbnail: [UInt8]?
    /// A small JPEG file of the image that shows what the model looked at, to stand beside the thumbnail.
    package var overlay: [UInt8]?

    init(
        file: String, content: ImageContent, target: Target, output: Int, value: Double, isCorrect: Bool, group: Int
    ) {
        self.file = file
        self.content = content
        self.target = target
        self.output = output
        self.value = value
        self.isCorrect = isCorrect
        self.group = group
    }

    fileprivate init(_ image: JudgedImage) {
        self.init(
            file: image.file, content: image.content, target: .category(image.actual), output: image.predicted,
            value: image.probability, isCorrect: image.actual == image.predicted, group: image.actual)
    }
}

extension [Gallery] {
    /// Chooses the images, without pictures; galleries that would be empty are left out.
    package init(_ judged: [JudgedImage]) {
        let galleries = Gallery.Kind.allCases.map { kind in
            Gallery(
                kind: kind, isExplained: kind != .examples, images: judged.chosen(for: kind).map(GalleryImage.init))
        }
        self = galleries.filter { !$0.images.isEmpty }
    }

    /// Reads the images again and makes a thumbnail of each, on all cores; one that is gone by now gets none.
    package mutating func addThumbnails() {
        let contents = [ImageContent](Set(flatMap { $0.images.map(\.content) }))
        let thumbnails = concurrentMap(contents.count) { Thumbnail.jpeg(of: contents[$0]) }
        let byContent = Dictionary(uniqueKeysWithValues: zip(contents, thumbnails))
        for gallery in indices {
            for image in self[gallery].images.indices {
                self[gallery].images[image].thumbnail = byContent[self[gallery].images[image].content] ?? nil
            }
        }
    }
}

extension [JudgedImage] {
    fileprivate func chosen(for kind: Gallery.Kind) -> [JudgedImage] {
        switch kind {
        case .worstMistakes:
            let mistakes = filter { $0.actual != $0.predicted }
            return Array(
                mistakes.sorted { ($1.probability, $0.file) < ($0.probability, $1.file) }
                    .prefix(Gallery.imageLimit))
        case .leastCertain:
            return Array(sorted { ($0.probability, $0.file) < ($1.probability, $1.file) }.prefix(Gallery.imageLimit))
        case .examples:
            return examples
        }
    }

    private var bestRecognisedFirst: [JudgedImage] {
        sorted { ($1.actualProbability, $0.file) < ($0.actualProbability, $1.file) }
    }

    /// By class; where there are too many classes, of those with the lowest recall.
    private var examples: [JudgedImage] {
        let classes = Dictionary(grouping: self, by: \.actual)
        let recalls = classes.mapValues { images in
            Double(images.count { $0.actual == $0.predicted }) / Double(images.count)
        }
        let shown = recalls.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.prefix(Gallery.classLimit)
        return shown.map(\.key).sorted().flatMap {
            (classes[$0] ?? []).bestRecognisedFirst.evenlyChosen(Gallery.examplesPerClass)
        }
    }
}

extension Array {
    /// Some from the first to the last, at equal distances.
    func evenlyChosen(_ wanted: Int) -> [Element] {
        guard count > wanted else { return self }
        return (0..<wanted).map { self[$0 * (count - 1) / (wanted - 1)] }
    }
}
