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
    /// A submission as Kaggle and its like take it: the id and the class of every image.
    case kaggle

    /// What stands before all predictions.
    func header(top: Int, _ ids: SubmissionIDs) -> String {
        switch self {
        case .text, .jsonl: return ""
        case .csv:
            let names = (1...top).flatMap { rank in
                ["predicted", "probability"].map { rank == 1 ? $0 : "\($0)_\(rank)" }
            }
            return CSV.line(["filename"] + names)
        case .kaggle: return CSV.line([ids.column, ids.labelColumn])
        }
    }

    /// Whether it is of use only with a line for every image.
    var isWhole: Bool { self == .kaggle }

    /// - Parameters:
    ///   - id: what a submission calls the image.
    ///   - top: how many classes are told, the most probable first.
    func line(_ prediction: Prediction, id: String, classNames: [String], top: Int) -> String {
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
        case .kaggle: return CSV.line([id, classes[0].0])
        }
    }
}

/// What a submission calls its images, and its columns.
struct SubmissionIDs: Sendable {
    let column: String
    let labelColumn: String
    /// Whether images are numbered, from 1; else they are called by their names.
    let areNumbers: Bool

    /// Of files, which are called by their names.
    static let filenames = SubmissionIDs(column: "filename", labelColumn: "label", areNumbers: false)

    private init(column: String, labelColumn: String, areNumbers: Bool) {
        self.column = column
        self.labelColumn = labelColumn
        self.areNumbers = areNumbers
    }

    /// - Parameters:
    ///   - pathColumn: what the table calls its paths; nil where its rows are pixels.
    ///   - label: what the column with the classes is called; nil for what is usual.
    init(ofTableWith pathColumn: String?, label: String?) {
        self.init(
            column: pathColumn ?? "ImageId", labelColumn: label ?? (pathColumn == nil ? "Label" : "label"),
            areNumbers: pathColumn == nil)
    }

    /// - Parameter number: how many images stand before it.
    func id(of prediction: Prediction, after number: Int) -> String {
        areNumbers ? String(number + 1) : prediction.file
    }
}
