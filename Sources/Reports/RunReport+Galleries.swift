import Datasets
import Files
import Foundation

extension RunReport {
    /// Images to look at: mistakes, doubts and examples.
    func gallerySection(_ page: some GalleryWords) -> PageSection? {
        guard !galleries.isEmpty else { return nil }
        return PageSection("images", "Images worth a look", "\(galleries.map { html($0, page) })")
    }

    private func html(_ gallery: Gallery, _ page: some GalleryWords) -> HTML {
        """
        <h3>\(page.title(gallery.kind))</h3>
        <p class="soft">\(page.meaning(gallery))\(overlayMeaning(gallery))</p>
        \(gallery.kind == .examples ? byClass(gallery.images, page) : list(gallery.images, page))
        """
    }

    private func overlayMeaning(_ gallery: Gallery) -> String {
        guard gallery.images.contains(where: { $0.overlay != nil }) else { return "" }
        return task.definition.targetKind == .number
            ? " Beside each: what makes the number larger (Grad-CAM), light where it does most."
            : " Beside each: what the answer was seen in (Grad-CAM), light where it matters most."
    }

    private func byClass(_ images: [GalleryImage], _ page: some GalleryWords) -> HTML {
        let classes = Dictionary(grouping: images, by: \.group).sorted { $0.key < $1.key }
        guard classNames.count > 1 else { return list(images, page) }
        return "\(classes.map { "<h4>\(classNames[$0.key])</h4>\n\(list($0.value, page))" as HTML })"
    }

    private func list(_ images: [GalleryImage], _ page: some GalleryWords) -> HTML {
        let arePairs = images.contains { $0.overlay != nil }
        return """
            <ul class="gallery\(arePairs ? " pairs" : "")">
            \(images.map { figure($0, page) })</ul>

            """
    }

    private func figure(_ image: GalleryImage, _ page: some GalleryWords) -> HTML {
        let pictures = [
            (image.thumbnail, "Image of \(image.target.text(classNames, separator: ", "))"),
            (image.overlay, "What \(classNames[image.output]) was seen in"),
        ].compactMap { picture, meaning -> HTML? in
            guard let picture else { return nil }
            let data = Data(picture).base64EncodedString()
            return "<img src=\"data:image/jpeg;base64,\(data)\" alt=\"\(meaning)\">"
        }
        let frame: HTML = pictures.isEmpty ? "" : "<div class=\"pictures\">\(pictures)</div>"
        return """
            <li><figure>\(frame)<figcaption><code>\(image.file)</code><br>\(page.verdict(image))</figcaption></figure></li>

            """
    }
}

/// What a task says of images in galleries.
protocol GalleryWords {
    func title(_ kind: Gallery.Kind) -> String
    func meaning(_ gallery: Gallery) -> String
    /// What was said of an image, and whether it is right.
    func verdict(_ image: GalleryImage) -> HTML
}

extension ClassificationPage: GalleryWords {
    func meaning(_ gallery: Gallery) -> String {
        switch gallery.kind {
        case .worstMistakes:
            let mistakes = result.tally.imageCount - result.tally.confusion.correct
            let part = mistakes > gallery.images.count ? "\(gallery.images.count) of \(Words.grouped(mistakes))" : "All"
            return "\(part) mistakes, the surest first. Where a sure model is wrong, look at the label too."
        case .leastCertain:
            return "The images of which the model is least sure, right or wrong."
        case .examples:
            let shown = Set(gallery.images.map(\.group)).count
            let some = scores.perClass.count { $0.support > 0 } > shown ? " Only the classes least recognised." : ""
            return "Some of each class, from those best recognised to those least.\(some)"
        }
    }

    func verdict(_ image: GalleryImage) -> HTML {
        let predicted = classNames[image.output].shortened(to: 40)
        let named = "\(predicted), \(Words.percent(image.value))"
        return image.isCorrect
            ? "<span class=\"good\">✓ \(named)</span>"
            : "<span class=\"bad\">✗ \(named)</span><br>is \(classNames[image.group].shortened(to: 40))"
    }
}

extension GalleryWords {
    func title(_ kind: Gallery.Kind) -> String {
        switch kind {
        case .worstMistakes: "Worst mistakes"
        case .leastCertain: "Least certain"
        case .examples: "Examples of each class"
        }
    }
}
