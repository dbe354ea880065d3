import Files
import Testing

@Suite struct LegibleTextTests {
    @Test(arguments: [
        ("cat", "cat"),
        ("Käse, 猫 and 👩‍🌾", "Käse, 猫 and 👩‍🌾"),
        ("C:\\x", "C:\\x"),
        ("two\nlines", "two\\nlines"),
        ("a\r\nb", "a\\r\\nb"),
        ("a\tb", "a\\tb"),
        ("\u{1B}[2J", "\\x1b[2J"),
        ("\u{1B}]0;title\u{7}", "\\x1b]0;title\\x07"),
        ("\0", "\\x00"),
        ("\u{7F}", "\\x7f"),
        ("\u{9B}31m", "\\u{9b}31m"),
        ("gpj.\u{202E}exe", "gpj.\\u{202e}exe"),
        ("\u{2066}a\u{2069}", "\\u{2066}a\\u{2069}"),
        ("a\u{2028}b\u{2029}c", "a\\u{2028}b\\u{2029}c"),
        ("\u{200B}\u{200E}\u{61C}\u{FEFF}", "\\u{200b}\\u{200e}\\u{61c}\\u{feff}"),
        ("\u{FFFF}", "\\u{ffff}"),
    ])
    func whatCannotBeSeenIsEscaped(text: String, expected: String) {
        #expect(text.legible == expected)
        #expect(expected.legible == expected)
    }

    @Test func bytesOfNoCharacterAreEscaped() {
        #expect(String(fileName: [0x6B, 0xE4, 0x73, 0x65]).legible == "k\\xe4se")
        #expect(String.tabSeparated([String(fileName: [0x9B])]) == "\\x9b\n")
    }

    @Test func linesOfATextStayLines() {
        #expect("error: a\n  b\u{1B}c\n".legibleLines == "error: a\n  b\\x1bc\n")
    }

    /// Two different lists of names never give the same line.
    @Test func tabSeparatedFieldsCanBeToldApart() {
        #expect(String.tabSeparated(["a.png", "cat", "0.5"]) == "a.png\tcat\t0.5\n")
        #expect(String.tabSeparated(["a\tb", "c\nd", "e\\tf"]) == "a\\tb\tc\\nd\te\\\\tf\n")
        #expect(String.tabSeparated(["\u{1B}", "\\x1b"]) == "\\x1b\t\\\\x1b\n")
    }
}
