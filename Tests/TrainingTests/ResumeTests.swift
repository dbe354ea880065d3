import Archives
import Foundation
import Images
import Tensors
import Testing
import Training

@Suite struct ResumeTests {
    private let images: TinyImages

    init() throws { images = try TinyImages() }

    /// An epoch asks whether it is interrupted once before each of its three steps, once before it finds its images used
    /// up, and once before its only validation batch: five times.
    @Test(arguments: [[1], [3], [5], [6, 2, 2], [4, 4, 7, 1, 1]])
    func interruptedRunEqualsUninterruptedBitForBit(questions: [Int]) throws {
        let whole = try SmallRun(images)
        let expected = try Outcome(whole, whole.run().result, whole.run().model)

        let run = try SmallRun(images)
        for (index, question) in questions.enumerated() {
            let part = try run.run(resuming: index > 0, isInterrupted: interruption(atQuestion: question)).result
            #expect(part.ending == .interrupted)
        }
        let (result, model) = try run.run(resuming: true)
        #expect(result.ending == .completed)
        #expect(try Outcome(run, result, model) == expected)
        #expect(expected.records.count == 4)
        #expect(expected.proofs.map(\.stage) == ["head", "top"])
    }

    /// A killed run leaves an older checkpoint, and metrics and weights of a later epoch.
    @Test func killedRunEqualsUninterruptedBitForBit() throws {
        let run = try SmallRun(images)
        let saved = run.folder.path + "/saved.h5"
        let recorder = Recorder { event in
            if case .checkpointSaved(let path) = event, !FileManager.default.fileExists(atPath: saved) {
                try? FileManager.default.copyItem(atPath: path, toPath: saved)
            }
        }
        let (result, model) = try run.run(observer: recorder)
        let expected = try Outcome(run, result, model)

        try FileManager.default.removeItem(atPath: run.files.checkpoint)
        try FileManager.default.moveItem(atPath: saved, toPath: run.files.checkpoint)
        let resumed = try run.run(resuming: true)
        #expect(try Outcome(run, resumed.result, resumed.model) == expected)
    }

    @Test func finishedRunIsTakenUpAsItIs() throws {
        let run = try SmallRun(images)
        let first = try run.run()
        let expected = try Outcome(run, first.result, first.model)
        let recorder = Recorder()
        let second = try run.run(resuming: true, observer: recorder)
        #expect(try Outcome(run, second.result, second.model) == expected)
        #expect(recorder.events.count == 1)
    }

    @Test func otherSettingsAndImagesAreRefusedByName() throws {
        var run = try SmallRun(images)
        try run.run(isInterrupted: interruption(atQuestion: 3))
        run.configuration.batchSize = 4
        run.configuration.stages[1].learningRates["head"] = 0.5
        run.training[2] = .init(path: "new/file.png", name: "new/file.png", label: 2)
        run.validation.removeLast()
        let error = #expect(throws: TrainingError.self) { try run.run(resuming: true) }
        guard case .differentRun(let path, let differences) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(path == run.files.checkpoint)
        #expect(
            differences == [
                "stages.1.lr: head 0.01, layer3 0.005 then, head 0.5, layer3 0.005 now", "batch size: 8 then, 4 now",
                "training images: 22 then, 22 now: 1 new (new/file.png), 1 gone (train-2.png)",
                "validation images: 9 then, 8 now: 1 gone (val-8.png)",
            ])
        #expect(error?.exitCode == 2)
    }

    @Test func otherCheckpointsAreRefusedWithTheirName() throws {
        let run = try SmallRun(images)
        #expect(throws: ArchiveError.self) { try run.run(resuming: true) }

        try run.run(isInterrupted: interruption(atQuestion: 6))
        let whole = try Data(contentsOf: URL(fileURLWithPath: run.files.checkpoint))
        for content in [Data(), Data("no HDF5".utf8), whole.prefix(whole.count / 2)] {
            try content.write(to: URL(fileURLWithPath: run.files.checkpoint))
            let error = #expect(throws: ArchiveError.self) { try run.run(resuming: true) }
            #expect(error?.description.contains("checkpoint.h5") == true)
        }

        try FileManager.default.removeItem(atPath: run.files.checkpoint)
        try FileManager.default.copyItem(atPath: run.files.model, toPath: run.files.checkpoint)
        expectDamaged(run, "another kind")
    }

    /// Checkpoints whose containers are whole and whose contents are not.
    @Test func checkpointsWithNonsenseAreRefused() throws {
        let run = try SmallRun(images)
        try run.run(isInterrupted: interruption(atQuestion: 3))
        let archive = try HDF5Archive(path: run.files.checkpoint)
        let state = String(decoding: try archive.tensor("state").values.map { UInt8($0) }, as: UTF8.self)
        let tensors = try archive.entries.filter { $0.name != "state" }.map {
            ($0.name, try archive.tensor($0.name))
        }
        func write(_ state: String, _ tensors: [(String, Tensor)], version: Double = 1) throws {
            let writer = try HDF5Writer(path: run.files.checkpoint)
            try writer.setAttribute("format", to: "finetune-checkpoint")
            try writer.setAttribute("format_version", to: version)
            try writer.write("state", Array(state.utf8))
            for (name, tensor) in tensors { try writer.write(name, tensor) }
            try writer.close()
        }
        try write("{}", tensors)
        expectDamaged(run, "state cannot be read")
        for (field, nonsense) in [("position", "999"), ("stage", "3"), ("epoch", "-1"), ("step", "-2")] {
            let broken = state.replacing(try Regex("\"\(field)\":\\d+"), with: "\"\(field)\":\(nonsense)")
            #expect(broken != state)
            try write(broken, tensors)
            expectDamaged(run, "makes no sense")
        }
        try write(state, tensors, version: 2)
        expectDamaged(run, "newer")
        try write(state, tensors.map { ($0, $0 == "parameters/stem.conv.weight" ? Tensor(shape: [1]) : $1) })
        expectDamaged(run, "stem.conv.weight has 1 values instead of 432")
        try write(state, tensors.filter { !$0.0.hasPrefix("optimizer/second/head.linear.bias") })
        #expect(throws: ArchiveError.self) { try run.run(resuming: true) }
        try write(state, tensors)
        #expect(try run.run(resuming: true).result.ending == .completed)
    }

    private func expectDamaged(_ run: SmallRun, _ words: String) {
        let error = #expect(throws: TrainingError.self) { try run.run(resuming: true) }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        #expect(error?.description.hasPrefix(run.files.checkpoint) == true)
        #expect(error?.exitCode == 3)
    }
}
