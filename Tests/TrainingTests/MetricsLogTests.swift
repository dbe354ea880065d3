import Files
import Foundation
import Tasks
import TestSupport
import Testing
import Training

@Suite struct MetricsLogTests {
    private func record(_ epoch: Int, stage: String = "head") -> EpochRecord {
        EpochRecord(
            epoch: epoch, stage: stage, trainLoss: 0.1 + 0.2, valLoss: 1 / 3,
            figures: ["train_accuracy": 0.5, "val_accuracy": 0.25, "val_macro_f1": 0.125], learningRate: 1e-4,
            seconds: 1.5)
    }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test func writesTheseColumns() throws {
        let folder = try TemporaryDirectory()
        let log = try MetricsLog(folder.file("metrics.csv"), task: .classification)
        try log.append(record(1, stage: "warm, up"))
        try log.append(
            EpochRecord(
                epoch: 2, stage: "top", trainLoss: 2, figures: ["train_accuracy": 1], learningRate: 0.5,
                seconds: 0.12345))
        #expect(
            try text(log.path) == """
                epoch,stage,train_loss,train_accuracy,val_loss,val_accuracy,val_macro_f1,lr,seconds
                1,"warm, up",0.30000000000000004,0.5,0.3333333333333333,0.25,0.125,0.0001,1.5
                2,top,2.0,1.0,,,,0.5,0.123

                """)
    }

    @Test func isReadBackAsWritten() throws {
        let folder = try TemporaryDirectory()
        let log = try MetricsLog(folder.file("metrics.csv"), task: .classification)
        let records = [record(1), record(2, stage: "two\nlines"), record(3)]
        for record in records { try log.append(record) }
        #expect(try MetricsLog.read(log.path) == records)
    }

    @Test func resumedRunGoesOn() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("metrics.csv")
        let whole = try MetricsLog(folder.file("whole.csv"), task: .classification)
        for epoch in 1...4 { try whole.append(record(epoch)) }

        let cut = try MetricsLog(path, task: .classification)
        for epoch in 1...3 { try cut.append(record(epoch)) }
        try OutputFile.write(try text(path) + "4,he", to: path)
        let resumed = try MetricsLog(path, task: .classification, keepingThrough: 2)
        #expect(resumed.records == [record(1), record(2)])
        try resumed.append(record(3))
        try resumed.append(record(4))
        #expect(try text(path) == text(whole.path))
    }

    @Test func beginsAfresh() throws {
        let folder = try TemporaryDirectory()
        try OutputFile.write("rubbish", to: folder.file("metrics.csv"))
        #expect(try MetricsLog(folder.file("metrics.csv"), task: .classification).records == [])
        #expect(try MetricsLog.read(folder.file("metrics.csv")) == [])
    }

    @Test(arguments: [
        ("", ":1: expected the header epoch,stage,"),
        ("epoch,loss\n", ":1: expected the header epoch,stage,"),
        ("H\n1,head,1,1\n", ":2: 4 fields, expected 9"),
        ("H\n1,head,1,1,,,,1,1\n2,head,x,1,,,,1,1\n", ":3: train_loss “x” is no number"),
        ("H\n1,head,,1,,,,1,1\n", ":2: train_loss is empty"),
        ("H\n0,head,1,1,,,,1,1\n", ":2: epoch “0” is no whole number from 1 up"),
        ("H\n1,\"head,1,1,,,,1,1\n", ":2: a quoted field is never closed"),
    ]) func namesTheDamagedRow(_ content: String, _ message: String) throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("metrics.csv")
        try OutputFile.write(
            content.replacingOccurrences(of: "H\n", with: CSV.line(LearningTask.classification.columns)), to: path)
        let error = #expect(throws: CSVError.self) { try MetricsLog.read(path) }
        #expect(error?.description.hasPrefix(path + message) == true)
        #expect(error?.kind == .data)
    }

    @Test func missesARowThatTheCheckpointHasSeen() throws {
        let folder = try TemporaryDirectory()
        let log = try MetricsLog(folder.file("metrics.csv"), task: .classification)
        try log.append(record(1))
        let error = #expect(throws: CSVError.self) {
            try MetricsLog(log.path, task: .classification, keepingThrough: 2)
        }
        #expect(error?.description == "\(log.path):2: the file ends before epoch 2")
        #expect(throws: CSVError.self) {
            try MetricsLog(folder.file("none.csv"), task: .classification, keepingThrough: 1)
        }
    }

    @Test func saysThatTheDiskIsFull() {
        #expect(throws: OutputError.self) { try MetricsLog("/dev/full", task: .classification) }
    }
}
