import Downloads
import Files
import Recipes
import Synchronization

/// Shows what is fetched: a line at its beginning and its end, and on a terminal one more that tells how much has arrived.
final class FetchDisplay: FetchObserver {
    private struct State {
        let status = StatusLine()
        var lastShown = ContinuousClock.now - .seconds(1)
    }

    private let state = Mutex(State())

    func tell(_ line: String) {
        state.withLock { state in
            state.status.clear()
            Console.say(line.legible + "\n")
        }
    }

    func show(_ progress: FetchProgress) {
        state.withLock { state in
            // More often than this nobody can read.
            guard Console.isTerminal, state.lastShown.duration(to: .now) > .milliseconds(100) else { return }
            state.lastShown = .now
            state.status.show(progress.line)
        }
    }
}

extension FetchProgress {
    /// `resnet50-keras ━━━━━━──── 45.3 MiB of 98.2 MiB`.
    fileprivate var line: String {
        guard let total, total > 0 else { return "\(name) \(Words.bytes(byteCount))" }
        let bar = progressBar(Double(byteCount) / Double(total), width: 20)
        return "\(name) \(bar) \(Words.bytes(byteCount)) of \(Words.bytes(total))"
    }
}
