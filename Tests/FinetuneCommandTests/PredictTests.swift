import Foundation
import TestSupport
import Testing

/// What `predict` takes, prints and leaves out.
@Suite struct PredictTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try smallData()
        try writeSmallModel(to: folder.file("model.h5"), classNames: ["blue", "gr, een", "red"])
    }

    private func predict(_ arguments: String..., input: String? = nil) throws -> Tool.Outcome {
        let pipe = Pipe()
        let running = try Tool.start(
            ["predict", "--model", "model.h5", "--precision", "f32"] + arguments, in: folder.path,
            input: input.map { _ in pipe })
        if let input {
            pipe.fileHandleForWriting.write(Data(input.utf8))
            try pipe.fileHandleForWriting.close()
        }
        return running.outcome()
    }

    private struct Line: Decodable {
        struct Answer: Decodable {
            let `class`: String
            let probability: Double
        }
        let filename, predicted: String
        let probability: Double
        let top: [Answer]
    }

    @Test func formatsSayTheSame() throws {
        let json = try predict("data/test/red", "--format", "jsonl", "--top", "2")
        #expect(json.exitCode == 0, "\(json.words)")
        let lines = try json.output.split(separator: "\n").map {
            try JSONDecoder().decode(Line.self, from: Data($0.utf8))
        }
        #expect(lines.map(\.filename) == (0..<4).map { "data/test/red/\($0).png" })
        for line in lines {
            #expect(line.top.count == 2)
            #expect(line.top[0].class == line.predicted && line.top[0].probability == line.probability)
            #expect(line.top[0].probability >= line.top[1].probability)
        }
        let csv = try predict("data/test/red", "--format", "csv", "--top", "2").output
        let quoted = { (name: String) in name == "gr, een" ? "\"gr, een\"" : name }
        let rows = lines.map { line in
            ([line.filename] + line.top.flatMap { [quoted($0.class), $0.probability.description] })
                .joined(separator: ",") + "\n"
        }
        #expect(csv == "filename,predicted,probability,predicted_2,probability_2\n" + rows.joined())
        let text = try predict("data/test/red", "--top", "9").output.split(separator: "\n").map {
            $0.split(separator: "\t")
        }
        #expect(text.allSatisfy { $0.count == 7 }, "three classes, not nine")
        #expect(text.map { $0[3] } == lines.map { $0.top[1].class[...] })
    }

    @Test func namesComeFromStandardInput() throws {
        let files = (0..<4).map { "data/test/blue/\($0).png" }
        let expected = try predict("data/test/blue").output
        #expect(try predict("-", input: files.joined(separator: "\n")).output == expected)
        #expect(try predict("-", input: "\n" + files.joined(separator: "\r\n\n") + "\n").output == expected)
        #expect(try predict("-", "--null", input: files.joined(separator: "\0") + "\0").output == expected)
        #expect(try predict(files[0], "-", files[3], input: "\(files[1])\n\(files[2])\n").output == expected)
        let none = try predict("-", input: "")
        #expect(none.exitCode == 0 && none.output.isEmpty)
        let twice = try predict("-", "-", input: "")
        #expect(twice.exitCode == 2)
        #expect(twice.words.hasPrefix("error: - is given twice"))
    }

    /// Without waiting for the end of the list.
    @Test func answersAsNamesCome() throws {
        let pipe = Pipe()
        let running = try Tool.start(
            ["predict", "-", "--model", "model.h5", "--output", "all.csv"], in: folder.path, input: pipe)
        pipe.fileHandleForWriting.write(Data("none.png\ndata/test/red/0.png\n".utf8))
        running.wait(for: "left out: none.png: ")
        #expect(running.isRunning)
        pipe.fileHandleForWriting.write(Data("data/test/red/1.png".utf8))
        try pipe.fileHandleForWriting.close()
        let outcome = running.outcome()
        #expect(outcome.exitCode == 3)
        #expect(outcome.output.split(separator: "\n").count == 2)
        #expect(outcome.words.hasSuffix("error: 1 of 3 images cannot be read\n"))
        let table = try String(contentsOfFile: folder.file("all.csv"), encoding: .utf8)
        #expect(table.split(separator: "\n").count == 3)
    }

    @Test func controlCEndsTheWaiting() throws {
        let pipe = Pipe()
        let running = try Tool.start(["predict", "-", "--model", "model.h5"], in: folder.path, input: pipe)
        pipe.fileHandleForWriting.write(Data("none.png\n".utf8))
        running.wait(for: "left out: none.png: ")
        running.interrupt()
        #expect(running.outcome().exitCode == 130)
        try pipe.fileHandleForWriting.close()
    }

    @Test func badFilesAreSkipped() throws {
        try Data("no picture".utf8).write(to: URL(fileURLWithPath: folder.file("data/test/red/2.png")))
        try FileManager.default.createDirectory(
            atPath: folder.file("empty"), withIntermediateDirectories: true)
        let outcome = try predict("missing.jpg", "data/test/red", "empty", "data/test/blue/0.png")
        #expect(outcome.exitCode == 3)
        #expect(
            outcome.output.split(separator: "\n").map { $0.split(separator: "\t")[0] }
                == ["data/test/red/0.png", "data/test/red/1.png", "data/test/red/3.png", "data/test/blue/0.png"])
        for name in ["missing.jpg", "data/test/red/2.png", "empty"] {
            #expect(outcome.words.contains("left out: \(name): "))
        }
        #expect(outcome.words.hasSuffix("error: 3 of 7 images cannot be read\n"))
    }

    @Test func viewsAreAveraged() throws {
        let plain = try predict("data/test/red", "--format", "csv")
        let tenCrop = try predict("data/test/red", "--format", "csv", "--tta", "ten-crop")
        #expect(tenCrop.exitCode == 0, "\(tenCrop.words)")
        #expect(tenCrop.output != plain.output)
        #expect(try predict("data/test/red", "--format", "csv", "--tta", "none").output == plain.output)
        try FileManager.default.moveItem(
            atPath: folder.file("data/test/green"), toPath: folder.file("data/test/gr, een"))
        let judged = try Tool.run(
            "evaluate", "--data", "data/test", "--model", "model.h5", "--output", "report", "--tta", "flip",
            in: folder.path)
        #expect(judged.exitCode == 0, "\(judged.words)")
        let json = try String(contentsOfFile: folder.file("report/report.json"), encoding: .utf8)
        #expect(json.contains("\"tta\": \"flip\""))
        let html = try String(contentsOfFile: folder.file("report/report.html"), encoding: .utf8)
        #expect(html.contains("flip: the mean answers to 2 views of each image"))
    }
}
