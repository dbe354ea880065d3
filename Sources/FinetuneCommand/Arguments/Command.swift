import Files
import Recipes

/// A subcommand: what it takes and what it does.
struct Command: Sendable {
    let name: String
    /// One line for the list of commands.
    let summary: String
    /// Further lines for its own help.
    var discussion = ""
    var operands: Operands = .none
    var options: [OptionDeclaration] = []
    let run: @Sendable (Arguments) throws -> Void

    /// Arguments without a name.
    enum Operands: Sendable {
        case none
        case one(String)
        case two(String, String)
        case optional(String)
        case oneOrMore(String)
    }
}

/// The arguments of a command, checked against its declaration.
struct Arguments: Sendable {
    fileprivate(set) var operands: [String] = []
    fileprivate var values: [String: [String]] = [:]

    /// The last value of an option, its default where it is not given.
    subscript<Value>(option: Option<Value>) -> Value? {
        values[option.declaration.name]?.last.flatMap(option.read) ?? option.standard
    }

    /// The value of an option that is required or has a default.
    func value<Value>(_ option: Option<Value>) -> Value {
        guard let value = self[option] else {
            preconditionFailure("\(option.declaration.name) is neither required nor has it a default")
        }
        return value
    }

    /// All values of an option that repeats, in the order given.
    func all<Value>(_ option: Option<Value>) -> [Value] {
        (values[option.declaration.name] ?? []).compactMap(option.read)
    }

    func has(_ flag: Option<Bool>) -> Bool { self[flag] ?? false }

    /// Whether an option of this name is given.
    func gives(_ name: String) -> Bool { values[name] != nil }
}

extension Arguments {
    /// Reads the words that follow a subcommand.
    /// - Throws: `UsageError` at the first that does not fit.
    init(_ words: ArraySlice<String>, of command: Command) throws {
        var rest = words
        var mayBeOption = true
        while let word = rest.popFirst() {
            if mayBeOption && word == "--" {
                mayBeOption = false
            } else if mayBeOption && word.hasPrefix("-") && word != "-" {
                try addOption(word, &rest, command)
            } else {
                if mayBeOption { try Self.refuseTypographicDash(word, command) }
                operands.append(mayBeOption ? word.expandingHome : word)
            }
        }
        try checkOperands(command)
        for option in command.options where option.isRequired && values[option.name] == nil {
            throw UsageError("\(option.usage) is missing: \(option.meaning)", command)
        }
    }

    /// Word processors turn `--model` into `—model`, which would pass for a file.
    /// - Throws: `UsageError` where the word begins like that and is no file.
    static func refuseTypographicDash(_ word: String, _ command: Command?) throws {
        guard let dash = word.unicodeScalars.first, dash.isTypographicDash, !FileSystem.exists(word) else { return }
        let name = word.unicodeScalars.drop { $0.isTypographicDash || $0 == "-" }
        throw UsageError("`\(word)` begins with \(dash.named); write --\(String(name))", command)
    }

    private mutating func addOption(_ word: String, _ rest: inout ArraySlice<String>, _ command: Command) throws {
        let separator = word.firstIndex(of: "=")
        let name = String(word[..<(separator ?? word.endIndex)])
        guard let option = command.options.first(where: { $0.name == name }) else {
            throw UsageError.unknown("option", name, of: command.options.map(\.name) + ["--help"], command)
        }
        if values[name] != nil && !option.repeats { throw UsageError("\(name) is given twice", command) }
        let given = separator.map { String(word[word.index(after: $0)...]) }
        guard option.placeholder != nil else {
            if given != nil { throw UsageError("\(name) takes no value", command) }
            values[name] = [""]
            return
        }
        guard let value = given ?? rest.popFirst() else {
            throw UsageError("\(name) needs a value: \(option.expected)", command)
        }
        guard option.accepts(value) else { throw UsageError.unfit(value, for: option, command) }
        values[name, default: []].append(value)
    }

    private func checkOperands(_ command: Command) throws {
        switch command.operands {
        case .none:
            if let extra = operands.first { throw UsageError("unexpected argument `\(extra)`", command) }
        case .one(let name):
            if operands.isEmpty { throw UsageError("\(name) is missing", command) }
            if operands.count > 1 { throw UsageError("unexpected argument `\(operands[1])`", command) }
        case .two(let first, let second):
            if operands.count < 2 { throw UsageError("\(operands.isEmpty ? first : second) is missing", command) }
            if operands.count > 2 { throw UsageError("unexpected argument `\(operands[2])`", command) }
        case .optional:
            if operands.count > 1 { throw UsageError("unexpected argument `\(operands[1])`", command) }
        case .oneOrMore(let name):
            if operands.isEmpty { throw UsageError("\(name) is missing", command) }
        }
    }
}
