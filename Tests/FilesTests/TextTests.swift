import Files
import Testing

@Suite struct TextTests {
    @Test func tablesAlign() {
        var table = TextTable([("name", .leading), ("count", .trailing), ("", .leading)])
        table.add(["a", "1,000", "x"])
        table.add(["longer", "7", ""])
        #expect(table.text == "name    count\na       1,000  x\nlonger      7\n")
    }

    @Test(arguments: [
        (0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567"), (Int.min, "-9,223,372,036,854,775,808"),
    ])
    func digitsAreGrouped(number: Int, text: String) {
        #expect(Words.grouped(number) == text)
    }

    @Test(arguments: [
        (0.4, "0 s"), (59.6, "1 min 0 s"), (3599, "59 min 59 s"), (7500, "2 h 5 min"), (.infinity, "0 s"),
        (.nan, "0 s"),
    ])
    func durations(seconds: Double, text: String) {
        #expect(Words.duration(seconds) == text)
    }

    @Test(arguments: [(0.44, "0.4 s"), (59.94, "59.9 s"), (59.96, "1 min 0 s"), (754.2, "12 min 34 s")])
    func shortDurationsHaveDecimals(seconds: Double, text: String) {
        #expect(Words.duration(seconds, 1) == text)
    }

    @Test func numbersAreShort() {
        #expect(
            [0.015312, 1.23e-5, -12.345, 999.4, 999.6, 12345.6, -1234, 1e20, .infinity, .nan].map(Words.short)
                == ["0.0153", "1.23e-05", "-12.3", "999", "1,000", "12,346", "-1,234", "1e+20", "inf", "nan"])
    }

    @Test func aPartIsNotTheWhole() {
        #expect(
            [0, 0.0001, 0.5, 0.9999, 1, .nan].map(Words.percent) == [
                "0.0\u{A0}%", "0.1\u{A0}%", "50.0\u{A0}%", "99.9\u{A0}%", "100.0\u{A0}%", "–",
            ])
    }

    @Test func listsEnd() {
        #expect([["a"], ["a", "b"], ["a", "b", "c"]].map { $0.listed("or") } == ["a", "a or b", "a, b or c"])
        #expect(["a", "b", "c"].listed(most: 2) == "a, b and 1 more" && ["a"].listed(most: 1) == "a")
    }

    @Test(arguments: [(0, "0 B"), (1536, "1.5 KiB"), (5 << 20, "5.0 MiB"), (3 << 29, "1.50 GiB")])
    func byteCounts(count: Int, text: String) {
        #expect(Words.bytes(count) == text)
    }
}
