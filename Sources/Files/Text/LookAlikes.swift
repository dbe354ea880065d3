// Word processors, web pages and keyboards put characters into text that look like those of YAML and of commands.

extension Unicode.Scalar {
    /// A blank that is neither space nor tab nor the end of a line, such as the no-break space; often it has no width.
    var isOddBlank: Bool {
        switch self {
        case "\u{180E}", "\u{200B}", "\u{2060}", "\u{FEFF}": true
        case "\u{85}", "\u{2028}", "\u{2029}": false
        default: !isASCII && properties.isWhitespace
        }
    }

    /// `“`, `’`, `«` and their kin.
    var isTypographicQuote: Bool {
        switch self {
        case "\u{AB}", "\u{BB}", "\u{2018}"..."\u{201F}", "\u{2039}", "\u{203A}", "\u{301D}"..."\u{301F}", "\u{FF02}",
            "\u{FF07}":
            true
        default: false
        }
    }

    /// A dash, hyphen or minus that is not `-`.
    package var isTypographicDash: Bool {
        !isASCII && (properties.generalCategory == .dashPunctuation || self == "\u{2212}")
    }

    /// Whether the character passes for one that means something in YAML, and means nothing.
    var isLookAlike: Bool {
        isOddBlank || isTypographicQuote || isTypographicDash || ("\u{FF01}"..."\u{FF5E}").contains(self)
    }

    /// `a no-break space (U+00A0)`.
    package var named: String {
        let name = (properties.name ?? "character").lowercased()
        let number = String(value, radix: 16, uppercase: true)
        let article = "aeiou".contains(name.first ?? "x") ? "an" : "a"
        return "\(article) \(name) (U+\(String(repeating: "0", count: max(0, 4 - number.count)))\(number))"
    }
}

extension String {
    /// What to add to a message for a person who cannot see that a character is another than it seems.
    package var lookAlikeHint: String {
        unicodeScalars.first(where: \.isLookAlike).map { "; in it is \($0.named)" } ?? ""
    }
}
