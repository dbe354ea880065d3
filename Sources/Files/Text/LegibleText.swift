// Names come from files that anybody may have made. A terminal obeys some of their characters, and people cannot see others.

extension String {
    /// The text on one line, every character of which is seen and none obeyed: `a\nb` for a name of two lines, `\x1b[2J` for
    /// one that would clear a terminal, `\u{202e}` for one that would turn the direction of what follows, `\xe4` for a byte
    /// that is part of no character.
    ///
    /// This is what people read, on a terminal, in a log or in a table. It does not lead back to the name, since a backslash
    /// stays as it is; `tabSeparated` does.
    package var legible: String {
        let isPlain: (UInt8) -> Bool = { (0x20..<0x7F).contains($0) }
        if utf8.allSatisfy(isPlain) { return self }
        var result = ""
        for scalar in unicodeScalars {
            if scalar.isSeen { result.unicodeScalars.append(scalar) } else { result += scalar.escaped }
        }
        return result
    }

    /// The same of each line of a text that has lines of its own.
    package var legibleLines: String {
        split(separator: "\n", omittingEmptySubsequences: false).map { String($0).legible }.joined(separator: "\n")
    }

    /// The texts as one line of a table, with tabs between and a line end. In them a tab is `\t`, a line end `\n`, whatever
    /// else cannot be seen its number, such as `\x1b` or `\u{202e}`, and a backslash `\\`.
    package static func tabSeparated(_ fields: [String]) -> String {
        fields.map { $0.replacing("\\", with: "\\\\").legible }.joined(separator: "\t") + "\n"
    }
}

extension Unicode.Scalar {
    /// Whether the character is a mark, letter or blank that one can see, and a terminal shows rather than obeys.
    package var isSeen: Bool {
        if fileNameByte != nil { return false }
        switch self {
        case " "..."~": return true
        // They join letters or keep them apart, and names in Persian, Hindi or emoji are spelt with them.
        case "\u{200C}", "\u{200D}": return true
        default: break
        }
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: return false
        case .unassigned: return !properties.isNoncharacterCodePoint
        default: return true
        }
    }

    /// What stands for the character where it cannot be seen.
    package var escaped: String {
        if let byte = fileNameByte { return "\\x" + String(byte, radix: 16) }
        return switch self {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        case "\0"..."\u{F}": "\\x0" + String(value, radix: 16)
        case "\u{10}"..."\u{7F}": "\\x" + String(value, radix: 16)
        default: "\\u{" + String(value, radix: 16) + "}"
        }
    }
}
