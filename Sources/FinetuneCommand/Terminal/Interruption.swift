import Foundation
import Synchronization

/// Ctrl-C and `kill`: the first asks a run to save its state and stop, the second ends the program at once.
enum Interruption {
    /// Set by the signal handler; an atomic is all that a handler may touch.
    private static let requests = Atomic<Int>(0)

    /// Whether the run shall stop.
    static var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }

    /// Begins to catch the signals. To be called before there are other threads.
    static func catchSignals() {
        _ = isRequested  // makes the atomic before a handler can need it
        // Whoever started this program may have blocked them, which is inherited.
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM] { sigaddset(&signals, number) }
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in
                if Interruption.requests.add(1, ordering: .relaxed).oldValue > 0 { _exit(Interrupted.exitCode) }
            }
        }
    }
}

/// Work that was asked to stop, and did.
struct Interrupted: Error, CustomStringConvertible {
    static let exitCode: Int32 = 130

    var description = "interrupted"
}
