import Files
import Networks
import Pretrained
import Tasks

/// What a card says to people, in Markdown.
struct CardSections {
    private let export: Export
    private var model: Model { export.model }

    init(_ export: Export) { self.export = export }

    var summary: String {
        let count = model.options.classCount
        let task =
            switch model.task {
            case .classification: "names one of \(Words.counted(count, "class", "classes")) for an image"
            case .multiLabel: "names any of \(Words.counted(count, "class", "classes")) for an image"
            default: "says \(Words.counted(count, "number")) of an image"
            }
        let network =
            model.architecture.words(model.options)
            + (model.options.fullyConnected ? "" : ", \(Words.head(model.options.head))")
        return """
            # \(export.name.inMarkdown)

            This model \(task). It is \(network), and was exported by finetune \(toolVersion); its numbers are those of the \
            model that it was exported from, bit for bit.
            """
    }

    var use: String {
        let limits =
            model.task.definition.targetKind == .number
            ? "Of images unlike those it learnt from it says numbers all the same, and they mean nothing."
            : """
            Of images unlike those it learnt from, and of things that are none of its classes, it names a class all the \
            same.
            """
        return """
            ## Intended use and limits

            Meant for images like those it was trained on. \(limits) How well it does on your images you know only after \
            judging it on some of them. It has not been examined for fairness between groups of people, and is not meant \
            for decisions about them.
            """
    }

    func loading(_ sample: CodeSample) -> String {
        """
        ## Loading

        ```\(sample.language)
        \(sample.lines.joined(separator: "\n"))
        ```
        """
    }

    var preprocessing: String {
        let side = model.imageSize
        let resize =
            switch model.resize {
            case .crop: "the shorter side is resized to \(side) pixels, and the middle square cut out"
            case .squash: "both sides are resized to \(side) pixels"
            case .letterbox: "the longer side is resized to \(side) pixels, and black bars fill the square"
            }
        let how = model.preprocessing
        let numbers =
            export.takesRawPixels
            ? "The file prepares pixels itself: it takes whole numbers of 0…255, RGB."
            : """
            Pixels of 0…255 in the order \(how.channelOrder.rawValue.uppercased()), then (pixel − mean) / divisor for each \
            channel: mean \(how.mean.numbersListed), divisor \(how.standardDeviation.numbersListed).
            """
        return """
            ## Preprocessing

            Images are turned upright, then \(resize) (bilinear, as Pillow resizes). \(numbers)
            """
    }

    var outputs: String {
        var lines = ["## Outputs", ""]
        if let scale = model.rules.scale {
            lines.append("The number is \(scale.offset) + \(scale.unit) · output.")
            return lines.joined(separator: "\n")
        }
        let function = model.task == .multiLabel ? "sigmoid" : "softmax"
        let divided = model.temperature.map { " / \($0)" } ?? ""
        lines.append("Probabilities are \(function)(logits\(divided)).")
        if model.task == .multiLabel {
            let thresholds = model.thresholds ?? Array(repeating: 0.5, count: model.options.classCount)
            let list = thresholds.map(\.description).joined(separator: ", ")
            lines.append("A class is named from its threshold on: \(list).")
        }
        guard let names = model.classNames else {
            return (lines + ["The classes have no names."]).joined(separator: "\n")
        }
        let list = JSON.array(names.map { .string($0.legible) }).compactText.replacing("`", with: "\\u0060")
        return (lines + ["", "Classes, in the order of the outputs:", "", "```json", list, "```"])
            .joined(separator: "\n")
    }

    var results: String {
        guard let results = export.origin.results, !results.figures.isEmpty else {
            if let published = export.origin.published { return Self.results(published) }
            return """
                ## Results

                Not known here: the model was exported without a run's report.
                """
        }
        let level = "\(Words.significant(100 * results.level, 3)) %"
        let rows = results.figures.map { figure in
            let interval = figure.interval.map { "\(Words.decimals($0.lower, 4)) to \(Words.decimals($0.upper, 4))" }
            return "| \(figure.name.inMarkdown) | \(Words.significant(figure.value, 5)) | \(interval ?? "–") |"
        }
        let warnings = results.warnings.map { "- \($0.inMarkdown)" }
        let images = Words.counted(results.imageCount, "\(results.role.inMarkdown) image")
        let head = [
            "## Results", "", "On \(images), with \(level) intervals (percentile bootstrap over images):", "",
            "| figure | value | interval |", "|---|---|---|",
        ]
        return (head + rows + (warnings.isEmpty ? [] : ["", "Warnings:", ""] + warnings)).joined(separator: "\n")
    }

    private static func results(_ published: PublishedAccuracy) -> String {
        let rows = [("top-1 accuracy", published.top1), ("top-5 accuracy", published.top5)].compactMap { name, value in
            value.map { "| \(name) | \($0) % |" }
        }
        return """
            ## Results

            As published with the weights; not measured here:

            | figure | value |
            |---|---|
            \(rows.joined(separator: "\n"))
            """
    }

    var training: String {
        var lines: [String] = []
        if let weights = export.origin.weights {
            lines.append("- \(export.origin.results == nil ? "Weights" : "Began with"): \(weights.inMarkdown)")
        }
        for part in export.origin.results?.parts ?? [] {
            lines.append(
                "- \(part.role.inMarkdown): \(part.folder.inMarkdown), \(Words.counted(part.imageCount, "image"))")
        }
        return lines.isEmpty ? "" : (["## Training", ""] + lines).joined(separator: "\n")
    }

    var licence: String { "## Licence\n\n\(LicenceWords(export.origin.licence).words.inMarkdown)" }
}

extension String {
    /// The text on one line, in which no character means anything to Markdown.
    fileprivate var inMarkdown: String {
        var text = ""
        for character in legible {
            if "\\`*_[]<>|#".contains(character) { text += "\\" }
            text.append(character)
        }
        return text
    }
}

extension [Float] {
    fileprivate var numbersListed: String { map(\.description).joined(separator: ", ") }
}
