import Files
import Foundation
import TestSupport
import Testing

@Suite struct CSVTests {
    @Test func quotesOnlyWhatNeedsQuotes() {
        #expect(
            CSV.line(["plain", "with, comma", "with \"quotes\"", "two\nlines", "", "Straße 7"])
                == "plain,\"with, comma\",\"with \"\"quotes\"\"\",\"two\nlines\",,Straße 7\n")
        #expect(CSV.field("a\r\nb") == "\"a\r\nb\"")
        #expect(CSV.field("\"") == "\"\"\"\"")
    }

    @Test func readsWhatItWrites() throws {
        let rows = [["a", "b,\"c\"", "d\ne"], ["", "\"", "\r\n"], ["ü", "猫.jpg", " "]]
        var reader = CSVReader(rows.map { CSV.line($0) }.joined(), file: "x.csv")
        #expect(try reader.rest().map(\.fields) == rows)
    }

    @Test func countsLines() throws {
        var reader = CSVReader("a,\"b\nc\"\r\nd\r\n\"e\"", file: "x.csv")
        let records = try reader.rest()
        #expect(records.map(\.line) == [1, 3, 4])
        #expect(records.map(\.fields) == [["a", "b\nc"], ["d"], ["e"]])
    }

    @Test func filesAreFiles() throws {
        let folder = try TemporaryDirectory()
        try #require(mkfifo(folder.file("pipe.csv"), 0o600) == 0)
        for (name, reason) in [
            ("pipe.csv", "not a regular file"), ("gone.csv", "No such file or directory"), ("", "Is a directory"),
        ] {
            let error = #expect(throws: CSVError.self) { try CSVReader(contentsOf: folder.file(name)) }
            #expect(error?.description == "\(folder.file(name)):1: the file cannot be read: \(reason)")
        }
    }

    @Test(arguments: [
        ("a\n\"b", "x.csv:2: a quoted field is never closed"),
        ("a\nb\"c\"", "x.csv:2: a quote inside a field without quotes"),
        ("\"a\"b", "x.csv:1: text after the closing quote of a field"),
    ]) func rejectsBrokenQuotes(_ text: String, _ message: String) {
        var reader = CSVReader(text, file: "x.csv")
        let error = #expect(throws: CSVError.self) { try reader.rest() }
        #expect(error?.description == message)
    }
}
