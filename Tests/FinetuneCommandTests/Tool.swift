import Foundation
import Synchronization
import TestSupport

/// The built `finetune` binary.
struct Tool {
    struct Outcome {
        let exitCode: Int32
        let output: String
        let words: String
    }

    /// It lies beside the test bundle.
    static let path: String = {
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") }
        let folders = [bundle, CommandLine.arguments.first].compactMap(\.self).map {
            URL(fileURLWithPath: $0).deletingLastPathComponent().path
        }
        let candidates = (folders + ["\(packageRoot)/.build/release", "\(packageRoot)/.build/debug"]).map {
            "\($0)/finetune"
        }
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0) } ?? "finetune"
    }()

    /// Starts it in `folder` and waits for its end.
    /// - Parameter environment: variables that it gets beside those of the tests.
    static func run(
        _ arguments: String..., in folder: String = packageRoot, environment: [String: String] = [:]
    ) throws -> Outcome {
        try start(arguments, in: folder, environment: environment).outcome()
    }

    /// Has a shell run `script`, in which `"$0"` is the binary, and waits for its end.
    static func shell(_ script: String, in folder: String = packageRoot) throws -> Outcome {
        try Running(["-c", script, path], folder: folder, program: "/bin/sh").outcome()
    }

    /// A process whose pipes are read while it runs, so that it never waits for them.
    final class Running: Sendable {
        private let process: Process
        private let output = Mutex(Data())
        private let words = Mutex(Data())
        private let readers = DispatchGroup()
        /// Seconds after which it is killed, so that no test waits for ever.
        private static let patience = 120.0

        fileprivate init(
            _ arguments: [String], folder: String, environment: [String: String] = [:], input: Pipe? = nil,
            program: String = Tool.path
        ) throws {
            process = Process()
            process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
            process.executableURL = URL(fileURLWithPath: program)
            process.arguments = arguments
            process.currentDirectoryURL = URL(fileURLWithPath: folder)
            process.standardInput = input ?? FileHandle.nullDevice
            let (outputPipe, wordsPipe) = (Pipe(), Pipe())
            (process.standardOutput, process.standardError) = (outputPipe, wordsPipe)
            try process.run()
            let process = process
            DispatchQueue.global().asyncAfter(deadline: .now() + Self.patience) {
                if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
            }
            DispatchQueue.global().async(group: readers) { [self] in
                let data = outputPipe.fileHandleForReading.readDataToEndOfFile()
                output.withLock { $0 = data }
            }
            DispatchQueue.global().async(group: readers) { [self] in
                while case let data = wordsPipe.fileHandleForReading.availableData, !data.isEmpty {
                    words.withLock { $0.append(data) }
                }
            }
        }

        /// What it has written to standard error so far.
        var wordsSoFar: String { words.withLock { String(decoding: $0, as: UTF8.self) } }
        var isRunning: Bool { process.isRunning }

        var identifier: Int32 { process.processIdentifier }

        func interrupt() { process.interrupt() }

        /// Ends it without a chance to tidy up.
        func kill() { Foundation.kill(process.processIdentifier, SIGKILL) }

        /// Waits until it has written `text` to standard error, or has ended.
        func wait(for text: String) {
            while isRunning, !wordsSoFar.contains(text) { Thread.sleep(forTimeInterval: 0.01) }
        }

        func outcome() -> Outcome {
            process.waitUntilExit()
            readers.wait()
            return Outcome(
                exitCode: process.terminationStatus,
                output: output.withLock { String(decoding: $0, as: UTF8.self) }, words: wordsSoFar)
        }
    }

    /// - Parameter input: what it reads from standard input.
    static func start(
        _ arguments: [String], in folder: String = packageRoot, environment: [String: String] = [:],
        input: Pipe? = nil
    ) throws -> Running {
        try Running(arguments, folder: folder, environment: environment, input: input)
    }
}
