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
        let widths = alignments.indices.map { column in rows.map { $0[column].width }.max() ?? 0 }
        return rows.map { row in
            let cells = row.indices.map { row[$0].padded(to: widths[$0], alignments[$0]) }
            let line = cells.joined(separator: "  ").utf8
            let end = line.lastIndex { $0 != UInt8(ascii: " ") }.map(line.index(after:)) ?? line.startIndex
            return String(Substring(line[..<end]))
        }
    }

    package var text: String { lines.map { $0 + "\n" }.joined() }
}

extension String {
    /// Filled up with blanks behind (leading) or in front (trailing).
    package func padded(to width: Int, _ alignment: TextTable.Alignment = .leading) -> String {
        let blanks = String(repeating: " ", count: max(0, width - self.width))
        return alignment == .leading ? self + blanks : blanks + self
    }

    /// How many characters there are; of ASCII on one line each byte is one.
    fileprivate var width: Int { utf8.allSatisfy { (0x20..<0x7F).contains($0) } ? utf8.count : count }
}
