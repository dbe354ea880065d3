import Foundation
import TestSupport
import Testing

/// Classes mean the same to every command, and data that is not there is not passed over in silence.
@Suite struct ClassIdentityTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try smallData() }

    private func json(_ path: String) throws -> [String: Any] {
        let data = try Data(contentsOf: URL(fileURLWithPath: folder.file(path)))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    /// Folders whose order by name is not that of their numbers.
    private func layNumbers(_ numbers: some Sequence<Int>, pad: Int = 0) throws {
        let images = try FileManager.default.contentsOfDirectory(atPath: folder.file("data/train/red")).sorted()
        for number in numbers {
            let name = String(repeating: "0", count: pad) + String(number)
            let path = folder.file("numbers/\(name)")
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            let colour = ["red", "green", "blue"][number % 3]
            try FileManager.default.copyItem(
                atPath: folder.file("data/train/\(colour)/\(images[number % images.count])"), toPath: "\(path)/1.png")
        }
    }

    @Test(arguments: [(0..<12, 0), (0..<12, 2), (3..<8, 0)])
    func evaluateAndPredictAgreeOnNamelessClasses(_ numbers: Range<Int>, pad: Int) throws {
        try layNumbers(numbers, pad: pad)
        try writeSmallModel(to: folder.file("nameless.h5"), classCount: 12, seed: 3)
        let judged = try Tool.run(
            "evaluate", "--data", "numbers", "--model", "nameless.h5", "--output", "report", "--no-probe",
            in: folder.path)
        #expect(judged.exitCode == 0, "\(judged.words)")
        let named = try Tool.run("predict", "numbers", "--model", "nameless.h5", in: folder.path)
        let answers = named.output.split(separator: "\n").map { line in
            let columns = line.split(separator: "\t")
            return (folder: columns[0].split(separator: "/")[1], answer: columns[1])
        }
        let table = try String(contentsOfFile: folder.file("report/predictions.csv"), encoding: .utf8)
            .split(separator: "\n").dropFirst().map { $0.split(separator: ",").map(String.init) }
        #expect(table.map { $0[1] } == answers.map { String(Int($0.folder)!) }, "the actual classes")
        #expect(table.map { $0[2] } == answers.map { String($0.answer) }, "the predicted ones")
        let right = answers.filter { Int($0.folder) == Int($0.answer) }.count
        #expect(try json("report/report.json")["accuracy"] as? Double == Double(right) / Double(answers.count))
        let warnings = try #require(try json("report/report.json")["warnings"] as? [String])
        #expect(warnings.count == (numbers.count == 12 ? 0 : 1))
        #expect(judged.words.contains("no images of 7 of 12 classes") == (numbers.count == 5))
    }

    @Test func someOfAModelsClassesAreJudged() throws {
        let run = try Tool.run("--recipe", "small.yaml", in: folder.path)
        #expect(run.exitCode == 0, "\(run.words)")
        try FileManager.default.removeItem(atPath: folder.file("data/test/green"))
        func judge() throws -> Tool.Outcome {
            try Tool.run(
                "evaluate", "--data", "data/test", "--model", "runs/small-1", "--output", "some", in: folder.path)
        }
        let judged = try judge()
        #expect(judged.exitCode == 0, "\(judged.words)")
        let warning = "data/test: no images of 1 of 3 classes: “green”"
        #expect(
            judged.words.contains("images in data/test\nwarning: \(warning)\n"), "beside the headline: \(judged.words)")
        #expect(try json("some/report.json")["warnings"] as? [String] == [warning])
        let html = try String(contentsOfFile: folder.file("some/report.html"), encoding: .utf8)
        #expect(html.contains("<p class=\"bad\">Warning: \(warning)</p>"))
        try FileManager.default.removeItem(atPath: folder.file("data/test/blue"))
        #expect(try judge().exitCode == 0, "one class is some of them too")
        try FileManager.default.moveItem(atPath: folder.file("data/test/red"), toPath: folder.file("data/test/reds"))
        let unknown = try judge()
        #expect(unknown.exitCode == 3)
        #expect(unknown.words.contains("unknown here: “reds” (meant “red”?)"))
    }

    @Test(arguments: ["test", "validation"])
    func aPartThatCannotBeReadEndsTheRun(_ part: String) throws {
        try FileManager.default.copyItem(atPath: folder.file("data/test"), toPath: folder.file("data/validation"))
        for colour in ["red", "green", "blue"] {
            for index in 0..<4 {
                try Data([0x89, 0x50]).write(
                    to: URL(fileURLWithPath: folder.file("data/\(part)/\(colour)/\(index).png")))
            }
        }
        for command in ["check", "train"] {
            let outcome = try Tool.run(
                command, "--recipe", "small.yaml", "--set", "data.validation=data/validation", in: folder.path)
            #expect(outcome.exitCode == 3, "\(outcome.words)")
            #expect(
                outcome.words.contains("none of the \(part) images in data/\(part) can be read"), "\(outcome.words)")
        }
        #expect(!FileManager.default.fileExists(atPath: folder.file("runs/small-1/model.h5")))
    }

    @Test func lossesStandBesideTheHeadline() throws {
        try Data([0xFF, 0xD8]).write(to: URL(fileURLWithPath: folder.file("data/train/red/0.png")))
        let outcome = try Tool.run("--recipe", "small.yaml", in: folder.path)
        #expect(outcome.exitCode == 0, "\(outcome.words)")
        let warning = "more than a twentieth of the training images in data/train cannot be read in 1 class"
        let report = try json("runs/small-1/report.json")
        #expect((report["warnings"] as? [String])?.first?.hasPrefix(warning) == true)
        let log = try String(contentsOfFile: folder.file("runs/small-1/log.txt"), encoding: .utf8)
        #expect(log.split(separator: "\n").last?.contains("warning: \(warning)") == true, "\(log.suffix(500))")
        let html = try String(contentsOfFile: folder.file("runs/small-1/report.html"), encoding: .utf8)
        #expect(html.contains("<p class=\"bad\">Warning: \(warning)"))

        try Data([0xFF, 0xD8]).write(to: URL(fileURLWithPath: folder.file("data/test/blue/0.png")))
        func judge() throws -> Tool.Outcome {
            try Tool.run(
                "evaluate", "--data", "data/test", "--model", "runs/small-1", "--output", "some", in: folder.path)
        }
        let judged = try judge()
        #expect(judged.exitCode == 0)
        #expect(judged.words.contains("warning: more than a twentieth of the images in data/test cannot be read"))
        for index in 1..<4 {
            try Data([0xFF, 0xD8]).write(to: URL(fileURLWithPath: folder.file("data/test/blue/\(index).png")))
        }
        let lost = try judge()
        #expect(lost.exitCode == 3)
        #expect(lost.words.contains("none of the test images in data/test can be read in the class “blue”"))
    }

    /// A head is kept with its outputs in the order of the training folder's classes.
    @Test func aNamelessHeadIsPutInTheOrderOfTheFolders() throws {
        try layNumbers(0..<12)
        try writeSmallModel(to: folder.file("nameless.h5"), classCount: 12, seed: 3)
        let run = try Tool.run(
            "--recipe", "small.yaml", "--set", "data.train=numbers", "--set", "data.validation=none", "--set",
            "data.test=numbers", "--set", "model.weights=nameless.h5", "--set",
            "stages=[{train: [head], epochs: 1, lr: 1e-12}]",
            "--set", "probe=false", "--set", "monitor=train_loss", in: folder.path)
        #expect(run.exitCode == 0, "\(run.words)")
        #expect(run.words.contains("the outputs of the head are in the order of the class folders now"))
        let before = try Tool.run("predict", "numbers", "--model", "nameless.h5", in: folder.path)
        let after = try Tool.run(
            "predict", "numbers", "--model", "runs/small-1", "--uncalibrated", in: folder.path)
        #expect(before.output == after.output)
    }

    @Test func publishedListsNameTheClasses() throws {
        try layNumbers(0..<3)
        try FileManager.default.createDirectory(atPath: folder.file("Weights"), withIntermediateDirectories: true)
        try writeSmallModel(to: folder.file("Weights/three.h5"), seed: 3)
        try Data("n1\tcrane\nn2\ttench\nn3\tcrane\n".utf8).write(
            to: URL(fileURLWithPath: folder.file("Weights/list.txt")))
        let entry = """
            three:
              {architecture: resnet20, layout: finetune, preprocessing: torch, classes: 3, class_names: Weights/list.txt,
              image_size: 16, file: Weights/three.h5}

            """
        try Data(entry.utf8).write(to: URL(fileURLWithPath: folder.file("Weights/catalog.yaml")))
        let plain = try Tool.run("predict", "numbers", "--model", "Weights/three.h5", in: folder.path)
        let names = ["0": "crane (n1)", "1": "tench", "2": "crane (n3)"]
        for weights in ["three", "Weights/three.h5"] {
            let named = try Tool.run("predict", "numbers", "--weights", weights, in: folder.path)
            #expect(named.exitCode == 0, "\(named.words)")
            let answers = { (text: String) in
                text.split(separator: "\n").map { String($0.split(separator: "\t")[1]) }
            }
            #expect(answers(named.output) == answers(plain.output).map { names[$0] })
        }
        for (number, identifier) in ["n1", "n2", "n3"].enumerated() {
            try FileManager.default.moveItem(
                atPath: folder.file("numbers/\(number)"), toPath: folder.file("numbers/\(identifier)"))
        }
        let judged = try Tool.run(
            "evaluate", "--data", "numbers", "--weights", "three", "--output", "report", "--no-probe", in: folder.path)
        #expect(judged.exitCode == 0, "\(judged.words)")
        #expect(try json("report/report.json")["classes"] as? [String] == ["crane (n1)", "tench", "crane (n3)"])
    }
}
