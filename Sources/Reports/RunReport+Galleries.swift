import Files
import Foundation

extension RunReport {
    /// Images to look at: mistakes, doubts and examples.
    var gallerySection: PageSection? {
        guard !galleries.isEmpty else { return nil }
        return PageSection("images", "Images worth a look", "\(galleries.map(html))")
    }

    private func html(_ gallery: Gallery) -> HTML {
        """
        <h3>\(gallery.kind.title)</h3>
        <p class="soft">\(meaning(gallery))\(overlayMeaning(gallery))</p>
        \(gallery.kind == .examples ? byClass(gallery.images) : list(gallery.images))
        """
    }

    private func meaning(_ gallery: Gallery) -> String {
        switch gallery.kind {
        case .worstMistakes:
            let mistakes = result.tally.imageCount - result.tally.confusion.correct
            let part = mistakes > gallery.images.count ? "\(gallery.images.count) of \(Words.grouped(mistakes))" : "All"
            return "\(part) mistakes, the surest first. Where a sure model is wrong, look at the label too."
        case .leastCertain:
            return "The images of which the model is least sure, right or wrong."
        case .examples:
            let shown = Set(gallery.images.map(\.actual)).count
            let some = scores.perClass.count { $0.support > 0 } > shown ? " Only the classes least recognised." : ""
            return "Some of each class, from those best recognised to those least.\(some)"
        }
    }

    private func overlayMeaning(_ gallery: Gallery) -> String {
        guard gallery.images.contains(where: { $0.overlay != nil }) else { return "" }
        return " Beside each: what the answer was seen in (Grad-CAM), light where it matters most."
    }

    private func byClass(_ images: [GalleryImage]) -> HTML {
        let classes = Dictionary(grouping: images, by: \.actual).sorted { $0.key < $1.key }
        return "\(classes.map { "<h4>\(classNames[$0.key])</h4>\n\(list($0.value))" as HTML })"
    }

    private func list(_ images: [GalleryImage]) -> HTML {
        let arePairs = images.contains { $0.overlay != nil }
        return """
            <ul class="gallery\(arePairs ? " pairs" : "")">
            \(images.map(figure))</ul>

            """
    }

    /// A class's name as it fits under a picture.
    private func name(_ index: Int) -> String { classNames[index].shortened(to: 40) }

    private func figure(_ image: GalleryImage) -> HTML {
        let pictures = [
            (image.thumbnail, "Image of \(classNames[image.actual])"),
            (image.overlay, "What \(classNames[image.predicted]) was seen in"),
        ].compactMap { picture, meaning -> HTML? in
            guard let picture else { return nil }
            let data = Data(picture).base64EncodedString()
            return "<img src=\"data:image/jpeg;base64,\(data)\" alt=\"\(meaning)\">"
        }
        let (actual, predicted) = (name(image.actual), name(image.predicted))
        let named = "\(predicted), \(Words.percent(image.probability))"
        let verdict: HTML =
            image.isCorrect
            ? "<span class=\"good\">✓ \(named)</span>"
            : "<span class=\"bad\">✗ \(named)</span><br>is \(actual)"
        let frame: HTML = pictures.isEmpty ? "" : "<div class=\"pictures\">\(pictures)</div>"
        return """
            <li><figure>\(frame)<figcaption><code>\(image.file)</code><br>\(verdict)</figcaption></figure></li>

            """
    }
}

extension Gallery.Kind {
    fileprivate var title: String {
        switch self {
        case .worstMistakes: "Worst mistakes"
        case .leastCertain: "Least certain"
        case .examples: "Examples of each class"
        }
    }
}
