/// `predictions.csv`: `filename,label,predicted,probability`, then the probability of each class in a column of its
/// name. The label is empty where none is known; numbers have the shortest digits that read back the same.
package final class PredictionTable {
    private let file: OutputFile
    private let classNames: [String]

    /// Creates the file.
    /// - Throws: `OutputError`.
    package init(_ path: String, classNames: [String]) throws {
        file = try OutputFile(path)
        self.classNames = classNames
        try file.write(CSV.line(["filename", "label", "predicted", "probability"] + classNames))
    }

    /// Adds a row.
    /// - Throws: `OutputError`.
    package func write(_ prediction: Prediction) throws {
        let names = [
            prediction.file, prediction.label.map { classNames[$0] } ?? "", classNames[prediction.predicted],
        ]
        let numbers = [prediction.probability] + prediction.probabilities
        try file.write(CSV.line(names + numbers.map(\.description)))
    }

    /// Completes the file.
    /// - Throws: `OutputError`.
    package func finish() throws { try file.finish() }
}
