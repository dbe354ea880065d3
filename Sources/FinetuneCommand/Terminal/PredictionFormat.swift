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

    /// What stands before all predictions.
    func header(_ task: LearningTask, top: Int) -> String {
        guard self == .csv else { return "" }
        return CSV.line(["filename"] + task.definition.printedColumns(top: top))
    }

    /// - Parameter top: how many classes are told, the most probable first.
    func line(_ answer: any Answer, classNames: [String], top: Int) -> String {
        let words = answer.words(classNames, top: top)
        switch self {
        case .text: return .tabSeparated([answer.file] + words.text)
        case .csv: return CSV.line([answer.file] + words.fields)
        case .jsonl:
            let name = JSON.Member(key: "filename", value: .string(answer.file))
            return JSON.object([name] + words.members).compactText + "\n"
        }
    }
}
