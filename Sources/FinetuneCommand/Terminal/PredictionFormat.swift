import Files
import Recipes
import Tasks

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
    func header(_ task: LearningTask, top: Int, _ ids: SubmissionIDs) -> String {
        switch self {
        case .text, .jsonl: ""
        case .csv: CSV.line(["filename"] + task.definition.printedColumns(top: top))
        case .kaggle: CSV.line([ids.column, ids.labelColumn])
        }
    }

    /// Whether it is of use only with a line for every image.
    var isWhole: Bool { self == .kaggle }

    /// - Parameters:
    ///   - id: what a submission calls the image.
    ///   - top: how many classes are told, the most probable first.
    func line(_ answer: any Answer, id: String, classNames: [String], top: Int) -> String {
        let words = answer.words(classNames, top: top)
        switch self {
        case .text: return .tabSeparated([answer.file] + words.text)
        case .csv: return CSV.line([answer.file] + words.fields)
        case .jsonl:
            let name = JSON.Member(key: "filename", value: .string(answer.file))
            return JSON.object([name] + words.members).compactText + "\n"
        case .kaggle: return CSV.line([id, words.fields[0]])
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
    func id(of answer: any Answer, after number: Int) -> String {
        areNumbers ? String(number + 1) : answer.file
    }
}
