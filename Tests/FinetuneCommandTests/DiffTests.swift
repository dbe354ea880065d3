import Foundation
import Networks
import Pretrained
import TestSupport
import Testing

@Suite struct DiffTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        let model = Model(
            architecture: .resNet20, options: .init(classCount: 3), preprocessing: .torch, imageSize: 32, resize: .crop)
        model.initialize(seed: 1)
        try FileManager.default.createDirectory(atPath: folder.file("run"), withIntermediateDirectories: true)
        try model.write(to: folder.file("run/model.h5"))
        try model.write(to: folder.file("copy.h5"))
        model.parameters["head.linear.bias"][1] = 2
        try model.write(to: folder.file("tuned.h5"))
        try Data("no weights".utf8).write(to: URL(fileURLWithPath: folder.file("text.h5")))
    }

    @Test func equalFilesEndWith0() throws {
        let outcome = try Tool.run("diff", "run", "copy.h5", in: folder.path)
        #expect(outcome.exitCode == 0 && outcome.words.isEmpty, "\(outcome.words)")
        #expect(
            outcome.output.hasPrefix("A  run/model.h5 is resnet20, from a model of finetune\nB  copy.h5 is resnet20"))
        #expect(outcome.output.contains("\nequal bit for bit: "))
    }

    @Test func otherFilesEndWith1() throws {
        let outcome = try Tool.run("diff", "run", "tuned.h5", in: folder.path)
        #expect(outcome.exitCode == 1 && outcome.words.isEmpty, "\(outcome.words)")
        #expect(outcome.output.contains(/\nhead +1 +1 +2 +1 +\d\S*\n/), "\(outcome.output)")
        #expect(outcome.output.contains(/\n1 tensor of \d+ differ\n/), "\(outcome.output)")
        let all = try Tool.run("diff", "run", "tuned.h5", "--all", in: folder.path)
        #expect(all.exitCode == 1 && all.output.contains(/\nhead\.linear\.bias +1 of 3 differ +2 +1 +inf\n/))
        let json = try Tool.run("diff", "run", "tuned.h5", "--json", in: folder.path)
        let parsed = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        #expect(json.exitCode == 1 && parsed?["equal"] as? Bool == false)
    }

    @Test func namesFromTheCatalogueAreFiles() throws {
        let outcome = try Tool.run("diff", "cifar10-resnet20", "Weights/cifar10-resnet20.h5")
        #expect(outcome.exitCode == 0, "\(outcome.words)")
    }

    @Test func aFolderMayHoldWeightsOfOthers() throws {
        try FileManager.default.createDirectory(atPath: folder.file("hub"), withIntermediateDirectories: true)
        let exported = try Tool.run(
            "export", "copy.h5", "--to", "safetensors", "--output", "hub/model.safetensors", in: folder.path)
        #expect(exported.exitCode == 0, "\(exported.words)")
        let outcome = try Tool.run("diff", "run", "hub", in: folder.path)
        #expect(outcome.exitCode == 0 && outcome.output.contains("\nequal bit for bit: "), "\(outcome.words)")
    }

    @Test func whatCannotBeComparedIsAnError() throws {
        let absent = try Tool.run("diff", "run", "absent.h5", in: folder.path)
        #expect(absent.exitCode == 3 && absent.words.contains("there is no weight file absent.h5"), "\(absent.words)")
        let text = try Tool.run("diff", "run", "text.h5", in: folder.path)
        #expect(text.exitCode == 3 && text.output.isEmpty && text.words.hasPrefix("error: text.h5"), "\(text.words)")
    }

    @Test(arguments: [
        (["diff"], "A is missing"), (["diff", "x"], "B is missing"),
        (["diff", "x", "y", "z"], "unexpected argument `z`"),
    ])
    func mistakesAreNamed(arguments: [String], message: String) throws {
        let outcome = try Tool.start(arguments).outcome()
        #expect(outcome.exitCode == 2 && outcome.words == "error: \(message)\nhelp: finetune diff --help\n")
    }
}
