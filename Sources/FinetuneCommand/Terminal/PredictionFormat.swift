import Files
import Metrics
import Recipes

/// How predictions are printed, one a line.
enum PredictionFormat: String, CaseIterable, Sendable {
    /// Filename, class and probability, separated by tabs; tabs, line ends and what cannot be seen are escaped in
    /// names.
    case text
    /// RFC 4180, with a line of column names.
    case csv
    /// A JSON object a line.
    case jsonl

    /// What stands before all predictions.
    func header(top: Int) -> String {
        guard self == .csv else { return "" }
        return CSV.line(
            ["filename"]
                + (1...top).flatMap { rank in ["predicted", "probability"].map { rank == 1 ? $0 : "\($0)_\(rank)" } })
    }

    /// - Parameter top: how many classes are told, the most probable first.
    func line(_ prediction: Prediction, classNames: [String], top: Int) -> String {
        let classes = prediction.mostProbable(top).map { (classNames[$0], prediction.probabilities[$0]) }
        switch self {
        case .text:
            return .tabSeparated([prediction.file] + classes.flatMap { [$0, Words.decimals($1, 4)] })
        case .csv: return CSV.line([prediction.file] + classes.flatMap { [$0, $1.description] })
        case .jsonl:
            let object: JSON = [
                "filename": .string(prediction.file), "predicted": .string(classes[0].0),
                "probability": .number(classes[0].1),
                "top": .array(classes.map { ["class": .string($0), "probability": .number($1)] }),
            ]
            return object.compactText + "\n"
        }
    }
}
