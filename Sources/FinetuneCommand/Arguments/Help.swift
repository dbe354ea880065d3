extension OptionDeclaration {
    /// `--batch N`.
    var usage: String { placeholder.map { "\(name) \($0)" } ?? name }

    /// As in a synopsis: in brackets unless required, with an ellipsis where it repeats.
    fileprivate var synopsis: String { (isRequired ? usage : "[\(usage)]") + (repeats ? "…" : "") }

    fileprivate var help: String {
        var text = meaning
        if !words.isEmpty && words.count <= 6 && expected != placeholder {
            text += ": \(words.joined(separator: ", "))"
        }
        if let standard { text += " (default \(standard))" }
        return text
    }
}

extension Command {
    /// `finetune bench --architecture A [--batch N] …`, folded to the width of a terminal.
    var synopsis: String {
        let operand: [String] =
            switch operands {
            case .none: []
            case .one(let name): [name]
            case .two(let first, let second): [first, second]
            case .optional(let name): ["[\(name)]"]
            case .oneOrMore(let name): ["\(name)…"]
            }
        return folded(["finetune \(name)"] + operand + options.map(\.synopsis), indentation: 4)
    }

    /// The text of `finetune <command> --help`.
    var help: String {
        let rows = (options + [Self.helpOption]).map { ($0.usage, $0.help) }
        let text = discussion.isEmpty ? "" : "\n\(discussion)\n"
        return "\(summary)\n\n\(synopsis)\n\(text)\n\(table(rows))"
    }

    private static let helpOption = OptionDeclaration(
        name: "--help", placeholder: nil, expected: "", meaning: "print this", accepts: { _ in true })

    /// The text of `finetune --help`.
    static func overview(_ commands: [Command]) -> String {
        """
        Fine-tunes pretrained image classifiers on a CPU, from one recipe.

        finetune --recipe RECIPE.yaml        train, evaluate, report
        finetune COMMAND …                   one of:

        \(table(commands.map { ($0.name, $0.summary) }))
        finetune COMMAND --help tells the options of a command; finetune --version the version.
        Exit codes: 0 done, 1 failed while running, 2 usage or recipe, 3 data or weights, 130 interrupted.

        """
    }
}
