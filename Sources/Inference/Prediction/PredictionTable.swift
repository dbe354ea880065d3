import Files
import Metrics

/// `predictions.csv`: `filename,label,predicted,probability`, then the probability of each class in a column of its
/// name. The label is empty where none is known; numbers have the shortest digits that read back the same.
///
/// Of more than `ClassLimit.square` classes the columns are `filename,label,predicted,probability,label_probability`,
/// then `predicted_2,probability_2` and so on: the most probable classes instead of all.
package final class PredictionTable {
    private let file: OutputFile
    private let classNames: [String]
    private var hasAllClasses: Bool { classNames.count <= ClassLimit.square }

    /// Creates the file.
    /// - Throws: `OutputError`.
    package init(_ path: String, classNames: [String]) throws {
        file = try OutputFile(path)
        self.classNames = classNames
        let further =
            hasAllClasses
            ? classNames
            : ["label_probability"] + (2...ClassLimit.ranks).flatMap { ["predicted_\($0)", "probability_\($0)"] }
        try file.write(CSV.line(["filename", "label", "predicted", "probability"] + further))
    }

    /// Adds a row.
    /// - Throws: `OutputError`.
    package func write(_ prediction: Prediction) throws {
        var line = CSV.field(prediction.file)
        line += "," + CSV.field(prediction.label.map { classNames[$0] } ?? "")
        line += "," + CSV.field(classNames[prediction.predicted]) + ",\(prediction.probability)"
        if hasAllClasses {
            for probability in prediction.probabilities {
                line += ","
                line += probability.description
            }
        } else {
            line += "," + (prediction.label.map { prediction.probabilities[$0].description } ?? "")
            for index in prediction.mostProbable(ClassLimit.ranks).dropFirst() {
                line += "," + CSV.field(classNames[index]) + ",\(prediction.probabilities[index])"
            }
        }
        try file.write(line + "\n")
    }

    /// Completes the file.
    /// - Throws: `OutputError`.
    package func finish() throws { try file.finish() }
}
