import Files
import Foundation
import Pretrained
import TestSupport
import Testing

/// Names of any bytes, from the command line to everything that is written.
@Suite struct FileNameTests {
    private let folder: TemporaryDirectory
    private let cheese = String(fileName: [0x6B, 0xE4, 0x73, 0x65])
    private let above = String(fileName: [0xFC, 0x62, 0x65, 0x72])

    /// Names for the images of a class, two of them the same but for how Unicode spells them.
    private var names: [String] {
        [
            "\(above).png", "caf\u{E9}.png", "cafe\u{301}.png", "a\nb.png", "a\"\u{301}, b.png", "-x.png",
            "\u{202E} 🦊.png",
            String(repeating: "n", count: 251) + ".png",
        ]
    }

    init() throws {
        folder = try smallData()
        for part in ["train", "test"] {
            let old = folder.file("data/\(part)/red")
            #expect(FileSystem.rename(old, to: folder.file("data/\(part)/\(cheese)")))
        }
        for (index, name) in names.enumerated() {
            let className = folder.file("data/train/\(cheese)")
            #expect(FileSystem.rename("\(className)/\(index).png", to: "\(className)/\(name)"))
        }
        let test = folder.file("data/test/\(cheese)")
        #expect(FileSystem.rename("\(test)/0.png", to: "\(test)/\(above).png"))
    }

