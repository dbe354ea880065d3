import Files
import Recipes

/// Words on the command line that do not fit a command's declaration.
struct UsageError: UserFacingError {
    let description: String
    var kind: ErrorKind { .usage }
    var isOneLine: Bool { false }

    /// - Parameter command: whose help is pointed at; nil for the general one.
    init(_ message: String, _ command: Command?) {
        description = "\(message.legible)\nhelp: finetune \(command.map { "\($0.name) " } ?? "")--help"
    }

    static func unknown(_ kind: String, _ word: String, of words: [String], _ command: Command?) -> UsageError {
        UsageError("unknown \(kind) `\(word)`\(suggestion(for: word, in: words))", command)
    }

    /// - Parameter otherwise: what is said where no word is near, of too many to list.
    static func unknown(
        _ kind: String, _ word: String, of words: [String], otherwise: String, _ command: Command
    ) -> UsageError {
        let hint = nearestWord(to: word, in: words).map { "did you mean `\($0)`?" } ?? otherwise
        return UsageError("unknown \(kind) `\(word)`; \(hint)", command)
    }

    static func unfit(_ value: String, for option: OptionDeclaration, _ command: Command) -> UsageError {
        if option.words.isEmpty {
            return UsageError("\(option.name): expected \(option.expected), found `\(value)`", command)
        }
        return UsageError(
            "\(option.name): unknown value `\(value)`\(suggestion(for: value, in: option.words))", command)
    }
}
