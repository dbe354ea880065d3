import Foundation
import TestSupport
import Testing

/// What becomes of output that nobody takes, and of names in it that nobody would want to see raw.
@Suite struct StandardOutputTests {
    private static let hostile = "c\u{1B}[2Jat\n\t\\\u{202E}"
    private static let escaped = "c\\x1b[2Jat\\n\\t\\\\u{202e}"
    private let folder: TemporaryDirectory

    init() throws {
        folder = try smallData()
        try writeSmallModel(to: folder.file("model.h5"), classNames: ["blue", Self.hostile, "red"])
    }

    /// Every command that prints.
    static let commands = [
        "--help", "--version", "help bench", "list --help", "list", "summary resnet18", "summary resnet18 --batch 2",
        "inspect model.h5", "check --recipe small.yaml",
        "bench --architecture resnet20 --image-size 8 --batch 1 --repeat 1 --case forward",
        "bench --architecture resnet20 --image-size 8 --batch 1 --repeat 1 --case forward --json",
        "predict data/test --model model.h5", "predict data/test --model model.h5 --format csv",
        "probe --data data/train --test data/test --model model.h5",
        "explain data/test/red --model model.h5 --output pictures",
        "visualize --filters --model model.h5 --output filters.png",
        "visualize --image data/test/red/0.png --layer layer1 --model model.h5 --output maps.png",
        "visualize --image data/test/red/0.png --nearest data/test --model model.h5 --output nearest.png",
        "export model.h5 --to onnx", "--recipe small.yaml",
    ]

