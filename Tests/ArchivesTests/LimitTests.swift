import Archives
import Foundation
import TestSupport
import Testing

/// A small file costs little, whatever it holds.
@Suite(.serialized) struct LimitTests {
    /// Opens a golden file; what is said of it, and how long it took.
    private func refusal(
        of name: String, _ limits: HDF5Archive.Limits = .init(), reading tensor: String? = nil
    ) -> (words: String, seconds: Double) {
        var words = "(none)"
        let time = ContinuousClock().measure {
            do {
                let archive = try HDF5Archive(path: golden("weights/hostile/\(name).h5"), limits: limits)
                if let tensor { _ = try archive.tensor(tensor) }
            } catch {
                words = "\(error)"
            }
        }
        return (words, time / .seconds(1))
    }

    /// Two million chunks make a list of 400 MB, if nobody minds.
    @Test func listsOfChunksAreBounded() {
        let (words, seconds) = refusal(of: "tiny-chunks")
        #expect(words.contains("is a damaged HDF5 file") || words.contains("memory allocation failed"), "\(words)")
        #expect(seconds < 12)
    }

    @Test func whatUnpacksToFarMoreThanItsFileIsRefused() throws {
        let honest = try HDF5Archive(path: golden("weights/hostile/bomb.h5"))
        #expect(try honest.tensor("a").values.count == 1 << 22)
        var limits = HDF5Archive.Limits()
        limits.memoryBytes = 16 << 20
        let (words, _) = refusal(of: "bomb", limits)
        #expect(
            words.hasSuffix(
                "unpacks to 16777216 bytes, for which a file of 19812 bytes is not trusted with the memory: write it again without compression"
            ), "\(words)")
    }

    /// What the rehearsal cannot do within its memory is not tried without that limit.
    @Test func memoryIsBounded() {
        var limits = HDF5Archive.Limits()
        limits.memoryBytes = 100 << 20
        limits.seconds = 60
        let (words, _) = refusal(of: "tiny-chunks", limits, reading: "a")
        #expect(words.contains("memory allocation failed") || words.contains("crashes the HDF5 library"), "\(words)")
    }

    @Test func timeIsBounded() {
        var limits = HDF5Archive.Limits()
        limits.memoryBytes = 4 << 30
        limits.seconds = 0.05
        let (words, seconds) = refusal(of: "tiny-chunks", limits)
        #expect(
            words.hasSuffix("is a damaged HDF5 file: reading it takes for ever; copy or download it again"), "\(words)")
        #expect(seconds < 8)
    }

    /// A process that is forked beside other threads may wait for a lock that one of them held, for ever; the next one does
    /// not.
    @Test func aForkThatHangsIsTriedAgain() throws {
        final class Stop: Sendable {
            /// How many forked processes are to hang, in memory that they share.
            nonisolated(unsafe) static let hanging =
                mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)?
                .bindMemory(to: Int.self, capacity: 1)
        }
        let hanging = try #require(Stop.hanging)
        pthread_atfork(nil, nil) {
            guard let hanging = Stop.hanging, hanging.pointee > 0 else { return }
            hanging.pointee -= 1
            while true { pause() }
        }
        let done = DispatchSemaphore(value: 0)
        Thread { done.wait() }.start()
        defer { done.signal() }
        var limits = HDF5Archive.Limits()
        limits.seconds = 0.1
        hanging.pointee = 1
        #expect(try HDF5Archive(path: golden("weights/hostile/sound.h5"), limits: limits).entries.count == 10)
        #expect(hanging.pointee == 0)
    }

    /// A program that ignores the end of its children cannot learn how they end, but whether they did what they should.
    @Test func ignoredChildrenStillGuard() throws {
        let before = signal(SIGCHLD, SIG_IGN)
        defer { signal(SIGCHLD, before) }
        #expect(try HDF5Archive(path: golden("weights/hostile/sound.h5")).entries.count == 10)
        var limits = HDF5Archive.Limits()
        limits.memoryBytes = 4 << 30
        limits.seconds = 0.05
        #expect(refusal(of: "tiny-chunks", limits).words.contains("is a damaged HDF5 file"))
    }
}
