import Archives
import Files
import Foundation
import Testing
import Training

/// What a person sees where a run folder cannot be written to.
@Suite struct UnwritableFolderTests {
    private let images: TinyImages

    init() throws { images = try TinyImages() }

    @Test(arguments: ["/nowhere/at/all", "/proc"])
    func missingAndReadOnlyFoldersAreErrorsBeforeTheFirstStep(path: String) throws {
        let run = try SmallRun(images)
        let recorder = Recorder()
        let trainer = try Trainer(
            model: run.makeModel(), training: run.training, validation: run.validation,
            configuration: run.configuration, runFolder: path, observer: recorder)
        do {
            _ = try trainer.run()
            Issue.record("a run without files")
        } catch let error as any UserFacingError {
            #expect(error.kind == .failure)
            #expect(error.description.contains(path + "/metrics.csv"), "\(error.description)")
        }
        #expect(recorder.events.isEmpty)
    }

    /// A limit on the size of files stands for a full disk: writing fails in the middle of a file.
    @Test func fullDiskLeavesTheOldCheckpoint() throws {
        let run = try SmallRun(images)
        try run.run(isInterrupted: interruption(atQuestion: 2))
        let old = try Data(contentsOf: URL(fileURLWithPath: run.files.checkpoint))

        do {
            try withFileSizeLimit(100_000) { _ = try run.run(resuming: true) }
            Issue.record("files of more than 100,000 bytes")
        } catch let error as any UserFacingError {
            #expect(error.kind == .failure)
            #expect(error.description.contains(run.folder.path), "\(error.description)")
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: run.files.checkpoint)) == old)
        let names = try FileManager.default.contentsOfDirectory(atPath: run.folder.path).sorted()
        #expect(names == ["checkpoint.h5", "metrics.csv"])
        #expect(try run.run(resuming: true).result.ending == .completed)
    }

    private func withFileSizeLimit(_ bytes: UInt, _ body: () throws -> Void) rethrows {
        var old = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &old)
        var limited = rlimit(rlim_cur: bytes, rlim_max: old.rlim_max)
        // Otherwise the signal would end the process.
        let handler = signal(SIGXFSZ, SIG_IGN)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limited)
        defer {
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &old)
            signal(SIGXFSZ, handler)
        }
        try body()
    }
}