    private func bytes(_ name: String) throws -> [UInt8] { try #require(FileSystem.bytes(of: folder.file(name))) }

    private func lines(_ name: String) throws -> [[UInt8]] {
        try bytes(name).split(separator: UInt8(ascii: "\n")).map(Array.init)
    }

    @Test func aRunKeepsEveryName() throws {
        let run = try Shell.run(#"$0 --recipe small.yaml --set stages.1.epochs=1 --set probe=true"#, in: folder)
        #expect(run.exitCode == 0, "\(run.words)")
        #expect(run.words.contains("k\\xe4se"), "readable where people read")
        #expect(try Model.read(folder.file("runs/small-1/model.h5")).classNames == ["blue", "green", cheese])
        let splits = String(fileName: try bytes("runs/small-1/splits.csv"))
        for name in names { #expect(splits.contains("\(cheese)/\(name)".csvField), "\(name)") }
        #expect(
            try lines("runs/small-1/predictions.csv").contains {
                $0.starts(with: "\(cheese)/\(above).png,".fileNameBytes)
            })
        #expect(
            try lines("runs/small-1/confusion_matrix.csv")[0] == "actual\\predicted,blue,green,\(cheese)".fileNameBytes)
        let json = String(decoding: try bytes("runs/small-1/report.json"), as: UTF8.self)
        #expect(json.contains(#""k\udce4se""#))
        let html = String(decoding: try bytes("runs/small-1/report.html"), as: UTF8.self)
        #expect(html.contains("k\\xe4se") && !html.contains(cheese))

        let judged = try Shell.run(
            #"$0 evaluate --data data/test --model runs/small-1 --output "$(printf 'r\344')" --no-probe"#, in: folder)
        #expect(judged.exitCode == 0, "\(judged.words)")
        let reports = String(fileName: [0x72, 0xE4])
        #expect(try bytes("\(reports)/confusion_matrix.csv") == bytes("runs/small-1/confusion_matrix.csv"))

        let resumed = try Shell.run(#"$0 --resume runs/small-1 --set stages.1.epochs=1"#, in: folder)
        #expect(resumed.exitCode == 0, "\(resumed.words)")
    }

    @Test func everyCommandTakesThem() throws {
        try writeSmallModel(to: folder.file("\(above).h5"), classNames: ["blue", "green", cheese])
        let common = #"--model "$(printf '\374ber').h5""#
        let className = #""data/test/$(printf 'k\344se')""#
        let file = "\(className)/\"$(printf '\\374ber')\".png"
        let path = "data/test/\(cheese)/\(above).png"

        let text = try Shell.run("$0 predict \(file) \(common)", in: folder)
        #expect(text.exitCode == 0, "\(text.words)")
        #expect(text.output.starts(with: "\(path.legible)\t".utf8), "escaped for people")
        let json = try Shell.run("$0 predict \(className) --format jsonl \(common)", in: folder)
        #expect(String(decoding: json.output, as: UTF8.self).contains(#"data/test/k\udce4se/\udcfcber.png"#))
        let list = try Shell.run(
            "find data -name '*.png' -print0 | $0 predict - --null --format csv \(common)", in: folder)
        #expect(list.exitCode == 0, "\(list.words)")
        for name in names {
            #expect(String(fileName: list.output).contains("data/train/\(cheese)/\(name)".csvField), "\(name)")
        }
        for (command, output) in [
            ("features --data data/test --output", "f\u{E9}.csv"), ("features --data data/test --output", "f.npz"),
            ("features --data data/test --output", "f.h5"),
            ("visualize --image \(file) --nearest data/train --output", "near.png"),
            ("explain \(file) --output", "maps"),
        ] {
            let outcome = try Shell.run("$0 \(command) \"$(printf '\\344')\(output)\" \(common)", in: folder)
            #expect(outcome.exitCode == 0, "\(command): \(outcome.words)")
            #expect(FileSystem.exists(folder.file(String(fileName: [0xE4]) + output)), "\(command)")
        }
        let table = String(fileName: try bytes(String(fileName: [0xE4]) + "f\u{E9}.csv"))
        #expect(table.contains("\(cheese)/\(above).png,\(cheese),"))
    }

    @Test func longPathsAreTaken() throws {
        let part = String(repeating: "p", count: 250)
        var deep = folder.path
        // The file's own name is as long as names may be.
        while case let rest = 4090 - 256 - deep.utf8.count, rest > 1 {
            deep += "/" + part.prefix(rest - 1)
            #expect(FileSystem.makeFolder(deep))
        }
        let name = String(repeating: "n", count: 251) + ".png"
        #expect(FileSystem.rename(folder.file("data/test/blue/0.png"), to: "\(deep)/\(name)"))
        try writeSmallModel(to: folder.file("model.h5"), classNames: ["blue", "green", "red"])
        let one = try Tool.run("predict", "\(deep)/\(name)", "--model", "model.h5", in: folder.path)
        #expect(one.exitCode == 0, "\(one.words)")
        let all = try Tool.run("predict", folder.path + "/" + part, "--model", "model.h5", in: folder.path)
        #expect(all.output == one.output, "\(all.words)")
        let longer = try Tool.run("predict", "\(deep)/\(name)xxxxxxxxxx", "--model", "model.h5", in: folder.path)
        #expect(longer.exitCode == 3)
        #expect(longer.words.contains("File name too long"))
    }
}

/// Lists of names on standard input that are none.
@Suite struct NameListTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try smallData()
        try writeSmallModel(to: folder.file("model.h5"), classNames: ["blue", "green", "red"])
    }

    @Test(arguments: [
        ("head -c 300000000 /dev/zero | tr '\\0' a | $0 predict -", "a line of more than 16384 bytes is no name", 2),
        ("printf 'data/test/red/0.png\\0data/test/red/1.png' | $0 predict -", "Give --null then", 2),
        ("yes | head -c 100000 | $0 predict - --null", "Leave --null out then", 2),
        ("printf '\\377\\376a\\0\\n\\0' | $0 predict -", "in UTF-16", 2),
        ("$0 predict - <.", "standard input cannot be read: Is a directory", 1),
    ])
    func whatIsNoListIsRefused(_ script: String, words: String, exitCode: Int) throws {
        let start = ContinuousClock.now
        let outcome = try Shell.run(
            "\(script) --model model.h5".replacing(" <. --model model.h5", with: " --model model.h5 <."), in: folder)
        #expect(outcome.exitCode == Int32(exitCode), "\(outcome.words)")
        #expect(outcome.words.contains(words), "\(outcome.words)")
        #expect(outcome.output.isEmpty)
        #expect(start.duration(to: .now) < .seconds(20))
    }

    @Test func aByteOrderMarkIsNoPartOfAName() throws {
        let outcome = try Shell.run(
            "printf '\\357\\273\\277data/test/red/0.png\\r\\n' | $0 predict - --model model.h5", in: folder)
        #expect(outcome.exitCode == 0, "\(outcome.words)")
        #expect(outcome.output.starts(with: Array("data/test/red/0.png\t".utf8)))
    }

    @Test func thousandsOfNamesAndOneOfTheLongestAreTaken() throws {
        let missing = String(repeating: "m", count: 16_384)
        let script = """
            { for i in $(seq 5000); do echo none-$i.png; done; echo \(missing); echo data/test/red/0.png; } \
            | $0 predict - --model model.h5
            """
        let outcome = try Shell.run(script, in: folder)
        #expect(outcome.exitCode == 3)
        #expect(outcome.words.hasSuffix("error: 5001 of 5,002 images cannot be read\n"), "\(outcome.words.suffix(200))")
        #expect(outcome.output.starts(with: Array("data/test/red/0.png\t".utf8)))
    }
}
