import Files
import Foundation
import TestSupport

/// The tool as a shell starts it, for arguments and streams that Foundation's `Process` cannot hand over.
enum Shell {
    struct Outcome {
        let exitCode: Int32
        /// Bytes as they are.
        let output: [UInt8]
        let words: String
    }

    /// Runs a script of `sh` whose `$0` is the tool.
    static func run(_ script: String, in folder: TemporaryDirectory) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "exec >.output 2>.words; " + script, Tool.path]
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        try process.run()
        process.waitUntilExit()
        return Outcome(
            exitCode: process.terminationStatus, output: FileSystem.bytes(of: folder.file(".output")) ?? [],
            words: String(fileName: FileSystem.bytes(of: folder.file(".words")) ?? []))
    }
}
