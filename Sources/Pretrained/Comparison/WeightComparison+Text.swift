import Files

extension WeightComparison {
    /// The comparison for a person: a line for each file, a table of the parts, and what the files do not share.
    /// - Parameter all: whether every tensor has a row of its own instead of the parts.
    package func text(all: Bool) -> String {
        var lines = ["A  \(words(first))", "B  \(words(second))"]
        if !isByNetwork { lines.append("not both are a network that is known: compared under the files' own names") }
        lines.append("")
        lines += all ? tensorTable : partTable
        if !all { lines += unshared }
        return (lines + ["", verdict]).map { $0 + "\n" }.joined()
    }

    private func words(_ side: Side) -> String {
        let ignored = side.ignored.isEmpty ? "" : "; not compared: \(side.ignored.listed(most: 8))"
        // Why a file is no network may take many lines, of which the first tells.
        let words = side.words.split(separator: "\n").first.map(String.init) ?? ""
        return "\(side.path) \(words)\(ignored)".legible
    }

    /// Columns: part, tensors of each kind, and how far they are apart.
    private var partTable: [String] {
        var table = TextTable([
            ("part", .leading), ("equal", .trailing), ("different", .trailing), ("largest", .trailing),
            ("relative", .trailing), ("norm", .trailing), ("", .leading),
        ])
        for part in parts + [whole] {
            table.add(
                [part.name, "\(part.equal)", "\(part.different)"] + figures(part.change) + [remarks(part)])
        }
        return table.lines
    }

    /// The largest absolute and relative difference and the norm of the change; blank where there is none.
    private func figures(_ change: TensorChange) -> [String] {
        guard !change.isEqual else { return ["", "", ""] }
        return [change.absolute, change.relative, change.norm].map { Words.significant($0, 3) }
    }

    private func remarks(_ part: Part) -> String {
        [
            (part.equalAsFloats, "equal as 32-bit floats"), (part.otherShape, "of another shape"),
            (part.onlyInFirst, "only in A"), (part.onlyInSecond, "only in B"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }

    private var tensorTable: [String] {
        var table = TextTable([
            ("tensor", .leading), ("", .leading), ("largest", .trailing), ("relative", .trailing), ("norm", .trailing),
        ])
        for row in rows {
            table.add([row.name, words(row.outcome)] + figures(row.outcome.change ?? TensorChange()))
        }
        return table.lines
    }

    private func words(_ outcome: Outcome) -> String {
        switch outcome {
        case .compared(let change, let types):
            change.isEqual
                ? "equal"
                : "\(Words.grouped(change.differing)) of \(Words.grouped(change.count)) differ"
                    + (types.areSame ? "" : ", \(types.words)")
        case .equalAsFloats(_, let types): "equal as 32-bit floats, \(types.words)"
        case .otherShape(let first, let second): "\(first.timesList) in A, \(second.timesList) in B"
        case .onlyInFirst: "only in A"
        case .onlyInSecond: "only in B"
        }
    }

    /// The names of what cannot be compared.
    private var unshared: [String] {
        func list(_ title: String, _ isWanted: (Outcome) -> Bool) -> [String] {
            let found = rows.filter { isWanted($0.outcome) }
            return found.isEmpty ? [] : ["\(title): \(found.map(\.name.legible).listed(most: 8))"]
        }
        let shapes = rows.filter { if case .otherShape = $0.outcome { true } else { false } }
        let lines =
            typeLines
            + (shapes.isEmpty
                ? []
                : ["of another shape: \(shapes.map { "\($0.name.legible) (\(words($0.outcome)))" }.listed(most: 8))"])
            + list("only in A") { $0 == .onlyInFirst } + list("only in B") { $0 == .onlyInSecond }
        return lines.isEmpty ? [] : [""] + lines
    }

    private var verdict: String {
        let whole = whole
        if isEqual { return "equal bit for bit: \(Words.counted(whole.equal, "tensor"))" }
        let differing = rows.count - whole.equal - whole.equalAsFloats
        let floats =
            "\(Words.counted(whole.equalAsFloats, "tensor")) of \(Words.grouped(rows.count)) equal as 32-bit floats only"
        guard differing > 0 else { return floats }
        return "\(Words.counted(differing, "tensor")) of \(Words.grouped(rows.count)) differ"
            + (whole.equalAsFloats == 0 ? "" : "; \(floats)")
    }

    /// A line for each pair of types whose tensors are equal as floats only.
    private var typeLines: [String] {
        var names: [(types: StoredTypes, names: [String])] = []
        for row in rows {
            guard case .equalAsFloats(_, let types) = row.outcome else { continue }
            if let place = names.firstIndex(where: { $0.types == types }) {
                names[place].names.append(row.name.legible)
            } else {
                names.append((types, [row.name.legible]))
            }
        }
        return names.map { "equal as 32-bit floats, \($0.types.words): \($0.names.listed(most: 8))" }
    }
}

extension StoredTypes {
    /// Where they differ, which is where; else why equal floats do not settle it.
    fileprivate var words: String {
        areSame
            ? "both are \(first), which holds more"
            : "\(first) in A and \(second) in B"
    }
}
