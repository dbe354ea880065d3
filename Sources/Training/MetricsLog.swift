import Files
import Foundation
import Tasks

/// `metrics.csv`: a row for every epoch of a run, on disk as soon as the epoch is over.
package final class MetricsLog {
    private let task: LearningTask
    /// Where the file lies.
    package let path: String
    /// The rows in the file, in order of epochs.
    package private(set) var records: [EpochRecord]

    /// Begins a file, or goes on with the one that is there.
    ///
    /// - Parameter lastEpoch: keeps the rows up to this epoch only; 0 begins afresh. A resumed run passes its
    ///   checkpoint's epoch, because the run that was cut off may have come further than its last checkpoint, and may
    ///   have left half a row.
    /// - Throws: `OutputError`; `CSVError` where one of the rows to keep is damaged or missing.
    package init(_ path: String, task: LearningTask, keepingThrough lastEpoch: Int = 0) throws {
        self.path = path
        self.task = task
        records = lastEpoch == 0 ? [] : try Self.read(path, task: task, through: lastEpoch)
        try OutputFile.write(([CSV.line(task.columns)] + records.map { $0.csvLine(task) }).joined(), to: path)
    }

    /// Adds a row.
    /// - Throws: `OutputError`.
    package func append(_ record: EpochRecord) throws {
        let bytes = Array(record.csvLine(task).utf8)
        let descriptor = path.withCPath { open($0, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o666) }
        guard descriptor >= 0 else { throw OutputError(path: path, code: errno) }
        // One call for one row: a run that is killed leaves the row whole or not at all.
        let count = write(descriptor, bytes, bytes.count)
        let code = count < 0 ? errno : count < bytes.count ? ENOSPC : 0
        let closed = close(descriptor)
        guard code == 0, closed == 0 else { throw OutputError(path: path, code: code == 0 ? errno : code) }
        records.append(record)
    }

    /// The rows of a file.
    /// - Parameter lastEpoch: reads no further than to this epoch's row, which must be there.
    /// - Throws: `CSVError` where the file is not a `metrics.csv` or a row is damaged.
    package static func read(
        _ path: String, task: LearningTask = .classification, through lastEpoch: Int? = nil
    ) throws -> [EpochRecord] {
        var reader = try CSVReader(contentsOf: path)
        let columns = task.columns
        guard try reader.next()?.fields == columns else {
            throw CSVError(file: path, line: 1, reason: "expected the header \(columns.joined(separator: ","))")
        }
        var records: [EpochRecord] = []
        var line = 1
        // What follows the last row wanted may be damaged: it is not looked at.
        while lastEpoch == nil || records.last?.epoch != lastEpoch, let row = try reader.next() {
            records.append(try EpochRecord(row, task, file: path))
            line = row.line
        }
        if let lastEpoch, records.last?.epoch != lastEpoch {
            throw CSVError(file: path, line: line, reason: "the file ends before epoch \(lastEpoch)")
        }
        return records
    }
}

extension EpochRecord {
    /// The record as a line of `metrics.csv`; a missing number is an empty field.
    func csvLine(_ task: LearningTask) -> String {
        func text(_ value: Double?) -> String { value.map(\.description) ?? "" }
        func texts(_ columns: [String]) -> [String] { columns.map { text(figures[$0]) } }
        return CSV.line(
            [String(epoch), stage, text(trainLoss)] + texts(task.trainingColumns) + [text(valLoss)]
                + texts(task.validationColumns) + [text(learningRate), text((seconds * 1000).rounded() / 1000)])
    }

    init(_ row: CSV.Record, _ task: LearningTask, file: String) throws {
        let columns = task.columns
        let (line, fields) = (row.line, row.fields)
        guard fields.count == columns.count else {
            throw CSVError(file: file, line: line, reason: "\(fields.count) fields, expected \(columns.count)")
        }
        func optional(_ column: Int) throws -> Double? {
            if fields[column].isEmpty { return nil }
            guard let value = Double(fields[column]) else {
                throw CSVError(file: file, line: line, reason: "\(columns[column]) “\(fields[column])” is no number")
            }
            return value
        }
        func required(_ column: Int) throws -> Double {
            guard let value = try optional(column) else {
                throw CSVError(file: file, line: line, reason: "\(columns[column]) is empty")
            }
            return value
        }
        guard let epoch = Int(fields[0]), epoch > 0 else {
            throw CSVError(file: file, line: line, reason: "epoch “\(fields[0])” is no whole number from 1 up")
        }
        let firstOfValidation = 3 + task.trainingColumns.count
        var figures: [String: Double] = [:]
        for column in 3..<firstOfValidation { figures[columns[column]] = try required(column) }
        for column in firstOfValidation + 1..<columns.count - 2 { figures[columns[column]] = try optional(column) }
        self.init(
            epoch: epoch, stage: fields[1], trainLoss: try required(2), valLoss: try optional(firstOfValidation),
            figures: figures, learningRate: try required(columns.count - 2), seconds: try required(columns.count - 1))
    }
}
