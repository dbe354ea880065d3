import Files
import Foundation
import Pretrained

/// All commands, in the order of the help.
let commands: [Command] = [
    trainCommand, checkCommand, featuresCommand, probeCommand, evaluateCommand, predictCommand, explainCommand,
    visualizeCommand, inspectCommand, diffCommand, exportCommand, summaryCommand, benchCommand, listCommand,
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
        try Console.put(command(named: words[1]).help)
    case "--version": try Console.put("finetune \(toolVersion)\n")
    case _ where first.hasPrefix("-"): try start(trainCommand, words[...])
    default:
        try Arguments.refuseTypographicDash(first, nil)
        try start(command(named: first), words.dropFirst())
    }
}

private func start(_ command: Command, _ words: ArraySlice<String>) throws {
    let options = words.prefix { $0 != "--" }
    if options.contains("--help") || options.contains("-h") { return try Console.put(command.help) }
    try command.run(try Arguments(words, of: command))
}

private func command(named name: String) throws -> Command {
    guard let command = commands.first(where: { $0.name == name }) else {
        throw UsageError.unknown("command", name, of: commands.map(\.name) + ["help"], nil)
    }
    return command
}
