import Files
import Foundation
import Pretrained

/// All commands, in the order of the help.
let commands: [Command] = [
    trainCommand, checkCommand, featuresCommand, probeCommand, evaluateCommand, predictCommand, explainCommand,
    visualizeCommand, inspectCommand, diffCommand, exportCommand, summaryCommand, benchCommand, listCommand,
    weightsListCommand, weightsFetchCommand, weightsVerifyCommand,
]

/// Runs the command that `words` name and returns the exit code.
func run(_ words: [String]) -> Int32 {
    do {
        try dispatch(words)
        return 0
    } catch let error as OutputError where error.code == EPIPE {
        return Console.endAsReaderDid()
    } catch is FilesDiffer {
        return FilesDiffer.exitCode
    } catch let error as any UserFacingError {
        Console.say("error: \(message(for: error))\n")
        return error.kind.exitCode
    } catch is CancellationError {
        Interruption.sayLastWords()
        return Interruption.exitCode
    } catch {
        Console.say("error: \(message(for: error))\n")
        return ErrorKind.failure.exitCode
    }
}

private func dispatch(_ words: [String]) throws {
    guard let first = words.first else {
        throw UsageError("nothing to do: expected a command or --recipe RECIPE.yaml", nil)
    }
    switch first {
    case "-h", "--help", "help":
        guard words.count > 1, first == "help" else { return try Console.put(Command.overview(commands)) }
        try Console.put(help(for: words.dropFirst()))
    case "--version": try Console.put("finetune \(toolVersion)\n")
    case _ where first.hasPrefix("-"): try start(trainCommand, words[...])
    default:
        try Arguments.refuseTypographicDash(first, nil)
        if words.count == 2, ["-h", "--help"].contains(words[1]) { return try Console.put(help(for: words[..<1])) }
        let (command, rest) = try command(in: words[...])
        try start(command, rest)
    }
}

private func start(_ command: Command, _ words: ArraySlice<String>) throws {
    let options = words.prefix { $0 != "--" }
    if options.contains("--help") || options.contains("-h") { return try Console.put(command.help) }
    try command.run(try Arguments(words, of: command))
}

/// The command that the first word names, or the first two do, and what follows.
private func command(in words: ArraySlice<String>) throws -> (command: Command, rest: ArraySlice<String>) {
    let first = words.first ?? ""
    if let command = commands.first(where: { $0.name == first }) { return (command, words.dropFirst()) }
    let family = family(first)
    if family.isEmpty { throw UsageError.unknown("command", first, of: commands.map(\.name) + ["help"], nil) }
    let name = words.prefix(2).joined(separator: " ")
    if let command = family.first(where: { $0.name == name }) { return (command, words.dropFirst(2)) }
    throw UsageError("expected \(family.map { "`\($0.name)`" }.listed("or")), found `\(name)`", nil)
}

/// The commands of two words that begin with this one.
private func family(_ word: String) -> [Command] { commands.filter { $0.name.hasPrefix("\(word) ") } }

/// The help of the command that words name, or of all that begin with them.
private func help(for words: ArraySlice<String>) throws -> String {
    let family = words.count == 1 ? family(words[words.startIndex]) : []
    return family.isEmpty ? try command(in: words).command.help : family.map(\.help).joined(separator: "\n")
}
