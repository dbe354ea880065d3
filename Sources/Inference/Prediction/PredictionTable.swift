import Files
import Metrics
import Tasks

/// `predictions.csv`: a row for each image, under columns that the task names. Labels are empty where none are known;
/// numbers have the shortest digits that read back the same.
package final class PredictionTable {
    private let file: OutputFile
    private let classNames: [String]

    /// Creates the file.
    /// - Throws: `OutputError`.
    package init(_ path: String, classNames: [String], task: LearningTask = .classification) throws {
        file = try OutputFile(path)
        self.classNames = classNames
        try file.write(CSV.line(task.definition.tableColumns(classNames)))
    }

    /// Adds a row.
    /// - Throws: `OutputError`.
    package func write(_ answer: any Answer) throws { try file.write(CSV.line(answer.row(classNames))) }

    /// Completes the file.
    /// - Throws: `OutputError`.
    package func finish() throws { try file.finish() }
}
