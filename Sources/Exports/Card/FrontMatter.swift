import Files
import Networks
import Pretrained
import Tasks

/// What a model card says to machines: YAML, whose keys are those of Hugging Face (huggingface.co/docs/hub/model-cards).
///
/// Texts are written as JSON strings, which YAML takes as they are.
struct FrontMatter {
    private let export: Export
    private let library: String

    init(_ export: Export, library: String) {
        self.export = export
        self.library = library
    }

    var text: String {
        var lines = ["---", "# Written by \(Companion.mark).", "library_name: \(library)"]
        lines += LicenceWords(export.origin.licence).lines
        if saysClasses { lines.append("pipeline_tag: \(taskName)") }
        lines += list("tags", [taskName, "finetune", export.model.architecture.rawValue, library])
        lines += list("datasets", datasets)
        lines += list("metrics", (export.origin.results?.figures ?? []).map(\.key))
        lines += results
        return (lines + ["---", ""]).joined(separator: "\n")
    }

    private var saysClasses: Bool { export.model.task.definition.targetKind != .number }

    /// For classes one of Hugging Face's names of tasks, which are none for numbers.
    private var taskName: String { saysClasses ? "image-classification" : "image-regression" }

    /// Those that the weights come from, and the folder that was trained on.
    private var datasets: [String] {
        let trained = export.origin.results?.parts.filter { $0.role.hasPrefix("train") }.map(\.folder) ?? []
        return ([export.origin.weightsData].compactMap(\.self) + trained).filter { !$0.isEmpty }
    }

    /// `model-index`.
    private var results: [String] {
        guard let results = export.origin.results, !results.figures.isEmpty else { return [] }
        let judged = results.parts.first { $0.role == results.role }?.folder ?? results.role
        var lines = [
            "model-index:", "- name: \(Self.quoted(export.name))", "  results:", "  - task:", "      type: \(taskName)",
            "    dataset:", "      name: \(Self.quoted(judged))", "      type: \(Self.quoted(judged))",
            "      split: \(Self.quoted(results.role))", "    metrics:",
        ]
        for figure in results.figures {
            lines += ["    - type: \(Self.quoted(figure.key))", "      value: \(Self.number(figure.value))"]
            lines.append("      name: \(Self.quoted(figure.words(level: results.level)))")
        }
        return lines
    }

    private func list(_ key: String, _ values: [String]) -> [String] {
        var seen: Set<String> = []
        let different = values.filter { seen.insert($0).inserted }
        return different.isEmpty ? [] : ["\(key):"] + different.map { "- \(Self.quoted($0))" }
    }

    /// In YAML a number with an exponent has a point.
    private static func number(_ value: Double) -> String {
        let text = value.description
        return text.contains(".") ? text : text.replacing("e", with: ".0e")
    }

    static func quoted(_ text: String) -> String { JSON.string(text.legible).compactText }
}

extension RunResults.Figure {
    /// `accuracy (95 % interval 0.9083 to 0.9521)`.
    func words(level: Double) -> String {
        guard let interval else { return name }
        let ends = "\(Words.decimals(interval.lower, 4)) to \(Words.decimals(interval.upper, 4))"
        return "\(name) (\(Words.significant(100 * level, 3)) % interval \(ends))"
    }

    /// `macro F1` for `macro_f1`.
    var name: String {
        key.split(separator: "_").map { $0 == "f1" ? "F1" : String($0) }.joined(separator: " ")
    }
}
