import Archives
import Engine
import Files
import Foundation
import Images
import Pretrained
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

    /// The wish cannot be taken back, so it is made in a process of its own.
    @Test func whatIsInterruptedWhileItIsCompiledIsSaved() async {
        await #expect(processExitsWith: .success) {
            func isSaved() throws -> Bool {
                let run = try SmallRun(TinyImages())
                Cancellation.request()
                let ending = try run.run().result.ending
                return ending == .interrupted && FileManager.default.fileExists(atPath: run.files.checkpoint)
            }
            exit(try isSaved() ? 0 : 1)
        }
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
        guard case .differentRun(let path, let settings, let data) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(path == run.files.checkpoint)
        #expect(
            settings == [
                "stages.1.lr: head 0.01, layer3 0.005 then, head 0.5, layer3 0.005 now", "batch size: 8 then, 4 now",
            ])
        #expect(
            data == [
                "training images: 22 then, 22 now: 1 new (new/file.png), 1 gone (train-2.png)",
                "validation images: 9 then, 8 now: 1 gone (val-8.png)",
            ])
        #expect(error?.kind == .usage)
    }

    /// Runs to the second epoch and then changes something; what is said of it when the run is to go on.
    private func complaint(after change: (inout SmallRun) throws -> Void) throws -> String? {
        var run = try SmallRun(TinyImages())
        try run.run(isInterrupted: interruption(atQuestion: 7))
        try change(&run)
        do {
            _ = try run.run(resuming: true)
            return nil
        } catch TrainingError.differentRun(_, let settings, let data) {
            let error = TrainingError.differentRun(checkpoint: "", settings: settings, data: data)
            #expect(error.kind == (settings.isEmpty ? .data : .usage))
            return (settings + data).joined(separator: "\n")
        }
    }

    /// Flips a bit of a file, in it or in a copy that takes its place, and gives it its old time back, to the nanosecond.
    private func flipBit(of path: String, inPlace: Bool) throws {
        var status = stat()
        try #require(stat(path, &status) == 0)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path), options: inPlace ? [] : .atomic)
        try #require(utimensat(AT_FDCWD, path, [status.st_atim, status.st_mtim], 0) == 0)
    }

    @Test(arguments: [true, false]) func imagesWithOtherContentsAreRefused(inPlace: Bool) throws {
        let trained = try complaint { run in try flipBit(of: run.training[3].path, inPlace: inPlace) }
        #expect(trained == "training images: 1 with other contents (train-3.png)")
        let validating = try complaint { run in
            for index in [0, 1, 2, 4] { try flipBit(of: run.validation[index].path, inPlace: inPlace) }
        }
        #expect(
            validating == "validation images: 4 with other contents (val-0.png, val-1.png, val-2.png, …)")
    }

    @Test func imagesThatWereOnlyTouchedOrCopiedAreTheSame() throws {
        let said = try complaint { run in
            for sample in run.training.prefix(5) {
                let date = Date(timeIntervalSince1970: 1_000_000)
                try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: sample.path)
            }
            for sample in run.validation {
                try FileManager.default.moveItem(atPath: sample.path, toPath: sample.path + ".old")
                try FileManager.default.copyItem(atPath: sample.path + ".old", toPath: sample.path)
            }
        }
        #expect(said == nil)
    }

    @Test func imagesThatJudgeInTheEndCountToo() throws {
        let run = try SmallRun(TinyImages())
        func trainer() throws -> Trainer {
            try Trainer(
                model: run.makeModel(), training: run.training, validation: [], judging: run.validation,
                configuration: run.configuration, runFolder: run.folder.path)
        }
        _ = try trainer().run()
        try trainer().prepare(resuming: true)
        try flipBit(of: run.validation[8].path, inPlace: true)
        let error = #expect(throws: TrainingError.self) { try trainer().prepare(resuming: true) }
        #expect(error?.description.contains("test images: 1 with other contents (val-8.png)") == true)
    }

    @Test func weightsThreadsAndProgramCount() throws {
        let run = try SmallRun(images)
        try run.run(isInterrupted: interruption(atQuestion: 7))
        let other = run.makeModel()
        other.parameters["stem.conv.weight"][5].negate()
        let weights = #expect(throws: TrainingError.self) { try run.run(resuming: true, model: other) }
        #expect(weights?.description.contains("  weights: checksum ") == true)
        #expect(weights?.kind == .data)

        let threads = ComputeLibrary.threadCount
        ComputeLibrary.useThreads(threads + 1)
        defer { ComputeLibrary.useThreads(nil) }
        let error = #expect(throws: TrainingError.self) { try run.run(resuming: true) }
        #expect(error?.description.contains("  threads: \(threads) then, \(threads + 1) now\n") == true)
        #expect(error?.kind == .usage)
        ComputeLibrary.useThreads(nil)

        let archive = try HDF5Archive(path: run.files.checkpoint)
        let state = String(decoding: try archive.bytes("state"), as: UTF8.self)
        let older = state.replacing(try Regex("build [0-9a-f]{16}"), with: "build 0123456789abcdef")
        #expect(older != state)
        try rewrite(run.files.checkpoint, state: older)
        let program = #expect(throws: TrainingError.self) { try run.run(resuming: true) }
        #expect(program?.description.contains("  program: finetune ") == true)
        #expect(program?.description.contains("build 0123456789abcdef then, ") == true)
    }

    /// A flipped bit anywhere: in the container, in its gaps, in state and tensors, and in the checksum itself.
    @Test func oneFlippedBitAnywhereIsFound() throws {
        let run = try SmallRun(images)
        try run.run(isInterrupted: interruption(atQuestion: 12))
        let whole = try Data(contentsOf: URL(fileURLWithPath: run.files.checkpoint))
        let places = Array(stride(from: 0, to: whole.count, by: whole.count / 60)) + (whole.count - 33..<whole.count)
        for place in places {
            var damaged = whole
            damaged[place] ^= 1 << (place % 8)
            try damaged.write(to: URL(fileURLWithPath: run.files.checkpoint))
            do {
                _ = try run.run(resuming: true)
                Issue.record("byte \(place) of \(whole.count)")
            } catch let error as any UserFacingError {
                #expect(error.kind == .data && error.description.hasPrefix(run.files.checkpoint), "\(error)")
            }
        }
        try whole.write(to: URL(fileURLWithPath: run.files.checkpoint))
        #expect(try run.run(resuming: true).result.ending == .completed)
    }

    /// The file for `predict` bears a checksum too; one without, or one that another program has opened to write, is read.
    @Test func aModelWithAFlippedBitIsRefused() throws {
        let run = try SmallRun(images)
        try run.run()
        let whole = try Data(contentsOf: URL(fileURLWithPath: run.files.model))
        var damaged = whole
        damaged[whole.count / 2] ^= 4
        try damaged.write(to: URL(fileURLWithPath: run.files.model))
        let error = #expect(throws: ArchiveError.self) { try Model.read(run.files.model) }
        #expect(error?.kind == .data && error?.reason.contains("checksum") == true)
        try whole.dropLast(32).write(to: URL(fileURLWithPath: run.files.model))
        _ = try Model.read(run.files.model)
    }

    /// Writes the checkpoint anew with another state or other tensors.
    private func rewrite(
        _ path: String, state: String? = nil, version: Double = 2, tensors change: (String, Tensor) -> Tensor? = { $1 }
    ) throws {
        let archive = try HDF5Archive(path: path)
        let writer = try HDF5Writer(path: path)
        try writer.setAttribute("format", to: "finetune-checkpoint")
        try writer.setAttribute("format_version", to: version)
        for entry in archive.entries {
            if ["state", "images"].contains(entry.name) {
                let bytes = entry.name == "state" ? state.map { Array($0.utf8) } : nil
                try writer.write(entry.name, bytes ?? archive.bytes(entry.name))
            } else if let tensor = change(entry.name, try archive.tensor(entry.name)) {
                try writer.write(entry.name, tensor)
            }
        }
        try writer.close()
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
        let state = String(decoding: try HDF5Archive(path: run.files.checkpoint).bytes("state"), as: UTF8.self)
        func write(
            _ state: String, version: Double = 2, _ change: (String, Tensor) -> Tensor? = { $1 }
        ) throws {
            try rewrite(run.files.checkpoint, state: state, version: version, tensors: change)
        }
        try write("{}")
        expectDamaged(run, "state cannot be read")
        for (field, nonsense) in [("position", "999"), ("stage", "3"), ("epoch", "-1"), ("step", "-2")] {
            let broken = state.replacing(try Regex("\"\(field)\":\\d+"), with: "\"\(field)\":\(nonsense)")
            #expect(broken != state)
            try write(broken)
            expectDamaged(run, "makes no sense")
        }
        try write(state, version: 3)
        expectDamaged(run, "newer")
        try write(state, version: 1)
        expectDamaged(run, "older")
        let saved = run.folder.path + "/saved.h5"
        try write(state)
        try FileManager.default.copyItem(atPath: run.files.checkpoint, toPath: saved)
        try write(state) { $0 == "parameters/stem.conv.weight" ? Tensor(shape: [1]) : $1 }
        expectDamaged(run, "stem.conv.weight has 1 values instead of 432")
        try FileManager.default.removeItem(atPath: run.files.checkpoint)
        try FileManager.default.moveItem(atPath: saved, toPath: run.files.checkpoint)
        try write(state) { $0.hasPrefix("optimizer/second/head.linear.bias") ? nil : $1 }
        #expect(throws: ArchiveError.self) { try run.run(resuming: true) }
    }

    private func expectDamaged(_ run: SmallRun, _ words: String) {
        let error = #expect(throws: TrainingError.self) { try run.run(resuming: true) }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        #expect(error?.description.hasPrefix(run.files.checkpoint) == true)
        #expect(error?.kind == .data)
    }
}