    @Test(arguments: commands) func aFullDeviceIsAFailure(command: String) throws {
        let outcome = try Tool.shell("\"$0\" \(command) > /dev/full", in: folder.path)
        #expect(outcome.exitCode == 1)
        #expect(
            outcome.words.hasSuffix(
                "error: cannot write standard output: No space left on device; free some space or choose another place for the output\n"
            ), "\(outcome.words)")
    }

    @Test(arguments: commands) func aClosedStreamIsAFailure(command: String) throws {
        let outcome = try Tool.shell("\"$0\" \(command) >&-", in: folder.path)
        #expect(outcome.exitCode == 1)
        #expect(
            outcome.words.hasSuffix("error: cannot write standard output: Bad file descriptor\n"), "\(outcome.words)")
    }

    /// As other tools end whose reader has seen enough.
    @Test(arguments: ["list", "inspect model.h5", "predict data/test --model model.h5", "help"])
    func aReaderThatWentAwayEndsItWithoutAWord(command: String) throws {
        // What it has not read by then, `sleep` holds for a moment, then nobody.
        let outcome = try Tool.shell("{ \"$0\" \(command); echo \"code $?\" >&2; } | true; sleep 0.1", in: folder.path)
        #expect(!outcome.words.contains("error"), "\(outcome.words)")
        #expect(["code 0\n", "code 141\n"].contains { outcome.words.hasSuffix($0) }, "\(outcome.words)")
        let many = try Tool.shell(
            "{ for i in 1 2 3 4 5; do \"$0\" \(command); code=$?; [ $code = 0 ] || break; done; echo \"code $code\" >&2; } | head -c 1",
            in: folder.path)
        #expect(many.words.hasSuffix("code 141\n"), "\(many.words)")
        #expect(!many.words.contains("error"), "\(many.words)")
    }

    /// A file that is opened later must not get the number of the closed stream.
    @Test func closedStreamsDoNotGetIntoFiles() throws {
        let outcome = try Tool.shell(
            "\"$0\" predict data/test --model model.h5 --output table.csv <&- >&- 2>&-; echo code $?", in: folder.path)
        #expect(outcome.output == "code 1\n")
        let sound = try Tool.shell(
            "\"$0\" features --data data/test --model model.h5 --output f.csv <&- >&- 2>&-; echo code $?",
            in: folder.path)
        #expect(sound.output == "code 0\n")
        let table = try String(contentsOfFile: folder.file("f.csv"), encoding: .utf8)
        #expect(table.hasPrefix("filename,label,f0,") && !table.contains("images/s"))
    }

    @Test func hostileNamesAreEscapedWhereverPeopleRead() throws {
        let picture = "p\u{1B}[31m\n\t.png"
        try FileManager.default.copyItem(atPath: folder.file("data/test/red/0.png"), toPath: folder.file(picture))
        try Data("no image".utf8).write(to: URL(fileURLWithPath: folder.file("bad\u{9B}2J.png")))
        let all = try Tool.run(
            "predict", picture, "bad\u{9B}2J.png", "--model", "model.h5", "--top", "3", in: folder.path)
        #expect(all.exitCode == 3)
        let fields = all.output.split(separator: "\t").map(String.init)
        #expect(all.output.split(separator: "\n").count == 1 && fields.count == 7)
        #expect(fields.first == "p\\x1b[31m\\n\\t.png")
        #expect(fields.contains("c\\x1b[2Jat\\n\\t\\\\\\u{202e}"))
        #expect(all.words.contains("left out: bad\\u{9b}2J.png: "))
        for outcome in try [
            all, Tool.run("inspect", "model.h5", in: folder.path),
            Tool.run("explain", picture, "--model", "model.h5", "--class", Self.hostile, in: folder.path),
            Tool.run("explain", picture, "--model", "model.h5", "--class", "c\u{1B}[2Jab", in: folder.path),
            Tool.run("predict", "none\u{1B}[2J\nerror: all is well", "--model", "model.h5", in: folder.path),
            Tool.run("evaluate", "--data", "none\u{1B}[2J\nx", "--model", "model.h5", "--output", "o", in: folder.path),
            Tool.run("inspect", "none\u{1B}[2J\nx", in: folder.path),
            Tool.run(
                "evaluate", "--data", "data/test", "--model", "model.h5", "--output", "data/test/red/0.png/\u{7}",
                in: folder.path),
        ] {
            let text = outcome.output + outcome.words
            #expect(
                text.unicodeScalars.allSatisfy {
                    ["\n", "\t"].contains($0)
                        || ($0.value >= 0x20 && $0 != "\u{202E}" && !(0x7F..<0xA0).contains($0.value))
                }, "\(text)")
            #expect(!text.contains("\nx") && !text.contains("\nerror: all is well"), "\(text)")
        }
        #expect(
            try Tool.run("inspect", "model.h5", in: folder.path).output.contains(
                "classes        3: blue, \(Self.escaped), red"))
    }

    @Test func hostileClassFoldersAreEscapedInLogsAndReports() throws {
        let name = "g\u{1B}[2Jreen\n\u{202E}"
        for part in ["train", "test"] {
            try FileManager.default.moveItem(
                atPath: folder.file("data/\(part)/green"), toPath: folder.file("data/\(part)/\(name)"))
        }
        let checked = try Tool.run("check", "--recipe", "small.yaml", in: folder.path)
        #expect(checked.exitCode == 0 && checked.output.contains("\ng\\x1b[2Jreen\\n\\u{202e}  "), "\(checked)")
        let run = try Tool.run("--recipe", "small.yaml", in: folder.path)
        #expect(run.exitCode == 0, "\(run.words)")
        for file in ["log.txt", "report.html"] {
            let text = try String(contentsOfFile: folder.file("runs/small-1/\(file)"), encoding: .utf8)
            #expect(text.contains("g\\x1b[2Jreen"), "\(file)")
            #expect(!text.contains("\u{1B}") && !text.contains("\u{202E}"), "\(file)")
        }
        let log = try String(contentsOfFile: folder.file("runs/small-1/log.txt"), encoding: .utf8)
        #expect(log.split(separator: "\n").allSatisfy { $0.hasPrefix("20") })
        let predictions = try String(contentsOfFile: folder.file("runs/small-1/predictions.csv"), encoding: .utf8)
        #expect(predictions.contains("\"\(name)"))
    }

    @Test func optionsResolveTheHomeFolder() throws {
        let outcome = try Tool.shell(
            "HOME=$PWD \"$0\" predict '~/data/test/red/0.png' --model=~/model.h5 --output=~/t.csv", in: folder.path)
        #expect(outcome.exitCode == 0, "\(outcome.words)")
        #expect(outcome.output.contains("/data/test/red/0.png\t"))
        #expect(FileManager.default.fileExists(atPath: folder.file("t.csv")))
        let literal = try Tool.shell(
            "HOME=$PWD \"$0\" predict --model=~/model.h5 -- '~/data/test/red/0.png'", in: folder.path)
        #expect(literal.exitCode == 3)
    }
}
