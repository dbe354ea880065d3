import Files
import Foundation

Console.prepare()
Interruption.catchSignals()
// `CommandLine.arguments` replaces bytes that are not UTF-8, which names of files may hold.
let words = UnsafeBufferPointer(start: CommandLine.unsafeArgv, count: Int(CommandLine.argc)).dropFirst()
exit(run(words.compactMap { $0.map { String(cPath: $0) } }))
