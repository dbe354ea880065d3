/// The word of `words` that someone who wrote `word` most likely meant, or nil where none is near.
///
/// Near is an `editDistance` of at most a third of the longer word, or a beginning that both share up to the end of one.
package func nearestWord(to word: String, in words: some Sequence<String>) -> String? {
    guard word.count <= 64 else { return nil }
    let written = Array(word.lowercased())
    var best: (word: String, distance: Int, common: Int)?
    for candidate in words {
        let other = Array(candidate.lowercased())
        var distance = editDistance(written, other)
        if written.count >= 3 && other.starts(with: written) { distance = min(distance, 1) }
        guard distance <= max(1, max(written.count, other.count) / 3), distance < written.count else { continue }
        // Of words equally near, the one that begins the same way for longer.
        let common = zip(written, other).prefix { $0 == $1 }.count
        if let best, (best.distance, -best.common) <= (distance, -common) { continue }
        best = (candidate, distance, common)
    }
    return best?.word
}

/// `; did you mean x?`, or the whole choice where nothing is near.
package func suggestion(for word: String, in words: [String]) -> String {
    if let nearest = nearestWord(to: word, in: words) { return "; did you mean `\(nearest)`?" }
    let more = words.count > 40 ? " and \(words.count - 40) more" : ""
    return words.isEmpty ? "" : "; there are: \(words.prefix(40).joined(separator: ", "))\(more)"
}

/// How many insertions, deletions, substitutions and swaps of neighbours make one text of the other (optimal string
/// alignment).
package func editDistance(_ a: [Character], _ b: [Character]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in a.indices {
        var row = [i + 1]
        for j in b.indices {
            var cost = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforeLast[j - 1] + 1) }
            row.append(cost)
        }
        (beforeLast, last) = (last, row)
    }
    return last[b.count]
}
