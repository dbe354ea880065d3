import Datasets
import Files
import Metrics

extension RunReport {
    /// The images that could not be read.
    var badFiles: PageSection? {
        let all = badImages
        guard !all.isEmpty else { return nil }
        let rows = all.prefix(100).map { image -> HTML in
            "<tr><th scope=\"row\">\(image.path)</th><td class=\"text\">\(image.reason)</td></tr>\n"
        }
        let more = all.count - rows.count
        let note: HTML = more > 0 ? "<p>\(Words.grouped(more)) more are listed in report.json.</p>\n" : ""
        return PageSection(
            "bad-images", "\(Words.counted(all.count, "image")) could not be read",
            """
            <p class="soft">They were left out and are not counted in any number above.</p>
            <div class="scroll" tabindex="0"><table>
            <thead><tr><th scope="col" class="text">File</th><th scope="col" class="text">Reason</th></tr></thead>
            <tbody>
            \(rows)</tbody>
            </table></div>
            \(note)
            """)
    }

    /// How many images each class has in each part of the data.
    var dataSummary: PageSection? {
        guard !data.isEmpty else { return nil }
        func number(_ value: Int) -> HTML { "<td class=\"number\">\(Words.grouped(value))</td>" }
        let images = data[0].imagesPerClass
        let shown = classesShown(byRising: { images.indices.contains($0) ? Double(images[$0]) : 0 })
        let rows = shown.map { index -> HTML in
            let counts = data.map { number($0.imagesPerClass.indices.contains(index) ? $0.imagesPerClass[index] : 0) }
            return "<tr><th scope=\"row\">\(classNames[index])</th>\(counts)</tr>\n"
        }
        let total = data.map { number($0.imageCount) }
        let folders = data.map { part -> HTML in
            var notes: [HTML] = []
            if part.ignoredFiles > 0 { notes.append("<br>\(Words.counted(part.ignoredFiles, "other file")) ignored") }
            if !part.badImages.isEmpty {
                notes.append("<br>\(Words.counted(part.badImages.count, "image")) could not be read")
            }
            return "<tr><th scope=\"row\">\(part.role)</th><td><code>\(part.folder)</code>\(notes)</td></tr>\n"
        }
        let warnings = dataWarnings.map { "<li class=\"bad\">\($0)</li>\n" as HTML }
        let notes = warnings + dataRemarks.map { "<li>\($0)</li>\n" as HTML }
        let list: HTML = notes.isEmpty ? "" : "<ul>\n\(notes)</ul>\n"
        return PageSection(
            "data", "Data",
            """
            \(list)<table class="facts">
            <tbody>
            \(folders)\(sizes)</tbody>
            </table>
            \(dataSelection(shown))\
            <div class="scroll" tabindex="0"><table>
            <thead><tr><th scope="col" class="text">Images</th>\
            \(data.map { "<th scope=\"col\">\($0.role)</th>" as HTML })</tr></thead>
            <tbody>
            \(rows)</tbody>
            <tfoot><tr><th scope="row">All</th>\(total)</tr></tfoot>
            </table></div>

            """)
    }

    private func dataSelection(_ shown: [Int]) -> HTML {
        let words = selection(of: shown, "those with the fewest images")
        return words.isEmpty ? "" : "<p class=\"soft\">\(words.dropFirst())</p>\n"
    }

    private var sizes: HTML {
        func range(_ spread: DataSummary.Spread) -> String {
            spread.minimum == spread.maximum
                ? "\(spread.minimum)" : "\(spread.minimum) to \(spread.maximum), half up to \(spread.median)"
        }
        guard let widths, let heights else { return "" }
        return """
            <tr><th scope="row">pixels</th><td>width \(range(widths)); height \(range(heights))</td></tr>

            """
    }

    /// The network, its input and where its weights came from.
    var modelFacts: PageSection {
        var facts: [(String, HTML)] = [
            ("Architecture", "\(model.architecture), \(Words.grouped(model.parameterCount)) parameters"),
            ("Input", "\(model.imageSize) × \(model.imageSize) pixels, \(model.resize)"),
            ("Preprocessing", "\(model.preprocessing)"),
            ("Precision", "\(model.precision)"),
        ]
        if let weights = model.weights { facts.append(("Pretrained weights", "<code>\(weights)</code>")) }
        if let temperature = model.temperature { facts.append(("Temperature", "\(Words.decimals(temperature, 3))")) }
        if result.testTimeAugmentation != .none {
            let (name, count) = (result.testTimeAugmentation.rawValue, result.testTimeAugmentation.viewCount)
            facts.append(("Test-time augmentation", "\(name): the mean answers to \(count) views of each image"))
        }
        let loading = weightLoading.map { "<li>\($0)</li>\n" as HTML }
        let list: HTML = loading.isEmpty ? "" : "<h3>How the weights were loaded</h3>\n<ul>\n\(loading)</ul>\n"
        return PageSection("model", "Model", "\(table(facts))\(list)")
    }

    /// Durations, the computer and the versions.
    var timing: PageSection? {
        var facts: [(String, HTML)] = timings.map { ($0.name, "\(Words.duration($0.seconds, 1))") }
        if timings.isEmpty { facts.append(("evaluation", "\(Words.duration(result.seconds, 1))")) }
        if let machine {
            facts.append(("Processor", "\(machine.processor), \(Words.counted(machine.cores, "core"))"))
            facts.append(("Memory", "\(Words.bytes(machine.memoryBytes))"))
            facts.append(("System", "\(machine.system)"))
        }
        facts += versions.map { ($0.name, "\($0.version)") }
        return facts.isEmpty ? nil : PageSection("time", "Time and machine", table(facts))
    }

    /// The recipe, word for word.
    var recipeText: PageSection? {
        recipe.map { PageSection("recipe", "Recipe", "<pre tabindex=\"0\">\($0)</pre>\n") }
    }

    private func table(_ facts: [(String, HTML)]) -> HTML {
        let rows = facts.map { "<tr><th scope=\"row\">\($0.0)</th><td>\($0.1)</td></tr>\n" as HTML }
        return "<table class=\"facts\">\n<tbody>\n\(rows)</tbody>\n</table>\n"
    }
}
