/// Rows of text in columns, for people to read in a terminal.
package struct TextTable: Sendable {
    package enum Alignment: Sendable { case leading, trailing }

    private let alignments: [Alignment]
    private var rows: [[String]]

    /// A table without rows.
    /// - Parameter columns: headers, and how each column is aligned.
    package init(_ columns: [(header: String, alignment: Alignment)]) {
        alignments = columns.map(\.alignment)
        rows = [columns.map(\.header)]
    }

    /// Adds a row with a cell for each column; what a cell holds is made legible.
    package mutating func add(_ cells: [String]) {
        precondition(cells.count == alignments.count, "\(cells.count) cells for \(alignments.count) columns")
        rows.append(cells.map(\.legible))
    }

    /// The header and the rows, one a line, without blanks at the ends of lines.
    package var lines: [String] {
        let widths = alignments.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.indices.map { row[$0].padded(to: widths[$0], alignments[$0]) }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    package var text: String { lines.map { $0 + "\n" }.joined() }
}

extension String {
    /// Filled up with blanks behind (leading) or in front (trailing).
    package func padded(to width: Int, _ alignment: TextTable.Alignment = .leading) -> String {
        let blanks = String(repeating: " ", count: max(0, width - count))
        return alignment == .leading ? self + blanks : blanks + self
    }
}
