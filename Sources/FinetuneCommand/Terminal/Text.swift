import Files
import Recipes

/// Two columns, the first as wide as it needs to be.
func table(_ rows: [(String, String)]) -> String {
    let width = rows.map(\.0.count).max() ?? 0
    return rows.map { "  \($0.padded(to: width))  \($1)\n" }.joined()
}

/// Words in lines of at most 100 characters, all but the first indented.
func folded(_ words: [String], indentation: Int) -> String {
    var lines: [String] = []
    for word in words {
        if let line = lines.last, line.count + word.count < 100 {
            lines[lines.count - 1] = "\(line) \(word)"
        } else {
            lines.append(lines.isEmpty ? word : String(repeating: " ", count: indentation) + word)
        }
    }
    return lines.joined(separator: "\n")
}
