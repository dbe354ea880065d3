import Foundation
import Images
import Networks
import Pretrained
import TestSupport
import Testing

/// `finetune explain`.
@Suite struct ExplainTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try smallData()
        let model = Model(
            architecture: .resNet20, options: .init(classCount: 3), preprocessing: .torch, imageSize: 16,
            resize: .letterbox, classNames: ["blue", "../green", "red"])
        FormulaWeights.fill(model.parameters)
        try model.write(to: folder.file("model.h5"))
    }

    private func run(_ arguments: String...) throws -> (outcome: Tool.Outcome, rows: [[String]]) {
        let outcome = try Tool.start(["explain", "--model", "model.h5"] + arguments, in: folder.path).outcome()
        let rows = outcome.output.split(separator: "\n").map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
        return (outcome, rows)
    }

    private func pictures(in name: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.file(name)).sorted()
    }

    @Test func drawsThePredictedClass() throws {
        let (outcome, rows) = try run("data/test/red/0.png", "data/test/blue/0.png")
        #expect(outcome.exitCode == 0, "\(outcome.words)")
        #expect(rows.map { $0[0] } == ["data/test/red/0.png", "data/test/blue/0.png"])
        #expect(rows.allSatisfy { $0.count == 6 && $0[1] == $0[3] && $0[2] == $0[4] })
        #expect(rows[0][5].hasPrefix("explanations/0.") && rows[1][5].hasPrefix("explanations/0"))
        #expect(rows[0][5] != rows[1][5])
        for row in rows {
            let picture = try Image(contentsOf: folder.file(row[5]))
            #expect(picture.width == 16 && picture.height == 16)
        }
    }

    @Test func picturesStayInTheFolderAndApart() throws {
        let (outcome, rows) = try run(
            "data/test/red", "data/test/green", "--class", "../green", "--class", "2", "--output", "a/b")
        #expect(outcome.exitCode == 0, "\(outcome.words)")
        #expect(rows.count == 16)
        #expect(Set(rows.map { $0[5] }).count == 16)
        #expect(try pictures(in: "a/b").map { "a/b/" + $0 } == rows.map { $0[5] }.sorted())
        #expect(try pictures(in: "a/b").contains("3-2._._green.png"))
        #expect(rows.prefix(2).map { $0[3] } == ["../green", "red"])
    }

    @Test func picturesDoNotReplaceWhatIsExplained() throws {
        let image = folder.file("0.red.png")
        try FileManager.default.copyItem(atPath: folder.file("data/test/red/0.png"), toPath: image)
        let before = try Data(contentsOf: URL(fileURLWithPath: image))
        let (outcome, rows) = try run("data/test/red/0.png", image, "--class", "red", "--output", ".")
        #expect(outcome.exitCode == 0, "\(outcome.words)")
        #expect(rows.map { $0[5] } == ["./0-2.red.png", "./0.red.red.png"])
        #expect(try Data(contentsOf: URL(fileURLWithPath: image)) == before)
    }

    @Test func occlusionMovesAPatch() throws {
        let (outcome, rows) = try run(
            "data/test/red/0.png", "--method", "occlusion", "--patch", "8", "--stride", "4", "--class", "0")
        #expect(outcome.exitCode == 0, "\(outcome.words)")
        #expect(rows.count == 1 && rows[0][3] == "blue")
        #expect(try pictures(in: "explanations") == ["0.blue.png"])
    }

    @Test func layersAreChosen() throws {
        var pictures: [[UInt8]] = []
        for layer in ["layer3", "layer2", "stem", "layer1.block2.conv1"] {
            let (outcome, rows) = try run("data/test/red/0.png", "--class", "red", "--layer", layer)
            #expect(outcome.exitCode == 0, "\(outcome.words)")
            pictures.append(try Image(contentsOf: folder.file(rows[0][5])).pixels)
        }
        #expect(Set(pictures).count == 4)
    }

    @Test func badImagesAreLeftOutAndTold() throws {
        try Data("no image".utf8).write(to: URL(fileURLWithPath: folder.file("data/test/red/1.png")))
        let (outcome, rows) = try run("data/test/red")
        #expect(outcome.exitCode == 3)
        #expect(rows.count == 3)
        #expect(outcome.words.contains("left out: data/test/red/1.png: "))
        #expect(outcome.words.hasSuffix("error: 1 of 4 images cannot be read\n"))
        let (missing, others) = try run("gone.png", "data/test/blue")
        #expect(missing.exitCode == 3 && others.count == 4)
        #expect(missing.words.contains("left out: gone.png: "))
        let (alone, none) = try run("data/test/red/1.png")
        #expect(alone.exitCode == 3 && none.isEmpty)
        #expect(alone.words.hasSuffix("error: none of the images can be read\n"))
    }

    @Test(arguments: [
        (["--class", "rad"], "unknown class `rad`; did you mean `red`?"),
        (["--class", "3"], "unknown class `3`; the model's classes are numbered from 0 to 2"),
        (["--class", "-1"], "unknown class `-1`; the model's classes are numbered from 0 to 2"),
        (["--layer", "layer4"], "unknown layer `layer4`; did you mean `layer1`?"),
        (["--layer", "head"], "unknown layer `head`; there are stem, layer1, layer2, layer3 and the layers in them"),
        (["--precision", "int8"], "--precision: unknown value `int8`; there are: auto, f32, bf16"),
        (["--patch", "4"], "--patch does not belong to --method grad-cam"),
        (["--method", "occlusion", "--layer", "layer3"], "--layer does not belong to --method occlusion"),
        (["--method", "occlusion", "--patch", "17"], "--patch must not exceed the images' side, 16"),
        (["--method", "occlusion", "--stride", "3"], "--stride must not exceed the patch's side, 2, "),
    ])
    func wrongWordsAreUsageErrors(_ arguments: [String], _ message: String) throws {
        let outcome = try Tool.start(
            ["explain", "--model", "model.h5", "data/test/red/0.png"] + arguments, in: folder.path
        ).outcome()
        #expect(outcome.exitCode == 2)
        #expect(outcome.words.hasPrefix("error: \(message)"), "\(outcome.words)")
        #expect(!FileManager.default.fileExists(atPath: folder.file("explanations")))
    }
}
