import Files
import Foundation
import Synchronization

/// Ctrl-C and `kill`: work that can ends by itself and in order. A second signal, or the end of a short patience, ends
/// the program whatever it is doing.
///
/// So every wait and every loop is over within a second, and unfinished files are gone.
enum Interruption {
    static let exitCode: Int32 = 130
    /// How long work has to end by itself, in seconds: for what follows it a second leaves 0.3.
    private static let patience = 0.7

    /// Posted by the signal handler, which may do little else. It stays for ever.
    private nonisolated(unsafe) static let signals = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    /// Nil once they are said.
    private static let lastWords = Mutex<(@Sendable () -> String)?>({ "interrupted" })

    /// Begins to catch the signals.
    static func catchSignals() {
        _ = Cancellation.isRequested  // makes what the handler needs before it can need it
        sem_init(signals, 0, 0)
        Thread { watch() }.start()
        // Whoever started this program may have blocked them, which is inherited.
        var numbers = sigset_t()
        sigemptyset(&numbers)
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in
                let code = errno
                Cancellation.request()
                sem_post(Interruption.signals)
                errno = code
            }
            sigaddset(&numbers, number)
        }
        pthread_sigmask(SIG_UNBLOCK, &numbers, nil)
    }

    /// Sets what an interrupted program says at its end, for example how to go on.
    static func say(atEnd words: @escaping @Sendable () -> String) {
        lastWords.withLock { if $0 != nil { $0 = words } }
    }

    /// Says the last words, the first time, unless that would mean to wait.
    static func sayLastWords() {
        let words = lastWords.withLock { words in
            defer { words = nil }
            return words
        }
        var errors = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        guard let words, poll(&errors, 1, 0) > 0 else { return }
        if Console.isTerminal { Console.draw(StatusLine.erasure) }
        Console.say(words() + "\n")
    }

    private static func watch() {
        while sem_wait(signals) != 0 {}
        let end = ContinuousClock.now + .seconds(patience)
        while sem_trywait(signals) != 0, ContinuousClock.now < end { usleep(10_000) }
        UnfinishedFiles.deleteAll {
            sayLastWords()
            _exit(exitCode)
        }
    }
}
