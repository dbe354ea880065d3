import Foundation
import Networks
import Pretrained
import TestSupport
import Testing

@Suite struct ExportCommandTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        let model = Model(
            architecture: .resNet20, options: .init(classCount: 3), preprocessing: .torch, imageSize: 16,
            resize: .squash, classNames: ["blue", "green", "red"])
        model.initialize(seed: 1)
        try FileManager.default.createDirectory(atPath: folder.file("run"), withIntermediateDirectories: true)
        try model.write(to: folder.file("run/model.h5"))
    }

    private func run(_ arguments: String...) throws -> Tool.Outcome {
        try Tool.start(["export"] + arguments, in: folder.path).outcome()
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOfFile: folder.file(name), encoding: .utf8)
    }

    @Test func aFolderOfItsOwnUnlessToldOtherwise() throws {
        let outcome = try run("run", "--to", "onnx")
        #expect(outcome.exitCode == 0, "\(outcome.words)")
        #expect(outcome.output == "run-onnx/model.onnx\nrun-onnx/README.md\n")
        #expect(try text("run-onnx/README.md").contains("# run\n"))
        let again = try run("--model", "run/model.h5", "--to", "safetensors", "--output", "x.safetensors")
        #expect(again.exitCode == 0, "\(again.words)")
        #expect(again.output == "x.safetensors\nconfig.json\nREADME.md\n")
    }

    /// No export is lost to the next.
    @Test func aFolderThatIsThereIsLeftAlone() throws {
        #expect(try run("run", "--to", "torch").output == "run-torch/model.pth\nrun-torch/README.md\n")
        #expect(try run("run", "--to", "torch").output == "run-torch-2/model.pth\nrun-torch-2/README.md\n")
        #expect(try run("run", "--to", "torch").output == "run-torch-3/model.pth\nrun-torch-3/README.md\n")
    }

    @Test func aFolderIsMadeWhereItIsAskedFor() throws {
        let outcome = try run("run", "--to", "torch", "--output", "a/b/model.pth")
        #expect(outcome.output == "a/b/model.pth\na/b/README.md\n", "\(outcome.words)")
    }

    @Test func aLimitOfFileSizesIsTold() throws {
        for target in ["onnx", "torch", "model", "safetensors"] {
            let outcome = try Tool.shell("ulimit -f 100; \"$0\" export run --to \(target)", in: folder.path)
            #expect(outcome.exitCode == 1, "\(outcome.words)")
            #expect(outcome.words.hasPrefix("error: "), "\(outcome.words)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("run-\(target)")) == [])
        }
    }

    @Test func aRunsReportIsTold() throws {
        try Data(#"{"accuracy": 0.75, "images": 4, "evaluated": {"role": "test"}}"#.utf8)
            .write(to: URL(fileURLWithPath: folder.file("run/report.json")))
        #expect(try run("run/model.h5", "--to", "torch").exitCode == 0)
        #expect(try text("run-torch/README.md").contains("| accuracy | 0.75 |"))
    }

    /// What `model` writes is what it read.
    @Test func aModelComesBack() throws {
        #expect(try run("--weights", "run/model.h5", "--to", "model", "--output", "y.h5").exitCode == 0)
        let (one, other) = (try Model.read(folder.file("run/model.h5")), try Model.read(folder.file("y.h5")))
        for parameter in one.network.parameters {
            #expect(one.parameters.tensor(parameter.name) == other.parameters.tensor(parameter.name))
        }
        #expect(other.classNames == ["blue", "green", "red"])
    }

    @Test(arguments: [
        (["run", "--to", "keras"], 2, "Keras has no resnet20; export to onnx or model, which hold any network"),
        (["run", "--to", "onnx", "--names", "timm"], 2, "--names belongs to --to safetensors and --to torch"),
        (
            ["run", "--to", "torch", "--raw-pixels"], 2,
            "--raw-pixels belongs to --to onnx: other formats"
        ),
        (["run", "--model", "run", "--to", "torch"], 2, "--model names a second model"),
        (["run", "run", "--to", "torch"], 2, "unexpected argument `run`"),
        (["--to", "torch"], 2, "expected --model RUN-or-FILE, or --weights FILE"),
        (["run", "--to", "torch", "--output", "a.onnx"], 2, "--output: torch is known by a name that ends in"),
        (["run", "--to", "tflite"], 2, "--to: unknown value `tflite`"),
        (["run", "--to", "model", "--output", "run"], 2, "--output run/model.h5 would replace what is read"),
        (["nothing", "--to", "onnx"], 3, "there is no run or model nothing; pretrained weights, a file or a name"),
        (["run", "--to", "onnx", "--output", "run/model.h5/x.onnx"], 2, "run/model.h5/: this folder cannot be made"),
    ])
    func mistakesAreNamed(arguments: [String], code: Int32, message: String) throws {
        let outcome = try Tool.start(["export"] + arguments, in: folder.path).outcome()
        #expect(outcome.exitCode == code, "\(outcome.words)")
        #expect(outcome.words.hasPrefix("error: \(message)"), "\(outcome.words)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0 != "run" } == [])
    }
}
