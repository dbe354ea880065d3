import Foundation
import Images
import Networks
import Pretrained
import TestSupport
import Testing

/// `finetune visualize`.
@Suite struct VisualizeTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try smallData()
        let model = Model(
            architecture: .resNet20, options: .init(classCount: 3), preprocessing: .torch, imageSize: 16,
            resize: .crop, classNames: ["blue", "green", "red"])
        FormulaWeights.fill(model.parameters)
        try model.write(to: folder.file("model.h5"))
    }

    private func run(_ arguments: String...) throws -> (outcome: Tool.Outcome, rows: [[String]]) {
        let outcome = try Tool.start(
            ["visualize", "--model", "model.h5", "--output", "v.png"] + arguments, in: folder.path
        ).outcome()
        let rows = outcome.output.split(separator: "\n").map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
        return (outcome, rows)
    }

    private func picture() throws -> Image { try Image(contentsOf: folder.file("v.png")) }

    @Test func filtersAreShown() throws {
        let (outcome, rows) = try run("--filters")
        #expect(outcome.exitCode == 0, "\(outcome.words)")
        #expect(rows.map { $0[0] } == (0..<16).map(String.init))
        #expect(try picture().width == 202)
    }

    @Test func featureMapsAreShownTheStrongestFirst() throws {
        let (outcome, rows) = try run("--image", "data/test/red/0.png", "--layer", "layer2", "--count", "9")
        #expect(outcome.exitCode == 0, "\(outcome.words)")
        #expect(rows.count == 9 && rows.allSatisfy { $0.count == 3 })
        let means = rows.compactMap { Float($0[1]) }
        #expect(means == means.sorted(by: >))
        #expect(try picture().width == 3 * 98 + 2)
    }

    @Test func nearestImagesAreShownAndListed() throws {
        let (outcome, rows) = try run("--image", "data/test/red/0.png", "--nearest", "data/test", "--count", "4")
        #expect(outcome.exitCode == 0, "\(outcome.words)")
        #expect(rows.count == 4)
        #expect(rows[0] == ["0.000000", "red", "data/test/red/0.png"])
        #expect(rows.allSatisfy { $0[2].hasPrefix("data/test/\($0[1])/") })
        #expect(try picture().width == 5 * 132 + 4)
        try Data("no image".utf8).write(to: URL(fileURLWithPath: folder.file("data/test/blue/1.png")))
        let (some, others) = try run(
            "--image", "data/test/red/0.png", "--nearest", "data/test", "--distance", "euclidean")
        #expect(some.exitCode == 3)
        #expect(others.count == 11)
        #expect(some.words.hasSuffix("error: 1 of 12 images cannot be read\n"))
        let (none, _) = try run("--image", "data/test/blue/1.png", "--nearest", "data/test")
        #expect(none.exitCode == 3 && none.words.contains("data/test/blue/1.png"))
    }

    @Test(arguments: [
        ([], "expected one of --filters, --image FILE --layer NAME, --image FILE --nearest DIR-or-TABLE"),
        (["--filters", "--image", "x.png"], "expected one of "),
        (["--image", "x.png"], "expected one of "),
        (["--image", "x.png", "--layer", "stem", "--nearest", "data"], "expected one of "),
        (["--precision", "int8"], "--precision: unknown value `int8`; there are: auto, f32, bf16"),
        (["--image", "x.png", "--layer", "leyer1"], "unknown layer `leyer1`; did you mean `layer1`?"),
    ])
    func wrongWordsAreUsageErrors(_ arguments: [String], _ message: String) throws {
        let outcome = try Tool.start(
            ["visualize", "--model", "model.h5", "--output", "v.png"] + arguments, in: folder.path
        ).outcome()
        #expect(outcome.exitCode == 2)
        #expect(outcome.words.hasPrefix("error: \(message)"), "\(outcome.words)")
    }

    @Test func unreadableImagesAreNamed() throws {
        let (outcome, _) = try run("--image", "nothing.png", "--layer", "stem")
        #expect(outcome.exitCode == 3)
        #expect(outcome.words.contains("nothing.png"))
        #expect(!FileManager.default.fileExists(atPath: folder.file("v.png")))
    }
}
