import Synchronization

/// A wish, of the whole process, that its work come to an end.
///
/// Work that takes long asks now and then, at a place where it can be left without harm. What does not ask is ended
/// from outside: see `UnfinishedFiles`.
package enum Cancellation {
    private static let wish = Atomic<Bool>(false)

    /// Whether the work shall end.
    package static var isRequested: Bool { wish.load(ordering: .relaxed) }

    /// Asks for the end. A signal handler may call it, once `isRequested` was read before.
    package static func request() { wish.store(true, ordering: .relaxed) }

    /// Ends the work, if it shall end.
    /// - Throws: `CancellationError`.
    package static func check() throws {
        if isRequested { throw CancellationError() }
    }
}
