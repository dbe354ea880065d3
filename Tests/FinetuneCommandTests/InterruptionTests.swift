import Foundation
import TestSupport
import Testing

/// `Scripts/interrupt-test.py` does the same at random moments of every command.
@Suite struct InterruptionTests {
    /// Asking the processors for a second is too much while other tests use them; what does not end waits for ever.
    private static let patience = 5.0

    private func secondsToEnd(_ running: Tool.Running, code: Int32 = 130) -> Double {
        let start = ContinuousClock.now
        running.interrupt()
        #expect(running.outcome().exitCode == code)
        return start.duration(to: .now) / .seconds(1)
    }

    /// A recipe or weights that never come: nothing in the program asks whether it shall go on waiting.
    @Test(arguments: [["check", "--recipe", "never.h5"], ["--recipe", "never.h5"], ["inspect", "never.h5"]])
    func aWaitForAFileEnds(arguments: [String]) throws {
        let folder = try TemporaryDirectory()
        #expect(mkfifo(folder.file("never.h5"), 0o600) == 0)
        let running = try Tool.start(arguments, in: folder.path)
        Thread.sleep(forTimeInterval: 0.3)
        // A pipe may be refused by its name instead.
        if running.isRunning {
            #expect(secondsToEnd(running) < Self.patience)
        } else {
            #expect(running.outcome().exitCode != 0)
        }
    }

    @Test func longWorkOfOneCallEnds() throws {
        let running = try Tool.start([
            "bench", "--architecture", "resnet152", "--case", "full", "--batch", "128", "--image-size", "128",
        ])
        Thread.sleep(forTimeInterval: 1)
        #expect(secondsToEnd(running) < Self.patience)
    }

    @Test func aTableInTheMakingGoes() throws {
        let folder = try smallData()
        try FileManager.default.copyItem(
            atPath: "\(packageRoot)/Weights/cifar10-resnet20.h5", toPath: folder.file("model.h5"))
        let pipe = Pipe()
        let running = try Tool.start(
            ["predict", "-", "--model", "model.h5", "--output", "p.csv"], in: folder.path, input: pipe)
        func tables() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("p.csv") }
        }
        while running.isRunning, try tables().isEmpty { Thread.sleep(forTimeInterval: 0.01) }
        #expect(secondsToEnd(running) < Self.patience)
        #expect(try tables().isEmpty)
        try pipe.fileHandleForWriting.close()
    }
}
