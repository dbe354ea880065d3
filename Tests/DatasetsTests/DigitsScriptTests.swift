import Datasets
import Foundation
import Images
import TestSupport
import Testing

/// `Scripts/digits.py`, which makes the quick start's sample data.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "skipped: no /usr/bin/python3"))
struct DigitsScriptTests {
    let tree: DataTree

    init() throws { tree = try DataTree() }

    @Test func digitsBecomeFoldersOfPictures() throws {
        // Seven zeros and six nines, every pixel of line i being i.
        let rows = (0..<13).map { i in Array(repeating: "\(i)", count: 784) + [i < 7 ? "0" : "9"] }
        try writeTable(rows)
        let first = try run("digits.py", tree.path("table.csv.gz"), tree.path("digits"))
        #expect(first.status == 0)
        #expect(first.output == "\(tree.path("digits")): 11 digits to train on, 2 to test with.\n")
        let dataset = try Dataset(train: tree.path("digits/train"), test: tree.path("digits/test"), seed: 0)
        #expect(dataset.classNames == ["0", "9"])
        #expect(dataset[.test].map(\.name) == ["0/0004.png", "9/0011.png"])
        #expect(dataset.audit.groups.isEmpty)
        for sample in dataset[.training] {
            let line = try #require(UInt8(sample.name.dropFirst(2).prefix(4)))
            #expect(
                try Image(contentsOf: sample.path)
                    == Image(width: 28, height: 28, pixels: Array(repeating: line, count: 28 * 28 * 3)))
        }
        let second = try run("digits.py", tree.path("table.csv.gz"), tree.path("digits"))
        #expect(second.status == 0)
        #expect(second.output == "\(tree.path("digits")) is there already.\n")
    }

    @Test func digitsBecomeTablesOfPixels() throws {
        let rows = (0..<13).map { i in (0..<784).map { "\((i * 20 + $0) % 256)" } + [i < 7 ? "0" : "9"] }
        try writeTable(rows)
        let first = try run("digits.py", tree.path("table.csv.gz"), tree.path("tables"), "--table")
        #expect(first.output == "\(tree.path("tables")): 11 digits to train on, 2 to test with.\n")
        // The images of the folders.
        #expect(try run("digits.py", tree.path("table.csv.gz"), tree.path("digits")).status == 0)
        let folders = try Dataset(train: tree.path("digits/train"), test: tree.path("digits/test"), seed: 0)
        let tables = try Dataset(train: tree.path("tables/train.csv"), test: tree.path("tables/holdout.csv"), seed: 0)
        for role in [DatasetRole.training, .test] {
            #expect(
                try tables[role].map { try $0.content.image() } == folders[role].map { try $0.content.image() })
            #expect(tables[role].map(\.label) == folders[role].map(\.label))
        }
        let unlabelled = try ImageSet(detecting: tree.path("tables/test.csv"))
        #expect(unlabelled.classNames.isEmpty)
        #expect(
            try unlabelled.samples.map { try $0.content.image() } == tables[.test].map { try $0.content.image() })
        #expect(try FileManager.default.contentsOfDirectory(atPath: tree.path("tables")).count == 3)
        let second = try run("digits.py", "--table", tree.path("table.csv.gz"), tree.path("tables"))
        #expect(second.output == "\(tree.path("tables")) is there already.\n")
    }

    @Test(arguments: [["1", "2"], Array(repeating: "256", count: 785)])
    func aBadTableLeavesNothingBehind(_ row: [String]) throws {
        try writeTable([row])
        let result = try run("digits.py", tree.path("table.csv.gz"), tree.path("digits"))
        #expect(result.status == 1)
        #expect(result.output.contains("line 1: not 784 grey levels and a digit"))
        #expect(!FileManager.default.fileExists(atPath: tree.path("digits")))
        #expect(try run("digits.py", tree.path("table.csv.gz"), tree.path("digits"), "--table").status == 1)
        #expect(!FileManager.default.fileExists(atPath: tree.path("digits")))
    }

    private func writeTable(_ rows: [[String]]) throws {
        try tree.write("table.csv", Array(rows.map { $0.joined(separator: ",") + "\n" }.joined().utf8))
        let packed = try runProgram("/usr/bin/env", ["gzip", tree.path("table.csv")])
        #expect(packed.status == 0)
    }

    private func run(_ script: String, _ arguments: String...) throws -> (status: Int32, output: String) {
        try runProgram("/usr/bin/python3", ["\(packageRoot)/Scripts/\(script)"] + arguments)
    }

    private func runProgram(_ path: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
